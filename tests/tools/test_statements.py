from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.tools import invented_xbrl
from tools.errors import SetupError
from tools.ingestion.run import ingest
from tools.statements.build import period_heading
from tools.statements.kinds import Candidate, choose, named_kinds
from tools.statements.layout import read_layout
from tools.statements.locate import Wanted, read_period
from tools.statements.read import read_statement
from tools.statements.records import StatementLine, statement_kind
from tools.statements.request import answer_request, read_request
from tools.statements.statement import Line, Statement
from tools.statements.store import store_statement_lines
from tools.statements.years import merge_lines
from tools.warehouse import Warehouse

FY2013 = Wanted(2013)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    folder = tmp_path / "filing"
    folder.mkdir()
    files = {"brin-20131231.xml": invented_xbrl.instance(), **invented_xbrl.linkbases()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    with Warehouse.open(tmp_path / "w.duckdb") as opened:
        assert not ingest(opened, [folder]).skipped
        yield opened


def numbers(statement: Statement) -> dict[str, list[Decimal | None]]:
    return {
        line.label: [value.number if value else None for value in line.values]
        for line in statement.lines
    }


def test_income_statement_is_read_as_presented(warehouse: Warehouse) -> None:
    statement = read_statement(warehouse.connection, invented_xbrl.CIK, FY2013, "income")
    assert statement.title == "CONSOLIDATED STATEMENTS OF INCOME"
    assert numbers(statement) == {
        "Net sales": [Decimal(1_000_000_000), Decimal(900_000_000)],
        "Cost of goods sold": [Decimal(-600_000_000), Decimal(-550_000_000)],  # negated label
        "Gross margin": [Decimal(400_000_000), Decimal(350_000_000)],
        "Income taxes": [Decimal(100_000_000), Decimal(80_000_000)],
        "Net income": [Decimal(300_000_000), Decimal(270_000_000)],
    }
    assert statement.scale == 1_000_000
    assert [column.period_end for column in statement.columns] == [
        date(2013, 12, 31),
        date(2012, 12, 31),
    ]


def test_balance_sheet_has_instants_and_indentation(warehouse: Warehouse) -> None:
    statement = read_statement(warehouse.connection, invented_xbrl.CIK, FY2013, "balance")
    assert [(line.depth, line.label) for line in statement.lines][:3] == [
        (0, "Assets"),
        (1, "Cash"),
        (1, "Total assets"),
    ]
    assert numbers(statement)["Cash"] == [Decimal(50_000_000), None]
    assert statement.columns[0].period_start is None


def test_every_value_names_its_fact(warehouse: Warehouse) -> None:
    statement = read_statement(warehouse.connection, invented_xbrl.CIK, FY2013, "income")
    for line in statement.lines:
        for value in line.values:
            assert value is not None
            [(concept,)] = warehouse.connection.execute(
                "SELECT concept FROM fact WHERE fact_id = ?", [value.fact_id]
            ).fetchall()
            assert concept == line.concept


def test_missing_statement_says_what_is_held(warehouse: Warehouse) -> None:
    with pytest.raises(SetupError, match="it has: balance, income"):
        read_statement(warehouse.connection, invented_xbrl.CIK, FY2013, "cash")


def test_missing_year_says_which_years_are_held(warehouse: Warehouse) -> None:
    with pytest.raises(SetupError, match=r"annual statements held: 2013"):
        read_statement(warehouse.connection, invented_xbrl.CIK, Wanted(2019), "income")


def test_nothing_is_shown_before_it_was_filed(warehouse: Warehouse) -> None:
    day = date(2013, 12, 31)
    with pytest.raises(SetupError, match="filed by 2013-12-31"):
        read_statement(warehouse.connection, invented_xbrl.CIK, FY2013, "income", as_of=day)


def test_a_part_of_a_filing_does_not_overwrite_the_whole(warehouse: Warehouse) -> None:
    [(accession,)] = warehouse.connection.execute("SELECT accession FROM filing").fetchall()
    part = StatementLine(accession, "income", "linkbase", "r", "t", 0, 0, "Only", "us-gaap:Only")
    store_statement_lines(warehouse.connection, [part])
    store_statement_lines(warehouse.connection, [replace(part, layout="fsds")])
    counts = warehouse.connection.execute(
        "SELECT layout, count(*) FROM statement_line WHERE statement = 'income' GROUP BY 1 "
        "ORDER BY 1"
    ).fetchall()
    assert counts == [("fsds", 1), ("linkbase", 5)]


def test_a_presentation_that_closes_a_circle_ends() -> None:
    arcs = (
        b'<presentationArc xlink:type="arc" xlink:from="us-gaap_NetIncomeLoss" '
        b'xlink:to="us-gaap_Revenues" order="1"/><presentationArc xlink:type="arc" '
        b'xlink:from="us-gaap_Revenues" xlink:to="us-gaap_NetIncomeLoss" order="1"/>'
    )
    looped = invented_xbrl.presentation().replace(
        b"</presentationLink>", arcs + b"</presentationLink>"
    )
    files = {**invented_xbrl.linkbases(), "brin-20131231_pre.xml": looped}
    assert len(read_layout(files, ()).lines) < 40


def test_linkbase_with_entities_is_refused_by_name() -> None:
    bomb = b'<!DOCTYPE l [<!ENTITY a "b">]>' + invented_xbrl.presentation()
    with pytest.raises(SetupError, match=r"brin_pre\.xml beside it: .*refused"):
        read_layout({"brin_pre.xml": bomb}, ())


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("income", "income"),
        ("P&L", "income"),
        ("Income Statement", "income"),
        ("balance-sheet", "balance"),
        ("cash flow", "cash"),
        ("statement of cash flows", "cash"),
        ("OCI", "comprehensive"),
        ("shareholders", "equity"),
    ],
)
def test_statements_are_known_by_their_everyday_names(words: str, kind: str) -> None:
    assert statement_kind(words) == kind


