from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.tools import invented_xbrl
from tools.errors import SetupError
from tools.ingestion.grouping import group
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse
from tools.xbrl.instance import is_instance, parse_instance


def write(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def test_values_units_and_periods_are_read() -> None:
    document = parse_instance(invented_xbrl.instance().decode())
    [revenue] = [
        fact
        for fact in document.facts
        if fact.concept == "us-gaap:Revenues"
        and fact.dimensions is None
        and fact.period_end == date(2013, 12, 31)
    ]
    assert revenue.value == Decimal(1_000_000_000)
    assert (revenue.unit, revenue.decimals) == ("USD", "-6")
    assert revenue.period_start == date(2013, 1, 1)
    assert document.text_of("EntityRegistrantName") == "Brindle Paper Co"


def test_explicit_and_typed_members_are_dimensions() -> None:
    document = parse_instance(invented_xbrl.instance().decode())
    assert {fact.dimensions for fact in document.facts} == {
        None,
        '{"us-gaap:StatementBusinessSegmentsAxis":"brin:PaperMember"}',
        '{"brin:SiteAxis":"North"}',
    }


def test_nil_counts_and_words_for_numbers_are_unreadable() -> None:
    facts = (("us-gaap:Assets", "end", "usd", "many", "0"),)
    nil = '<us-gaap:Cash contextRef="end" unitRef="usd" xsi:nil="true"/>'
    document = parse_instance(invented_xbrl.instance(facts, body=nil).decode())
    assert (document.facts, document.nil, len(document.unreadable)) == ((), 1, 1)


def test_taxonomies_have_the_names_edgar_gives_them() -> None:
    renamed = invented_xbrl.instance().replace(b"us-gaap:", b"gaap:")
    document = parse_instance(renamed.replace(b"xmlns:us-gaap", b"xmlns:gaap").decode())
    assert "us-gaap:Assets" in {fact.concept for fact in document.facts}


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_entities_and_document_types_are_refused(prolog: str) -> None:
    with pytest.raises(SetupError, match="refused"):
        parse_instance(invented_xbrl.instance(prolog=prolog).decode())


def test_truncated_instance_is_refused() -> None:
    with pytest.raises(SetupError, match="not well-formed"):
        parse_instance(invented_xbrl.instance()[:-50].decode())


def test_inline_html_is_no_instance() -> None:
    assert is_instance(invented_xbrl.instance()[:500].decode())
    assert not is_instance("<html xmlns:ix='x'><body><xbrl></xbrl>")


def groups(*names: str) -> list[tuple[str, set[str]]]:
    return [(main, set(beside)) for main, beside in group(sorted(names))]


def test_instance_takes_its_linkbases() -> None:
    linkbases = set(invented_xbrl.linkbases())
    assert groups("brin-20131231.xml", *linkbases) == [("brin-20131231.xml", linkbases)]


def test_linkbases_of_another_date_belong_to_the_only_instance() -> None:
    other = set(invented_xbrl.linkbases("brin-20140214"))
    assert groups("brin-20131231.xml", *other) == [("brin-20131231.xml", other)]


def test_linkbases_belong_to_the_inline_document_and_its_extract_is_left_out() -> None:
    linkbases = set(invented_xbrl.linkbases())
    names = ("brin_10k.htm.gz", "brin_10k_htm.xml.gz", "ix.xml", *linkbases)
    assert groups(*names) == [("brin_10k.htm.gz", linkbases)]


def test_two_instances_in_a_folder_keep_their_own_linkbases() -> None:
    one = set(invented_xbrl.linkbases("brin-20121231"))
    two = set(invented_xbrl.linkbases())
    assert groups("brin-20121231.xml", "brin-20131231.xml", *one, *two) == [
        ("brin-20121231.xml", one),
        ("brin-20131231.xml", two),
    ]


def test_linkbases_alone_are_one_source_with_their_description() -> None:
    names = {"brin-20131231.xsd.xml", "brin-20131231_pre.xml", "metadata.json"}
    assert groups(*names) == [("brin-20131231.xsd.xml", {"brin-20131231_pre.xml", "metadata.json"})]


def test_r_files_belong_to_the_document_beside_them() -> None:
    assert groups("10k.htm", "R1.htm", "R2.htm", "FilingSummary.xml") == [
        ("10k.htm", {"R1.htm", "R2.htm", "FilingSummary.xml"})
    ]


def test_other_files_are_sources_of_their_own() -> None:
    names = ("a.htm", "b.htm", "facts.json", "metadata.json", "notes.xml")
    assert groups(*names) == [(name, set()) for name in names[:4]]


def test_instance_with_linkbases_gives_facts_statements_and_sums(tmp_path: Path) -> None:
    files = {"brin-20131231.xml": invented_xbrl.instance(), **invented_xbrl.linkbases()}
    write(tmp_path / "filing", files)
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        summary = ingest(warehouse, [tmp_path / "filing"])
        assert not summary.skipped
        assert (summary.filings, summary.facts) == (1, len(invented_xbrl.FACTS))
        rows = warehouse.connection.execute(
            "SELECT label, concept, depth, negated FROM statement_line "
            "WHERE statement = 'income' ORDER BY ordinal"
        ).fetchall()
        assert rows == [
            ("Net sales", "us-gaap:Revenues", 0, False),
            ("Cost of goods sold", "us-gaap:CostOfRevenue", 0, True),
            ("Gross margin", "us-gaap:GrossProfit", 0, False),
            ("Income taxes", "us-gaap:IncomeTaxExpenseBenefit", 0, False),
            ("Net income", "us-gaap:NetIncomeLoss", 0, False),
        ]
        sums = warehouse.connection.execute(
            "SELECT child, weight FROM calculation WHERE parent = 'us-gaap:GrossProfit' "
            "ORDER BY ordinal"
        ).fetchall()
        assert sums == [("us-gaap:Revenues", 1), ("us-gaap:CostOfRevenue", -1)]


def test_an_instance_twice_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path / "a", {"brin-20131231.xml": invented_xbrl.instance()})
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        first = ingest(warehouse, [tmp_path / "a"])
        again = ingest(warehouse, [tmp_path / "a"])
        assert (first.facts, again.facts, again.unchanged) == (len(invented_xbrl.FACTS), 0, 1)
