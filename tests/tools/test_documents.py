"""Documents built to order: what becomes a paragraph, an item, a table, a cell."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.documents import filings
from tools.documents.column_periods import read_period
from tools.documents.cover import read_cover
from tools.documents.filings import FilingText, blocks_of
from tools.documents.submission import split_documents
from tools.documents.units import kind_of, read_statement
from tools.errors import SetupError
from tools.xbrl.inline import read_tree
from tools.xbrl.markup import parse_tree

PROSE = "The mills ran all year and made paper for printers in two countries. " * 12


def page(*parts: str) -> str:
    return f"<html><body>{''.join(parts)}</body></html>"


def heading(text: str) -> str:
    return f"<p><b>{text}</b></p>"


def lengths(found: FilingText) -> dict[str, int]:
    return {section.item: len(section.text) for section in found.sections}


CONTENTS = "<table>{}</table>".format(
    "".join(
        f"<tr><td>Item {number}.</td><td>{title}</td><td>{leaf}</td></tr>"
        for number, title, leaf in [
            ("1", "Business", 3), ("1A", "Risk Factors", 9), ("3", "Legal Proceedings", 14),
            ("7", "Management's Discussion and Analysis", 20), ("8", "Financial Statements", 31),
        ]
    )
)  # fmt: skip


def test_items_are_taken_from_their_headings_not_from_contents_or_references() -> None:
    found = filings.read(
        page(
            CONTENTS,
            heading("Item 1. Business"), f"<p>{PROSE}</p>",
            f"<p>Item 7 of this report has more on that. {PROSE}</p>",
            heading("Item 1A. Risk Factors"), f"<p>{PROSE * 3}</p>",
            "<p>Item 8, &quot;Financial Statements&quot;, describes them.</p>",
            heading("Item 7. Management's Discussion and Analysis"), f"<p>{PROSE}</p>",
            heading("Item 8. Financial Statements"), f"<p>{PROSE}</p>",
        ), "10-K",
    )  # fmt: skip
    assert list(lengths(found)) == ["cover", "1", "1A", "7", "8"]
    assert lengths(found)["1A"] > 3 * len(PROSE)


def test_heading_split_over_cells_or_blocks_is_one() -> None:
    cells = "<table><tr><td>Item 1.</td><td>Business</td></tr></table>"
    found = filings.read(
        page(
            cells, f"<p>{PROSE}</p>", heading("ITEM 2."), heading("PROPERTIES"), f"<p>{PROSE}</p>"
        ),
        "10-K",
    )
    assert [section.title for section in found.sections] == ["Business", "Properties"]
    assert found.sections[0].text.startswith("Item 1. Business")


def test_items_under_one_heading_are_each_listed() -> None:
    found = filings.read(
        page(
            heading("Items 1 and 2. Business and Properties"), f"<p>{PROSE}</p>",
            heading("Item 3. Legal Proceedings"), f"<p>{PROSE}</p>",
            heading("Items 10 through 13"), "<p>Incorporated by reference from the proxy.</p>",
        ), "10-K",
    )  # fmt: skip
    assert list(lengths(found)) == ["1", "2", "3", "10", "11", "12", "13"]
    assert found.sections[1].text == ""
    assert found.plain_text.count("\f") == 6


def test_listed_item_whose_heading_has_no_number_is_found_by_its_title() -> None:
    found = filings.read(
        page(
            CONTENTS, heading("Item 1. Business"), f"<p>{PROSE * 4}</p>",
            heading("Risk Factors"), f"<p>{PROSE * 4}</p>",
            heading("Item 7. Management's Discussion and Analysis"), f"<p>{PROSE * 4}</p>",
        ), "10-K",
    )  # fmt: skip
    assert list(lengths(found)) == ["cover", "1", "1A", "7"]


def test_quarterly_items_are_told_apart_by_part() -> None:
    found = filings.read(
        page(
            heading("PART I"), heading("Item 1. Financial Statements"), f"<p>{PROSE}</p>",
            heading("Item 2. Management's Discussion and Analysis"), f"<p>{PROSE}</p>",
            heading("PART II"), heading("Item 1. Legal Proceedings"), f"<p>{PROSE}</p>",
            heading("Item 1A. Risk Factors"), f"<p>{PROSE}</p>",
        ), "10-Q",
    )  # fmt: skip
    assert list(lengths(found)) == ["cover", "1", "2", "II-1", "II-1A"]


def test_current_report_has_its_items() -> None:
    text = page(
        heading("Item 2.02 Results of Operations and Financial Condition"), f"<p>{PROSE}</p>",
        heading("Item 9.01 Financial Statements and Exhibits"), f"<p>{PROSE}</p>",
    )  # fmt: skip
    assert list(lengths(filings.read(text, "8-K"))) == ["2.02", "9.01"]


def test_hidden_parts_are_left_out_and_inline_tags_join_without_spaces() -> None:
    found = filings.read(
        page(
            '<div style="display: none">secret</div>',
            "<p>Paper<b>mak</b>ing in <i>two</i>\n mills,<br/>old<span> ones</span>.</p>",
        ), "10-K",
    )  # fmt: skip
    assert found.plain_text == "Papermaking in two mills,\nold ones."


def test_bullets_in_a_table_are_prose() -> None:
    table = f"<table><tr><td>&#8226;</td><td>{PROSE}</td></tr></table>"
    found = filings.read(page(table), "10-K")
    assert found.plain_text.startswith("\u2022 The mills")
    assert found.passages
    assert found.tables == ()


def test_page_heads_go_and_a_short_item_text_stays() -> None:
    leaves = "".join(
        f"<p>{PROSE}</p><p>Brindle Corp {number}</p><hr style='page-break-after:always'/>"
        for number in range(8)
    )
    none = "".join(heading(f"Item 9{part}. {title}") + "<p>None</p><hr style='page-break-after:"
                   "always'/>" for part, title in [("", "Changes in Accountants"),
                   ("A", "Controls"), ("B", "Other Information")])  # fmt: skip
    found = filings.read(page(heading("Item 1. Business"), leaves, none), "10-K")
    assert "Brindle Corp" not in found.plain_text
    assert found.sections[-1].text.endswith("None")


MONEY = """
<p>Income (In millions, except number of shares, which are reflected in thousands, and per-share
amounts)</p><table><tr><td></td><td colspan="2">Year Ended December 31, 2024</td></tr>
<tr><td>Sales:</td><td></td></tr>
<tr><td style="padding-left:9pt">Paper</td><td>$</td><td>{}</td></tr>
<tr><td>Weighted-average shares</td><td></td><td>1,500</td></tr>
<tr><td>Diluted earnings per share</td><td>$</td><td>2.15</td></tr>
<tr><td>Gross margin percentage</td><td></td><td>41.5%</td></tr></table>"""


def test_cells_have_path_scale_unit_and_period() -> None:
    [table] = filings.read(page(MONEY.format("(1,250)")), "10-K").tables
    found = [(cell.row_label, cell.value, cell.scale, cell.unit) for cell in table.cells]
    assert found == [
        ("Sales: Paper", Decimal(-1250), Decimal(1_000_000), "USD"),
        ("Weighted-average shares", Decimal(1500), Decimal(1000), "shares"),
        ("Diluted earnings per share", Decimal("2.15"), Decimal(1), "USD/shares"),
        ("Gross margin percentage", Decimal("41.5"), Decimal("0.01"), "percent"),
    ]
    assert {(cell.period_start, cell.period_end) for cell in table.cells} == {
        (date(2024, 1, 1), date(2024, 12, 31))
    }


def test_cell_knows_the_fact_it_shows(inline_document: Callable[..., str]) -> None:
    shown = (
        '<ix:nonFraction name="us-gaap:Revenues" contextRef="fy" unitRef="usd" scale="6" '
        'decimals="-6" id="f-1">1,250</ix:nonFraction>'
    )
    text = inline_document(MONEY.format(shown))
    root = parse_tree(text)
    facts = read_tree(root, text).facts
    cells = filings.read_tree(root, "10-K").tables[0].cells
    assert cells[0].fact is not None
    assert cells[0].value is not None and cells[0].scale is not None
    assert facts[cells[0].fact].value == cells[0].value * cells[0].scale
    assert [cell.fact for cell in cells[1:]] == [None] * 3


ASCII = """<PAGE>
ITEM 6.  SELECTED FINANCIAL DATA

