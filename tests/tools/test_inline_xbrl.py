from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import SetupError
from tools.xbrl.inline import parse, parse_text
from tools.xbrl.markup import decode, element_spans
from tools.xbrl.number_formats import NotANumber, read_number, read_words
from tools.xbrl.records import InlineDocument, InlineFact

Build = Callable[..., str]


def fact(tag: str, text: str, *, context: str = "fy", unit: str = "usd", more: str = "") -> str:
    return (
        f'<ix:nonFraction name="us-gaap:{tag}" contextRef="{context}" unitRef="{unit}" {more}>'
        f"{text}</ix:nonFraction>"
    )


def only(document: InlineDocument, concept: str) -> InlineFact:
    [found] = [row for row in document.facts if row.concept == concept]
    return found


@pytest.mark.parametrize(
    ("more", "text", "value", "shown"),
    [
        ('scale="6" format="ixt:num-dot-decimal"', "1,234", "1234000000", "1,234 (in millions)"),
        ('scale="3" sign="-"', "5,010", "-5010000", "(5,010) (in thousands)"),
        ('scale="-2" format="ixt:num-dot-decimal"', "24.1", "0.241", "24.1%"),
        ('scale="6" format="ixt:fixed-zero"', "\u2014", "0", "\u2014 (in millions)"),
        ('scale="0" format="ixt-sec:numwordsen"', "twenty-one", "21", "twenty-one"),
        ('format="ixt:num-comma-decimal"', "1.234,56", "1234.56", "1.234,56"),
        ('scale="9"', "1.2", "1200000000", "1.2 (in billions)"),
        ("", "0.00000000001", "0.00000000001", "0.00000000001"),
        ('scale="-2" sign="-" format="ixt:num-dot-decimal"', "0", "0", "(0)%"),
    ],
)
def test_value_has_scale_sign_and_format_applied(
    inline_document: Build, more: str, text: str, value: str, shown: str
) -> None:
    found = only(parse_text(inline_document(fact("Assets", text, more=more))), "us-gaap:Assets")
    assert found.value == Decimal(value)
    assert found.value_as_filed == shown


def test_units_are_named_as_companyfacts_names_them(inline_document: Build) -> None:
    body = "".join(
        fact(tag, "2", unit=unit)
        for tag, unit in [("A", "usd"), ("B", "pure"), ("C", "shares"), ("D", "eps")]
    )
    found = {row.concept[-1]: row.unit for row in parse_text(inline_document(body)).facts}
    assert found == {"A": "USD", "B": "pure", "C": "shares", "D": "USD/shares"}


def test_instants_have_no_start_and_durations_both_ends(inline_document: Build) -> None:
    body = fact("Assets", "7", context="end") + fact("Revenues", "9")
    document = parse_text(inline_document(body))
    assets, revenues = only(document, "us-gaap:Assets"), only(document, "us-gaap:Revenues")
    assert (assets.period_start, assets.period_end) == (None, date(2024, 12, 31))
    assert (revenues.period_start, revenues.period_end) == (date(2024, 1, 1), date(2024, 12, 31))


def test_explicit_and_typed_dimensions_are_sorted_json(inline_document: Build) -> None:
    body = fact("A", "1", context="paper") + fact("B", "2", context="site") + fact("C", "3")
    found = {row.concept[-1]: row.dimensions for row in parse_text(inline_document(body)).facts}
    assert found == {
        "A": '{"us-gaap:StatementBusinessSegmentsAxis":"brin:PaperMember"}',
        "B": '{"brin:SiteAxis":"North"}',
        "C": None,
    }


def test_nil_facts_are_counted_not_stored(inline_document: Build) -> None:
    document = parse_text(inline_document(fact("Assets", "", more='xsi:nil="true"')))
    assert (document.nil, document.facts) == (1, ())


def test_nested_facts_share_their_text(inline_document: Build) -> None:
    body = fact("Outer", fact("Inner", "1,500", more='scale="3"'), more='scale="3"')
    document = parse_text(inline_document(body))
    assert only(document, "us-gaap:Outer").value == 1500000
    assert only(document, "us-gaap:Inner").value == 1500000


def test_excluded_text_is_no_part_of_a_figure(inline_document: Build) -> None:
    body = fact("Assets", "12<ix:exclude>page 4</ix:exclude>34")
    assert only(parse_text(inline_document(body)), "us-gaap:Assets").value == 1234


def test_most_precise_duplicate_is_kept(inline_document: Build) -> None:
    body = fact("Assets", "1.2", more='scale="9" decimals="-8"')
    body += fact("Assets", "1,234", more='scale="6" decimals="-6" id="f-2"')
    document = parse_text(inline_document(body))
    assert only(document, "us-gaap:Assets").value == 1234000000
    assert only(document, "us-gaap:Assets").element_id == "f-2"
    assert (document.duplicates, document.disagreements) == (1, ())


