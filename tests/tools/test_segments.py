"""Divisions of an invented company's revenue, and of Apple's and Amazon's as printed."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tools.figures.metrics import Catalogue, install_catalogue
from tools.figures.segments import break_down, read_members, read_series
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

CATALOGUE = Catalogue.load(
    Path(__file__).resolve().parents[2] / "memory" / "seeds" / "metrics.yaml"
)
CIK = 7
SEGMENT = "us-gaap:StatementBusinessSegmentsAxis"
OPERATING = {"srt:ConsolidationItemsAxis": "us-gaap:OperatingSegmentsMember"}
REGION = "srt:StatementGeographicalAxis"


@pytest.fixture
def warehouse(tmp_path):
    with Warehouse.open(tmp_path / "warehouse.duckdb") as opened:
        install_catalogue(opened, CATALOGUE)
        run = opened.connection.execute
        run("INSERT INTO company VALUES (?, 'Acme Corp', ['ACME'], [], NULL, '1231')", [CIK])
        for year in (2022, 2023):
            run(
                "INSERT INTO fiscal_period VALUES (?, ?, 'FY', ?, ?)",
                [CIK, year, f"{year}-01-01", f"{year}-12-31"],
            )
        yield opened


def _file(warehouse, value, dimensions=None, *, year=2023, filed="2024-02-01"):
    warehouse.connection.execute(
        "INSERT INTO fact SELECT (SELECT count(*) FROM fact), ?, ?, 'us-gaap:Revenues', ?, ?, "
        "'USD', ?, ?, ?, '10-K', ?, NULL, 'sample', NULL, NULL, NULL",
        [
            CIK, f"acc-{filed}", value, str(value), f"{year}-01-01", f"{year}-12-31", filed,
            json.dumps(dimensions, sort_keys=True, separators=(",", ":")) if dimensions else None,
        ],
    )  # fmt: skip


def test_segments_that_add_up_are_the_parts_of_the_whole(warehouse):
    _file(warehouse, 100)
    _file(warehouse, 60, {SEGMENT: "acme:PaperMember", **OPERATING})
    _file(warehouse, 40, {SEGMENT: "acme:OfficeSuppliesMember", **OPERATING})
    found = break_down(warehouse, "revenue", CIK, 2023)
    assert {part.member: part.value for part in found.parts} == {"Paper": 60, "Office Supplies": 40}
    assert (found.total, found.remainder, found.reason) == (100, 0, "")


def test_a_region_within_another_is_not_counted_twice(warehouse):
    _file(warehouse, 100)
    for member, value in (("srt:AmericasMember", 70), ("country:US", 55), ("srt:EuropeMember", 30)):
        _file(warehouse, value, {REGION: member})
    found = break_down(warehouse, "revenue", CIK, 2023, kind="geography")
    assert {part.member for part in found.parts} == {"Americas", "Europe"}
    assert [other.member for other in found.others] == ["US"]


def test_members_that_leave_something_out_give_no_parts_but_a_reason(warehouse):
    _file(warehouse, 100)
    _file(warehouse, 60, {SEGMENT: "acme:PaperMember"})
    _file(warehouse, 20, {SEGMENT: "acme:OfficeMember"})
    found = break_down(warehouse, "revenue", CIK, 2023)
    assert found.parts == () and found.remainder is None
    assert "do not add up" in found.reason
    assert len(found.others) == 2


def test_two_ways_to_add_up_give_no_parts(warehouse):
    _file(warehouse, 100)
    for member, value in (("A", 60), ("B", 40), ("C", 60)):
        _file(warehouse, value, {SEGMENT: f"acme:{member}Member"})
    assert "Several sets" in break_down(warehouse, "revenue", CIK, 2023).reason


def test_renamed_members_of_an_older_filing_do_not_mix_with_the_newer(warehouse):
    _file(warehouse, 100)
    _file(warehouse, 60, {SEGMENT: "acme:PaperMember"}, filed="2024-02-01")
    _file(warehouse, 40, {SEGMENT: "acme:OfficeMember"}, filed="2024-02-01")
    _file(warehouse, 100, filed="2025-02-01")
    _file(warehouse, 55, {SEGMENT: "acme:PaperGoodsMember"}, filed="2025-02-01")
    _file(warehouse, 45, {SEGMENT: "acme:OfficeGoodsMember"}, filed="2025-02-01")
    parts = break_down(warehouse, "revenue", CIK, 2023).parts
    assert {part.member: part.value for part in parts} == {"Paper Goods": 55, "Office Goods": 45}


def test_members_and_their_series_are_found_by_name(warehouse):
    _file(warehouse, 50, {SEGMENT: "acme:PaperMember"}, year=2022)
    _file(warehouse, 60, {SEGMENT: "acme:PaperMember"})
    _file(warehouse, 7, {SEGMENT: "acme:PaperMember", REGION: "country:US"})
    members = read_members(warehouse.connection, CIK)
    assert [(one.member, one.first_year, one.last_year) for one in members] == [
        ("Paper", 2022, 2023)
    ]
    series = read_series(warehouse.connection, CIK, "paper", "revenue")
    assert [(one.fiscal_year, one.value) for one in series] == [(2022, 50), (2023, 60)]


# As printed in the notes of the 10-Ks for fiscal 2023, in millions.
APPLE = {
    "iPhone": 200_583,
    "Mac": 29_357,
    "iPad": 28_300,
    "Wearables, Home and Accessories": 39_845,
}
AMAZON = {"North America": 352_828, "International": 131_200, "Amazon Web Services": 90_757}


@pytest.mark.data
@pytest.mark.parametrize(
    ("ticker", "kind", "printed"), [("AAPL", "product", APPLE), ("AMZN", "segment", AMAZON)]
)
def test_real_divisions_equal_the_printed_ones(tmp_path, shared_data, ticker, kind, printed):
    paths = sorted((shared_data / "filings" / "10k" / ticker).glob("*.htm.gz"))
    with Warehouse.open(tmp_path / "warehouse.duckdb") as opened:
        ingest(opened, paths)
        install_catalogue(opened, CATALOGUE)
        cik = opened.connection.execute("SELECT cik FROM company").fetchone()[0]
        found = break_down(opened, "revenue", cik, 2023, kind=kind)
        shown = {one.member.removesuffix(" Segment"): one.value / 10**6 for one in found.parts}
        assert {name: shown.get(name) for name in printed} == {
            name: Decimal(value) for name, value in printed.items()
        }
        assert found.remainder == 0
