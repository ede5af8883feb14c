"""`figure_version` against working figures out anew: the same rows on every day."""

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.figures.figure import LATEST, FactFigure, Formula, Missing, evaluate
from tools.figures.materialise import is_stale, mark_stale, refresh_stale
from tools.figures.metrics import Catalogue, install_catalogue
from tools.figures.nodes import Key, present
from tools.figures.resolve import resolve, work_out
from tools.figures.resolver import Resolver
from tools.figures.stored import StoredNodes
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

SEEDS = Path(__file__).resolve().parents[2] / "memory" / "seeds" / "metrics.yaml"
CATALOGUE = Catalogue.load(SEEDS)
CIK = 7
CONCEPTS = {
    "Revenues": False, "CostOfRevenue": False, "GrossProfit": False, "NetIncomeLoss": False,
    "Assets": True, "StockholdersEquity": True, "LongTermDebtNoncurrent": True,
    "CommercialPaper": True, "ProfitLoss_": False,
    "NetCashProvidedByUsedInOperatingActivities": False,
}  # fmt: skip
PERIODS = {
    "FY": ("01-01", "12-31"), "9M": ("01-01", "09-30"), "H1": ("01-01", "06-30"),
    "Q1": ("01-01", "03-31"), "Q2": ("04-01", "06-30"), "Q3": ("07-01", "09-30"),
    "Q4": ("10-01", "12-31"),
}  # fmt: skip


def _plain(resolution):
    """Everything a reader sees of a figure, down to its facts."""
    if isinstance(resolution, Missing):
        return ("missing", resolution.reason, resolution.needed)
    if isinstance(resolution, FactFigure):
        return ("filed", resolution.value, resolution.fact_id, resolution.params, resolution.url)
    inputs = {name: _plain(given) for name, given in resolution.inputs.items()}
    return (resolution.expression, inputs, resolution.note, resolution.period_end)


def _rounded(value):
    return value.quantize(Decimal("1e-10"), ROUND_HALF_EVEN)


def _differences(warehouse, cik, days):
    """Compare the table, opened figures and the `figure` macro over all metrics and periods."""
    run = warehouse.connection.execute
    catalogue = Catalogue.installed(warehouse)
    found = []
    for day in days:
        rows = run(
            "SELECT metric, fiscal_year, fiscal_period, kind, value, reason, fact_id "
            "FROM figure_as_of(CAST(? AS DATE)) WHERE cik = ?",
            [day, cik],
        ).fetchall()
        shown = {Key(*row[:3]): row[3:] for row in rows}
        assert len(shown) == len(rows)
        anew = Resolver(warehouse.connection, catalogue, cik)
        stored = StoredNodes(warehouse, catalogue, cik)
        for key in [
            Key(name, *where) for where in anew.facts.periods for name in catalogue.metrics
        ]:
            worked_out = present(anew, key, day)
            if not _same(shown.get(key), worked_out):
                found.append((day, key, shown.get(key), _plain(worked_out)))
            if key in shown and _plain(present(stored, key, day)) != _plain(worked_out):
                found.append((day, key, "opened, it differs"))
    return found


def _same(row, anew):
    if row is None:
        return isinstance(anew, Missing)
    kind, value, reason, fact_id = row
    if isinstance(anew, Missing):
        return kind == "missing" and value is None and anew.reason.endswith(reason)
    if isinstance(anew, Formula):
        return kind in ("derived", "formula") and value == _rounded(evaluate(anew))
    return (kind, value, fact_id) == ("filed", anew.value, anew.fact_id)


@pytest.fixture
def warehouse(tmp_path):
    with Warehouse.open(tmp_path / "warehouse.duckdb") as opened:
        install_catalogue(opened, CATALOGUE)
        run = opened.connection.execute
        run("INSERT INTO company VALUES (?, 'Acme Corp', ['ACME'], [], NULL, '1231')", [CIK])
        for year in (2022, 2023):
            for name, (start, end) in PERIODS.items():
                run(
                    "INSERT INTO fiscal_period VALUES (?, ?, ?, ?, ?)",
                    [CIK, year, name, f"{year}-{start}", f"{year}-{end}"],
                )
        yield opened


def _file(warehouse, number, concept, year, period, value, filed):
    start, end = (f"{year}-{day}" for day in PERIODS[period])
    warehouse.connection.execute(
        "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, 'USD', ?, ?, ?, '10-K', NULL, NULL, "
        "'sample', NULL, NULL, NULL)",
        [
            number, CIK, f"acc-{filed}", f"us-gaap:{concept}", value, str(value),
            None if CONCEPTS[concept] else start, end, filed,
        ],
    )  # fmt: skip
    mark_stale(warehouse.connection, CIK)