{prose}

<TABLE>
<CAPTION>
(In thousands)                 1993          1992
<S>                       <C>           <C>
Net sales................ $  12,345     $  11,111
Operating profit (loss)..      (210)           95
</TABLE>

ITEM 7.  MANAGEMENT'S DISCUSSION AND ANALYSIS

{prose}
"""


def test_plain_text_of_the_1990s_has_items_and_tables_by_column() -> None:
    found = filings.read(ASCII.format(prose=PROSE), "10-K")
    assert list(lengths(found)) == ["6", "7"]
    cells = [(c.row_label, c.col_label, c.value, c.scale) for c in found.tables[0].cells]
    thousand = Decimal(1000)
    assert cells == [
        ("Net sales", "1993", Decimal(12345), thousand),
        ("Net sales", "1992", Decimal(11111), thousand),
        ("Operating profit (loss)", "1993", Decimal(-210), thousand),
        ("Operating profit (loss)", "1992", Decimal(95), thousand),
    ]


def test_submission_gives_its_readable_documents() -> None:
    text = "".join(
        f"<DOCUMENT>\n<TYPE>{kind}\n<FILENAME>a.txt\n<TEXT>\n{body}\n</TEXT>\n</DOCUMENT>\n"
        for kind, body in [("10-K405", "Report"), ("EX-13.1", "Annual"), ("ZIP", "begin 644")]
    )
    found = [(one.type, one.text) for one in split_documents(text)]
    assert found == [("10-K405", "Report"), ("EX-13.1", "Annual")]


def test_cover_tells_company_form_and_period() -> None:
    cover = read_cover(
        blocks_of(
            "UNITED STATES\nFORM 10-K405\n\nFor the fiscal year ended\nDECEMBER 29,2001\n\n"
            "Commission file number 1-5480\n\nBRINDLE INC.\n(Exact name of registrant as specified "
            "in its charter)\n\nDelaware     05-0315468\n"
        )
    )
    assert (cover.name, cover.form, cover.period_end) == (
        "BRINDLE INC.", "10-K405", date(2001, 12, 29),
    )  # fmt: skip
    assert cover.employer_number == "05-0315468"


@pytest.mark.parametrize(
    ("heading", "period"),
    [
        ("Three Months Ended June 30, 2024", (date(2024, 4, 1), date(2024, 6, 30))),
        ("Years ended December 31, 2023", (date(2023, 1, 1), date(2023, 12, 31))),
        ("Year Ended September 28, 2024", (date(2023, 10, 1), date(2024, 9, 28))),
        ("53 weeks ended February 3, 2024", (date(2023, 1, 29), date(2024, 2, 3))),
        ("December 31, 2024", (None, date(2024, 12, 31))),
        ("Nine months ended September 30, 2024 2023", (date(2024, 1, 1), date(2024, 9, 30))),
        ("2024", None),
        ("February 30, 2024", None),
    ],
)
def test_periods_of_column_headings(heading: str, period: tuple[date | None, date] | None) -> None:
    assert read_period(heading) == period


@pytest.mark.parametrize(
    ("own", "before", "money", "shares"),
    [
        ("(In thousands, except share and per share data)", "", 1000, 1),
        ("(in millions, except per share amounts)", "", 10**6, 10**6),
        ("", "In thousands ... (Dollars in millions)", 10**6, 10**6),
        ("Shares (in 000's)", "", None, None),
        ("net of tax", "", None, None),
    ],
)
def test_stated_scales(own: str, before: str, money: int | None, shares: int | None) -> None:
    statement = read_statement(own, before)
    assert (statement.money, statement.shares) == (money, shares)


@pytest.mark.parametrize(
    ("row", "column", "text", "kind"),
    [
        ("Assets: Cash", "2024 (In millions, except per share data)", "5", "money"),
        ("Notes: 2.00%, due August 2031", "2024", "1,250", "money"),
        ("Net income per share: Basic", "2024", "6.11", "per share"),
        ("Net income per share: Net income", "2024", "93,736", "money"),
        ("Treasury shares repurchased, at cost", "2024", "12", "money"),
        ("Shares used in computing earnings per share: Basic", "2024", "15", "shares"),
        ("Effective tax rate", "2024", "24.1", "percent"),
        ("Vested", "Weighted-Average Grant-Date Fair Value", "81.20", "per share"),
    ],
)
def test_kinds_of_figures(row: str, column: str, text: str, kind: str) -> None:
    assert kind_of(row, column, text) == kind


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from(list("<>/&;=\"' \n\x00\u00e9tabledivrpsfon1234.$%()-")),
        max_size=400,
    )
)
def test_broken_markup_is_read_or_refused(text: str) -> None:
    try:
        found = filings.read(f"<html><p>x{text}", "10-K")
    except SetupError:
        return
    assert [section.text for section in found.sections] == found.plain_text.split("\f")


@pytest.mark.parametrize(
    "text",
    [
        "<html>" + "<div>" * 60_000 + "deep",
        "<html>" + "<font size=2>x<p>" * 30_000,
        "<html>" + "<table><tr><td>1" * 3_000,
        "<html><table>" + "<tr><td colspan=999999999 rowspan=99999>5</td>" * 3_000 + "</table>",
        "<html><p id='" + "a" * 3_000_000 + "'>x</p>",
        "<html>" + "<p>Item 7. Management's Discussion</p>" * 8_000,
        "Item 1. " * 20_000,
        "<TABLE>\n" + "<S> <C>\n" * 30_000,
        "<html><p>" + "(" * 200_000,
        "<html><p>" + "1 " * 200_000,
    ],
    ids=["depth", "unclosed", "nested tables", "spans", "attribute", "headings", "line", "marks",
         "brackets", "numbers"],
)  # fmt: skip
def test_hostile_documents_take_seconds_at_most(text: str) -> None:
    began = time.process_time()
    with suppress(SetupError):
        filings.read(text, "10-K")
    assert time.process_time() - began < 10


def test_items_that_an_index_has_begin_on_one_page_are_told_apart_by_title() -> None:
    listed = [
        ("1", "Business", "Pages 3-7"), ("1A", "Risk Factors", "Pages 3, 12-13"),
        ("7", "Management's Discussion and Analysis", "Pages 3-14"),
        ("8", "Financial Statements", "Pages 14-16"),
    ]  # fmt: skip
    rows = "".join(
        f"<tr><td>Item {number}</td><td>{title}</td><td>{pages}</td></tr>"
        for number, title, pages in listed
    )
    heads = {
        3: heading("What we do"), 8: heading("Management's Discussion and Analysis"),
        12: heading("Risk Factors"), 14: heading("Where to write to us"),
    }  # fmt: skip
    pages = [
        f"{heads.get(number, '')}<p>Page {number} says this. {PROSE}</p><p>{number}</p>"
        for number in range(2, 18)
    ]
    end = '<hr style="page-break-after:always"/>'
    found = filings.read(page(f"<table>{rows}</table><p>1</p>", end, end.join(pages)), "10-K")
    starts = {one.item: one.text.split("\n")[0] for one in found.sections}
    assert starts == {
        "cover": starts["cover"], "1": "What we do", "7": "Management's Discussion and Analysis",
        "1A": "Risk Factors", "8": "Where to write to us",
    }  # fmt: skip
