"""Look-ups and screens over the figures of three invented companies."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tools.errors import ToolError
from tools.figures.materialise import mark_stale, refresh_stale
from tools.figures.metrics import Catalogue, install_catalogue
from tools.figures.query import Query, look_up, screen
from tools.warehouse import Warehouse

CATALOGUE = Catalogue.load(
    Path(__file__).resolve().parents[2] / "memory" / "seeds" / "metrics.yaml"
)
BOOKS = {1: (100, 30), 2: (500, 50), 3: (900, None)}  # revenue, net income


@pytest.fixture
def connection(tmp_path):
    with Warehouse.open(tmp_path / "warehouse.duckdb") as opened:
        install_catalogue(opened, CATALOGUE)
        run = opened.connection.execute
        for cik, (revenue, income) in BOOKS.items():
            run("INSERT INTO company VALUES (?, ?, [], [], ?, '1231')", [cik, f"C{cik}", f"3{cik}"])
            run(
                "INSERT INTO fiscal_period VALUES (?, 2023, 'FY', '2023-01-01', '2023-12-31')",
                [cik],
            )
            for number, (name, value) in enumerate(
                (("Revenues", revenue), ("NetIncomeLoss", income))
            ):
                if value is not None:
                    run(
                        "INSERT INTO fact VALUES (?, ?, 'a', ?, ?, ?, 'USD', '2023-01-01', "
                        "'2023-12-31', '2024-02-01', '10-K', NULL, NULL, 'sample', NULL, NULL, "
                        "NULL)",
                        [cik * 10 + number, cik, f"us-gaap:{name}", value, str(value)],
                    )
            mark_stale(opened.connection, cik)
        refresh_stale(opened)
        yield opened.connection


def test_a_screen_keeps_what_passes_and_ranks_it(connection):
    rows = screen(connection, "revenue > 50 and net_margin >= 0.1", 2023, show=["net_income"])
    assert [(row.company, row.values["net_income"]) for row in rows] == [("C2", 50), ("C1", 30)]
    ranked = screen(connection, "revenue > 50", 2023, rank_by="net_margin")
    assert [row.company for row in ranked] == ["C1", "C2", "C3"]


def test_a_missing_metric_does_not_pass_and_is_shown_as_none(connection):
    assert screen(connection, "net_income > 0 or net_income <= 0", 2023)[0].company == "C2"
    rows = screen(connection, "revenue > 800", 2023, show=["net_income"])
    assert [(row.company, row.values["net_income"]) for row in rows] == [("C3", None)]


def test_a_screen_is_as_of_a_day_and_within_an_industry(connection):
    assert screen(connection, "revenue > 0", 2023, as_of=date(2024, 1, 1)) == []
    assert [row.company for row in screen(connection, "revenue > 0", 2023, sic="32")] == ["C2"]


@pytest.mark.parametrize(
    "condition",
    [
        "revenue", "1 = 1", "revenue > (SELECT 1)", "read_text('x') = 'y'", "revenue > 1; DROP",
        "a.revenue > 1", "revenue = 'x'", "happiness > 1", "", "revenue > 1 LIMIT 1", "((",
    ],
)  # fmt: skip
def test_what_is_no_condition_over_metrics_is_refused(connection, condition):
    with pytest.raises(ToolError):
        screen(connection, condition, 2023)


def test_a_look_up_returns_missing_figures_with_their_reason(connection):
    rows = look_up(connection, Query(("revenue", "net_margin"), (1, 3)))
    assert [(row.cik, row.metric, row.kind, row.value) for row in rows] == [
        (1, "revenue", "filed", 100),
        (1, "net_margin", "formula", Decimal("0.3")),
        (3, "revenue", "filed", 900),
        (3, "net_margin", "missing", None),
    ]
    assert "net_income" in rows[-1].reason