FILED = st.tuples(
    st.sampled_from(sorted(CONCEPTS)),
    st.sampled_from([2022, 2023]),
    st.sampled_from(["FY", "9M", "H1", "Q1"]),
    st.integers(0, 40).map(lambda n: n * 10),
    st.sampled_from([date(2023, 2, 1), date(2023, 8, 1), date(2024, 2, 1), date(2025, 2, 1)]),
)


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(FILED, min_size=6, max_size=40, unique_by=lambda f: (f[0], f[1], f[2], f[4])))
def test_table_and_anew_agree_for_any_filings(warehouse, filed):
    warehouse.connection.execute("DELETE FROM fact")
    for number, one in enumerate(filed):
        _file(warehouse, number, *one)
    refresh_stale(warehouse)
    days = {one[4] for one in filed}
    assert _differences(warehouse, CIK, {LATEST, *days}) == []


def test_an_opened_figure_reads_the_same_from_the_table_and_worked_out(warehouse):
    _file(warehouse, 1, "Revenues", 2023, "FY", 500, date(2024, 2, 1))
    _file(warehouse, 2, "NetIncomeLoss", 2023, "FY", 50, date(2024, 2, 1))
    refresh_stale(warehouse)
    for name in ("revenue", "net_margin", "goodwill"):
        key = Key(name, 2023, "FY")
        anew = work_out(warehouse, CATALOGUE, CIK, key, LATEST)
        assert _plain(anew) == _plain(resolve(warehouse, name, CIK, 2023))


def test_the_view_shows_filed_derived_formula_and_missing_figures(warehouse):
    _file(warehouse, 1, "Revenues", 2023, "FY", 500, date(2024, 2, 1))
    _file(warehouse, 2, "Revenues", 2023, "9M", 360, date(2023, 11, 1))
    _file(warehouse, 3, "NetIncomeLoss", 2023, "FY", 50, date(2024, 2, 1))
    refresh_stale(warehouse)
    rows = warehouse.connection.execute(
        "SELECT metric, fiscal_period, kind, value FROM figure WHERE fiscal_year = 2023 AND "
        "(metric, fiscal_period) IN (('revenue', 'FY'), ('revenue', 'Q4'), ('net_margin', 'FY'), "
        "('goodwill', 'FY')) ORDER BY ALL"
    ).fetchall()
    assert rows == [
        ("goodwill", "FY", "missing", None),
        ("net_margin", "FY", "formula", Decimal("0.1")),
        ("revenue", "FY", "filed", 500),
        ("revenue", "Q4", "derived", 140),
    ]


def test_a_figure_not_made_yet_is_worked_out_and_a_stale_one_is_not_shown(warehouse):
    _file(warehouse, 1, "Revenues", 2023, "FY", 500, date(2024, 2, 1))
    assert evaluate(resolve(warehouse, "revenue", CIK, 2023)) == 500
    refresh_stale(warehouse)
    assert not is_stale(warehouse)
    _file(warehouse, 2, "Revenues", 2023, "FY", 450, date(2025, 2, 1))
    assert is_stale(warehouse)
    assert evaluate(resolve(warehouse, "revenue", CIK, 2023)) == 450


def test_a_changed_definition_makes_only_what_it_touches_anew(warehouse):
    _file(warehouse, 1, "Revenues", 2023, "FY", 500, date(2024, 2, 1))
    _file(warehouse, 2, "NetIncomeLoss", 2023, "FY", 50, date(2024, 2, 1))
    _file(warehouse, 3, "ProfitLoss_", 2023, "FY", 60, date(2024, 2, 1))
    refresh_stale(warehouse)
    records = [dict(record) for record in CATALOGUE.records]
    changed = next(record for record in records if record["name"] == "net_income")
    changed["concepts"] = ["ProfitLoss_", *changed["concepts"]]
    install_catalogue(warehouse, Catalogue.from_records(records))
    run = warehouse.connection.execute
    stale = {row[0] for row in run("SELECT name FROM stale_metric").fetchall()}
    assert {"net_income", "net_margin", "return_on_equity"} <= stale
    assert "revenue" not in stale
    refresh_stale(warehouse)
    rows = run(
        "SELECT metric, value FROM figure WHERE fiscal_period = 'FY' AND fiscal_year = 2023 "
        "AND metric IN ('revenue', 'net_income', 'net_margin') ORDER BY ALL"
    ).fetchall()
    assert rows == [("net_income", 60), ("net_margin", Decimal("0.12")), ("revenue", 500)]


@pytest.mark.data
@pytest.mark.parametrize("cik", [1045810, 1835632])
def test_table_view_and_resolve_agree_on_a_real_company(tmp_path, shared_data, cik):
    path = shared_data / "edgar" / "companyfacts" / f"CIK{cik:010d}.json.gz"
    with Warehouse.open(tmp_path / "warehouse.duckdb") as warehouse:
        install_catalogue(warehouse, CATALOGUE)
        ingest(warehouse, [path])
        refresh_stale(warehouse)
        days = [LATEST, date(2021, 3, 1), date(2018, 6, 30), date(2012, 1, 1)]
        assert _differences(warehouse, cik, days) == []
