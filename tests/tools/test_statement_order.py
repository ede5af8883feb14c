"""Statements line by line in printed order, against the rows of the filings' raw HTML.

The figures in data/statement_order.csv are the current year's column of the printed statement,
top to bottom, zeros left out. They were taken from the table rows of the raw HTML with a row
reader of its own, not with this project's, and looked through. A statement may show more lines
after them (per-share figures that the list leaves out).
"""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from tools.ingestion.run import ingest
from tools.statements.locate import Wanted
from tools.statements.read import read_statement
from tools.statements.statement import Statement
from tools.warehouse import Warehouse

pytestmark = pytest.mark.data
READINGS = Path(__file__).resolve().parent / "data" / "statement_order.csv"


def _readings() -> list[dict[str, str]]:
    with READINGS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def warehouse(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    opened = Warehouse.open(tmp_path_factory.mktemp("order") / "w.duckdb")
    names = sorted({row["filing"] for row in _readings()})
    assert not ingest(
        opened, [shared_data / "filings/10k" / f"{name}.gz" for name in names]
    ).skipped
    return opened


@pytest.mark.parametrize("row", _readings(), ids=lambda row: f"{row['ticker']}-{row['statement']}")
def test_lines_come_in_the_printed_order(warehouse: Warehouse, row: dict[str, str]) -> None:
    [(cik,)] = warehouse.connection.execute(
        "SELECT cik FROM company WHERE list_contains(tickers, ?)", [row["ticker"]]
    ).fetchall()
    year = int(row["fiscal_year"])
    statement = read_statement(warehouse.connection, cik, Wanted(year), row["statement"])
    printed = [Decimal(text) for text in row["figures"].split(" ")]
    assert _shown(statement, year, printed) == printed


def _shown(statement: Statement, year: int, printed: list[Decimal]) -> list[Decimal]:
    """What the year's column shows, as many lines as were read; shares at the scale printed."""
    [column] = [number for number, one in enumerate(statement.columns) if one.fiscal == f"FY{year}"]
    values = [line.values[column] for line in statement.lines]
    present = [value for value in values if value is not None and value.number != 0]
    shown: list[Decimal] = []
    for value, expected in zip(present, printed, strict=False):
        if value.unit == "shares":
            scales = [value.number / 10**power for power in (0, 3, 6)]
            shown.append(expected if expected in scales else value.number)
        else:
            shown.append(value.number if "/" in value.unit else value.number / statement.scale)
    return shown