def test_duplicates_that_rounding_cannot_explain_are_reported(inline_document: Build) -> None:
    body = fact("Assets", "100", more='decimals="0"') + fact("Assets", "103", more='decimals="0"')
    [clash] = parse_text(inline_document(body)).disagreements
    assert [clash.kept.value, clash.other.value] == [Decimal(100), Decimal(103)]


def test_span_holds_the_element_in_the_source(inline_document: Build) -> None:
    source = inline_document("<!-- <ix:nonFraction> -->" + fact("Assets", "41", more='id="x1"'))
    found = only(parse_text(source), "us-gaap:Assets")
    assert source[found.span_start : found.span_end] == fact("Assets", "41", more='id="x1"')


def test_missing_unit_context_and_format_are_listed(inline_document: Build) -> None:
    body = fact("A", "1", unit="nope") + fact("B", "1", context="nope")
    body += fact("C", "1", more='format="ixt:no-such"') + fact("D", "n/a")
    document = parse_text(inline_document(body))
    assert document.facts == ()
    assert [row.partition(":")[2].partition(":")[0] for row in document.unreadable] == list("ABCD")


def test_taxonomy_prefix_does_not_depend_on_the_document(inline_document: Build) -> None:
    source = inline_document(fact("Assets", "1")).replace("us-gaap:", "gaap:")
    source = source.replace("xmlns:us-gaap", "xmlns:gaap").replace("xmlns:gaap:", "xmlns:gaap=")
    assert parse_text(source).facts[0].concept == "us-gaap:Assets"


def test_html_entities_are_understood(inline_document: Build) -> None:
    source = inline_document("<p>&nbsp;&mdash;</p>" + fact("Assets", "5"))
    assert parse_text(source).facts[0].value == 5


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text[: len(text) // 2], "truncated"),
        (lambda text: "<html><body>Plain</body></html>", "no inline XBRL"),
        (lambda text: text.replace("</p>", "", 1), "not well-formed"),
        (lambda text: "<!DOCTYPE html [<!ENTITY a 'b'>]>" + text, "entities"),
    ],
)
def test_bad_documents_have_one_clear_reason(
    inline_document: Build, damage: Callable[[str], str], reason: str
) -> None:
    with pytest.raises(SetupError, match=reason):
        parse_text(damage(inline_document(fact("Assets", "5"))))


def test_wrong_encoding_is_named() -> None:
    with pytest.raises(SetupError, match="wrong encoding"):
        parse(b"<html>\xff\xfe\xfa caf\xe9</html>")


def test_declared_encoding_is_used() -> None:
    declared = "<?xml version='1.0' encoding='windows-1252'?><p>€</p>"
    assert decode(declared.encode("cp1252")) == declared
    assert decode("<p>é</p>".encode("utf-16")) == "<p>é</p>"
    assert decode("\ufeff<p>é</p>".encode()) == "<p>é</p>"


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("no", 0),
        ("one", 1),
        ("two hundred and five", 205),
        ("Three million two hundred thousand", 3200000),
        ("a hundred", 100),
        ("12", 12),
    ],
)
def test_number_words(words: str, number: int) -> None:
    assert read_words(words) == number


@given(st.decimals(min_value=0, max_value=10**15, places=4))
def test_printed_numbers_read_back_exactly(number: Decimal) -> None:
    assert read_number(f"{number:,}", "num-dot-decimal") == number
    commas = f"{number:,}".translate(str.maketrans(",.", ".,"))
    assert read_number(commas, "num-comma-decimal") == number


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    with suppress(NotANumber):
        assert read_number(text, "num-dot-decimal") >= 0


def test_spans_of_nested_elements_open_in_order() -> None:
    source = '<ix:f a=">">1<ix:f>2</ix:f></ix:f><ix:f/>'
    assert [source[start:end] for start, end in element_spans(source, "f")] == [
        '<ix:f a=">">1<ix:f>2</ix:f></ix:f>',
        "<ix:f>2</ix:f>",
        "<ix:f/>",
    ]


def test_cover_text_is_followed_through_its_continuation(inline_document: Build) -> None:
    body = (
        '<ix:nonNumeric contextRef="fy" name="dei:CityAreaCode" continuedAt="c1">LOWE\'S'
        '</ix:nonNumeric><ix:continuation id="c1">COMPANIES</ix:continuation>'
    )
    assert parse_text(inline_document(body)).text_of("CityAreaCode") == "LOWE'S COMPANIES"