def test_an_unknown_statement_is_a_clear_error() -> None:
    with pytest.raises(SetupError, match="choose one of income, balance"):
        statement_kind("weather")


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("2024", ("FY", 2024)),
        ("FY2024", ("FY", 2024)),
        ("2024Q3", ("Q3", 2024)),
        ("q1-2023", ("Q1", 2023)),
    ],
)
def test_periods_are_read(text: str, period: tuple[str, int]) -> None:
    wanted = read_period(text)
    assert (wanted.fiscal_period, wanted.fiscal_year) == period


def test_titles_name_statements() -> None:
    assert named_kinds("CONSOLIDATED STATEMENTS OF OPERATIONS AND COMPREHENSIVE LOSS") == {
        "income",
        "comprehensive",
    }
    assert named_kinds("Consolidated Statements of Comprehensive Income") == {"comprehensive"}
    assert named_kinds("CONSOLIDATED STATEMENTS OF FINANCIAL CONDITION") == {"balance"}
    assert named_kinds("Consolidated Statements of Changes in Stockholders’ Equity") == {"equity"}


def test_parentheticals_and_the_parents_own_statements_are_not_chosen() -> None:
    concepts = frozenset({"Assets", "Liabilities", "StockholdersEquity"})
    titles = ("BALANCE SHEETS (Parenthetical)", "Parent Company Balance Sheets", "BALANCE SHEETS")
    pool = [Candidate(title, title, concepts, 20) for title in titles]
    assert choose(pool)["balance"].key == "BALANCE SHEETS"


def test_headings_name_months_and_odd_weeks() -> None:
    assert period_heading(date(2023, 10, 1), date(2024, 9, 28)) == "12 months to Sep 28, 2024"
    assert period_heading(date(2024, 1, 1), date(2024, 3, 31)) == "3 months to Mar 31, 2024"
    assert period_heading(None, date(2024, 9, 28)) == "Sep 28, 2024"


def request(warehouse: Warehouse, statement: str, **options: Any) -> Statement:
    asked = read_request(statement, "2013", **options)
    return answer_request(warehouse.connection, invented_xbrl.CIK, asked)


def test_common_size_is_percent_of_revenue_or_of_assets(warehouse: Warehouse) -> None:
    income = numbers(request(warehouse, "income", common_size=True))
    assert income["Net income"] == [Decimal(30), Decimal(30)]
    assert income["Cost of goods sold"][0] == Decimal(-60)
    balance = numbers(request(warehouse, "balance", common_size=True))
    assert balance["Liabilities"][0] == Decimal("28.571429")


def test_years_stand_side_by_side_and_a_missing_one_is_said(warehouse: Warehouse) -> None:
    statement = request(warehouse, "income", years=3)
    assert [column.fiscal for column in statement.columns] == ["FY2013", "FY2012"]
    assert statement.notes == ("Not on file: FY2011.",)


def line(label: str, concept: str) -> Line:
    return Line(label, 0, concept, False, False, False, ())


def test_lines_that_only_an_older_report_has_keep_their_place() -> None:
    new = [line("Sales", "a:Sales"), line("Costs", "a:Costs"), line("Profit", "a:Profit")]
    old = [line("Net sales", "a:Sales"), line("Scrapping", "a:Scrapping"), *new[1:]]
    assert [one.label for one in merge_lines([new, old])] == [
        "Sales",
        "Scrapping",
        "Costs",
        "Profit",
    ]


def test_quarters_need_quarterly_reports(warehouse: Warehouse) -> None:
    with pytest.raises(SetupError, match="ingest its 10-Q reports"):
        request(warehouse, "income", quarterly=True)


def test_fourth_quarter_is_the_year_less_nine_months_and_marked(warehouse: Warehouse) -> None:
    connection = warehouse.connection
    connection.execute(
        "INSERT INTO fact BY NAME SELECT * REPLACE (fact_id + 1 AS fact_id, "
        "DATE '2013-09-30' AS period_end, 720000000 AS value) FROM fact "
        "WHERE concept = 'us-gaap:Revenues' AND dimensions IS NULL AND period_end = '2013-12-31'"
    )
    connection.execute(
        "INSERT INTO fiscal_period VALUES (1999999, 2013, '9M', '2013-01-01', '2013-09-30'), "
        "(1999999, 2013, 'Q4', '2013-10-01', '2013-12-31')"
    )
    statement = request(warehouse, "income", quarterly=True)
    assert numbers(statement)["Net sales"] == [Decimal(280_000_000)]
    [column] = statement.columns
    assert (column.fiscal, column.is_derived) == ("Q4 2013", True)
    value = statement.lines[0].values[0]
    assert value is not None and value.source == "derived" and "9M" in (value.note or "")
