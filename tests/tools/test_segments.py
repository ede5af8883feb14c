"""Divisions of an invented company's revenue, and of real companies' as printed."""

import json
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tools.figures.figure import FactFigure, Missing
from tools.figures.members import read_members
from tools.figures.metrics import Catalogue, install_catalogue
from tools.figures.segments import Breakdown, break_down, resolve_member
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


def _file(
    warehouse, value, dimensions=None, *, year=2023, filed="2024-02-01", decimals=None,
    concept="Revenues",
):  # fmt: skip
    warehouse.connection.execute(
        "INSERT INTO fact SELECT (SELECT count(*) FROM fact), ?, ?, ?, ?, ?, "
        "'USD', ?, ?, ?, '10-K', ?, ?, 'sample', NULL, NULL, NULL",
        [
            CIK, f"acc-{filed}", f"us-gaap:{concept}", value, str(value), f"{year}-01-01",
            f"{year}-12-31", filed,
            json.dumps(dimensions, sort_keys=True, separators=(",", ":")) if dimensions else None,
            decimals,
        ],
    )  # fmt: skip


def _divide(warehouse, kind="segment", **given):
    found = break_down(warehouse, "revenue", CIK, (2023, "FY"), kind, **given)
    assert not isinstance(found, Missing), found
    return found


def _values(found):
    return {member.label: figure.value for member, figure in found.parts}


def _member(warehouse, label):
    return next(one for one in read_members(warehouse, CIK) if one.label == label)


def test_segments_that_add_up_are_the_parts_of_the_whole(warehouse):
    _file(warehouse, 10_000)
    _file(warehouse, 6000, {SEGMENT: "acme:PaperMember", **OPERATING})
    _file(warehouse, 4000, {SEGMENT: "acme:OfficeSuppliesMember", **OPERATING})
    found = _divide(warehouse)
    assert _values(found) == {"Paper": 6000, "Office Supplies": 4000}
    assert (found.adds_up, found.note) == (True, "")


def test_a_region_within_another_is_not_counted_twice(warehouse):
    _file(warehouse, 10_000)
    for member, value in (
        ("srt:AmericasMember", 7001), ("country:US", 5533), ("srt:EuropeMember", 2999),
    ):  # fmt: skip
        _file(warehouse, value, {REGION: member})
    found = _divide(warehouse, "geography")
    assert _values(found) == {"Americas": 7001, "Europe": 2999}
    assert found.adds_up


def test_members_that_leave_something_out_say_so(warehouse):
    _file(warehouse, 10_000)
    _file(warehouse, 6000, {SEGMENT: "acme:PaperMember"})
    _file(warehouse, 2000, {SEGMENT: "acme:OfficeMember"})
    found = _divide(warehouse)
    assert not found.adds_up and "do not add up" in found.note
    assert len(found.parts) == 2


def test_two_ways_to_add_up_are_none(warehouse):
    _file(warehouse, 10_000)
    for member, value in (("A", 6000), ("B", 4000), ("C", 6000)):
        _file(warehouse, value, {SEGMENT: f"acme:{member}Member"})
    assert not _divide(warehouse).adds_up


def test_shares_of_the_whole_go_before_totals_with_sales_to_other_segments(warehouse):
    _file(warehouse, 10_000)
    for name, own, share in (("Paper", 7500, 6000), ("Office", 4100, 4000)):
        _file(warehouse, own, {SEGMENT: f"acme:{name}Member", **OPERATING})
        _file(warehouse, share, {SEGMENT: f"acme:{name}Member"})
    for sign in (1, -1):  # filed twice, with either sign
        eliminated = {"srt:ConsolidationItemsAxis": "us-gaap:IntersegmentEliminationMember"}
        mark = {SEGMENT: "acme:PaperMember"} if sign > 0 else {}
        _file(warehouse, sign * 1600, {**eliminated, **mark})
    found = _divide(warehouse)
    assert (_values(found), found.adds_up) == ({"Paper": 6000, "Office": 4000}, True)
    paper = resolve_member(warehouse, "revenue", CIK, (2023, "FY"), _member(warehouse, "Paper"))
    assert isinstance(paper, FactFigure)
    assert paper.value == 6000 and "before eliminations" in paper.note
    rows = warehouse.connection.execute(
        "SELECT member, value FROM segment_figure WHERE kind = 'segment' ORDER BY member"
    ).fetchall()
    assert rows == [("Office", 4000), ("Paper", 6000)]


def test_segments_and_their_eliminations_make_up_the_whole_with_a_note(warehouse):
    _file(warehouse, 10_000)
    _file(warehouse, 7500, {SEGMENT: "acme:PaperMember", **OPERATING})
    _file(warehouse, 4100, {SEGMENT: "acme:OfficeMember", **OPERATING})
    eliminated = {"srt:ConsolidationItemsAxis": "us-gaap:IntersegmentEliminationMember"}
    _file(warehouse, -1600, eliminated)
    found = _divide(warehouse)
    assert _values(found) == {"Paper": 7500, "Office": 4100}
    assert not found.adds_up and "filed apart" in found.note


def test_two_groupings_of_one_axis_are_not_mixed(warehouse):
    """As Danaher files countries and regions, told apart by the axis of consolidation items."""
    _file(warehouse, 10_000)
    countries = {"srt:ConsolidationItemsAxis": "srt:ReportableGeographicalComponentsMember"}
    for member, value in (("country:US", 4100), ("country:CN", 1400), ("acme:RestMember", 4500)):
        _file(warehouse, value, {REGION: member, **countries})
    for member, value in (("srt:NorthAmericaMember", 4300), ("srt:EuropeMember", 5700)):
        _file(warehouse, value, {REGION: member})
    assert _values(_divide(warehouse, "geography")) == {"North America": 4300, "Europe": 5700}
    china = resolve_member(warehouse, "revenue", CIK, (2023, "FY"), _member(warehouse, "China"))
    assert isinstance(china, FactFigure) and china.value == 1400


@pytest.mark.parametrize(("decimals", "adds_up"), [("-6", True), ("0", False), (None, False)])
def test_parts_may_miss_the_whole_by_what_rounding_takes(warehouse, decimals, adds_up):
    _file(warehouse, 100_000_000, decimals=decimals)
    for name, value in (("A", 33), ("B", 33), ("C", 33)):
        dimensions = {SEGMENT: f"acme:{name}Member"}
        _file(warehouse, value * 1_000_000, dimensions, decimals=decimals)
    assert _divide(warehouse).adds_up is adds_up


def test_renamed_members_of_an_older_filing_do_not_mix_with_the_newer(warehouse):
    _file(warehouse, 10_000)
    _file(warehouse, 6000, {SEGMENT: "acme:PaperMember"}, filed="2024-02-01")
    _file(warehouse, 4000, {SEGMENT: "acme:OfficeMember"}, filed="2024-02-01")
    _file(warehouse, 10_000, filed="2025-02-01")
    _file(warehouse, 5500, {SEGMENT: "acme:PaperGoodsMember"}, filed="2025-02-01")
    _file(warehouse, 4500, {SEGMENT: "acme:OfficeGoodsMember"}, filed="2025-02-01")
    assert _values(_divide(warehouse)) == {"Paper Goods": 5500, "Office Goods": 4500}
    then = _divide(warehouse, as_of=date(2024, 12, 31))
    assert _values(then) == {"Paper": 6000, "Office": 4000}


def test_parts_of_a_whole_that_was_restated_since_carry_a_note(warehouse):
    _file(warehouse, 10_000)
    _file(warehouse, 6000, {SEGMENT: "acme:PaperMember"})
    _file(warehouse, 4000, {SEGMENT: "acme:OfficeMember"})
    _file(warehouse, 7000, filed="2025-02-01")
    found = _divide(warehouse)
    assert found.adds_up and "restates" in found.note


def test_a_fact_with_another_axis_is_of_no_member(warehouse):
    _file(warehouse, 50, {SEGMENT: "acme:PaperMember"}, year=2022)
    _file(warehouse, 7, {SEGMENT: "acme:PaperMember", REGION: "country:US"})
    paper = _member(warehouse, "Paper")
    years = [resolve_member(warehouse, "revenue", CIK, (y, "FY"), paper) for y in (2022, 2023)]
    assert isinstance(years[0], FactFigure) and years[0].value == 50
    assert isinstance(years[1], Missing)


# Revenue in millions, as printed in notes of these 10-Ks (named by company and filing day); the
# printed totals were added up by hand.
PRINTED = [
    # Year to 2023-09-30, products and services: 383,285 in all.
    ("AAPL", "2023-11-03", 2023, "product", {
        "iPhone": 200_583, "Mac": 29_357, "iPad": 28_300,
        "Wearables, Home and Accessories": 39_845, "Services": 85_200,
    }),
    # Year to 2023-12-31: 574,785 in all.
    ("AMZN", "2024-02-02", 2023, "segment",
        {"North America": 352_828, "International": 131_200, "Amazon Web Services": 90_757}),
    # Year to 2023-12-31, "consolidated net sales", 68,920 in all; "business segment sales" (26,253
    # for Collins) are 1,979 more, for sales to one another.
    ("RTX", "2024-02-05", 2023, "segment",
        {"Collins Aerospace": 24_294, "Pratt & Whitney": 18_296, "Raytheon": 26_220, "Other": 110}),
    # Year to 2023-12-31: 23,890 in all, by region; also by country (the United States, China, the
    # others), which is another grouping on the same axis.
    ("DHR", "2024-02-21", 2023, "geography", {
        "North America": 9961, "Western Europe": 5468, "Other developed markets": 1270,
        "High-growth markets": 7191,
    }),
]  # fmt: skip


@pytest.fixture
def filed(tmp_path, shared_data):
    """A warehouse of one real filing."""
    with ExitStack() as open_until_end:

        def load(ticker, day):
            folder = shared_data / "filings" / "10k" / ticker
            opened = open_until_end.enter_context(Warehouse.open(tmp_path / "warehouse.duckdb"))
            install_catalogue(opened, CATALOGUE)
            ingest(opened, [folder / f"10K_{day}.htm.gz"])
            return opened, opened.connection.execute("SELECT cik FROM company").fetchone()[0]

        yield load


def _in_millions(found):
    return {
        member.label.removesuffix(" Segment"): figure.value / 10**6
        for member, figure in found.parts
    }


@pytest.mark.data
@pytest.mark.parametrize(
    ("ticker", "day", "year", "kind", "printed"), PRINTED, ids=[one[0] for one in PRINTED]
)
def test_real_divisions_equal_the_printed_ones(filed, ticker, day, year, kind, printed):
    opened, cik = filed(ticker, day)
    found = break_down(opened, "revenue", cik, (year, "FY"), kind)
    assert isinstance(found, Breakdown)
    assert set(_in_millions(found).values()) == {Decimal(value) for value in printed.values()}
    assert (found.adds_up, found.note) == (True, "")


@pytest.mark.data
def test_ge_divides_with_what_it_files_apart(filed):
    """GE's 10-K of 2026-01-29, year to 2023-12-31: 23,296 + 7,708, corporate and other 4,344."""
    opened, cik = filed("GE", "2026-01-29")
    found = break_down(opened, "revenue", cik, (2023, "FY"), "segment")
    assert isinstance(found, Breakdown)
    assert sorted(_in_millions(found).values()) == [7708, 23_296]
    assert not found.adds_up and "filed apart" in found.note
