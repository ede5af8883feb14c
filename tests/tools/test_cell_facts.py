"""A cell that shows a fact has the fact's scale and unit, whatever the words around it say."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tools.documents import filings
from tools.documents.tables import TableCell
from tools.ingestion.cell_facts import scale_between, with_fact_measures
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse
from tools.xbrl.inline import read_tree
from tools.xbrl.markup import parse_tree

FACT = (
    '<ix:nonFraction name="{}" contextRef="{}" unitRef="{}" scale="{}" decimals="INF">{}'
    "</ix:nonFraction>"
)
TABLE = """<p>Item 8. Financial Statements</p><table>
<tr><td>{title}</td><td>2024</td><td>2023</td></tr>
{rows}
</table>"""


def read_cells(
    build: Callable[..., str], title: str, *rows: tuple[str, str, str]
) -> list[TableCell]:
    lines = "".join(f"<tr><td>{a}</td><td>{b}</td><td>{c}</td></tr>" for a, b, c in rows)
    text = build(TABLE.format(title=title, rows=lines))
    root = parse_tree(text)
    facts = read_tree(root, text).facts
    content = with_fact_measures(filings.read_tree(root, "10-K"), facts)
    return list(content.tables[0].cells)


def test_linked_cells_take_scale_and_unit_of_their_facts(
    inline_document: Callable[..., str],
) -> None:
    cells = read_cells(
        inline_document,
        "(In millions)",
        ("Sales", FACT.format("us-gaap:Revenues", "fy", "usd", 3, "1,250"), "1,100"),
        ("Stock", FACT.format("brin:Stock", "fy", "shares", 3, "40"), "38"),
        ("Margin", FACT.format("brin:Margin", "fy", "pure", -2, "5.5"), "5.1"),
        ("Stake", FACT.format("brin:Stake", "fy", "pure", 0, "2.5"), "2.4"),
        ("Fee", FACT.format("brin:Fee", "fy", "eps", 0, "1.25"), "1.20"),
    )
    linked = [(cell.scale, cell.unit) for cell in cells if cell.fact is not None]
    assert linked == [
        (1000, "USD"), (1000, "shares"), (Decimal("0.01"), "percent"), (1, "pure"),
        (1, "USD/shares"),
    ]  # fmt: skip


def test_a_loss_in_brackets_keeps_its_printed_sign(inline_document: Callable[..., str]) -> None:
    shown = "(" + FACT.format("brin:Cost", "fy", "usd", 6, "1,750") + ")"
    [cell, _] = read_cells(inline_document, "Years", ("Cost", shown, "(1,600)"))
    assert (cell.value, cell.scale, cell.fact) == (-1750, 1_000_000, 0)


def test_a_cell_that_shows_its_fact_rounded_is_unlinked(
    inline_document: Callable[..., str],
) -> None:
    fact = FACT.format("us-gaap:Revenues", "fy", "usd", 6, "1,250")
    exact = FACT.format("us-gaap:Revenues", "fy", "usd", 0, "1,250,400,000")
    cells = read_cells(
        inline_document,
        "Years",
        ("Sales", fact.replace("INF", "-6"), "9"),
        ("Sales exactly", exact, "8"),
    )
    assert [cell.fact for cell in cells] == [None, None, 0, None]
    assert cells[2].scale == 1


def test_a_dash_shows_a_fact_of_zero(inline_document: Callable[..., str]) -> None:
    dash = (
        '<ix:nonFraction name="brin:Debt" contextRef="fy" unitRef="usd" scale="6" decimals="-6" '
        'format="ixt:fixed-zero">\u2014</ix:nonFraction>'
    )
    [cell, _] = read_cells(inline_document, "Years", ("Debt", dash, "3"))
    assert (cell.value, cell.unit, cell.fact) == (None, "USD", 0)


def test_cells_without_words_take_the_scale_their_row_agrees_on(
    inline_document: Callable[..., str],
) -> None:
    cells = read_cells(
        inline_document,
        "Years",
        ("Sales", FACT.format("us-gaap:Revenues", "fy", "usd", 3, "1,250"), "1,100"),
        ("Visitors", "310", "290"),
    )
    assert [(cell.scale, cell.unit) for cell in cells] == [
        (1000, "USD"), (1000, "USD"), (None, None), (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("printed", "value", "scale"),
    [
        ("391,035", "391035000000", "1000000"), ("-5.30", "0.053", "0.01"), ("120", "12", "0.1"),
        ("391", "391035000000", None), ("7", "8", None), ("1", "1E+20", None),
    ],
)  # fmt: skip
def test_scale_is_a_power_of_ten_or_none(printed: str, value: str, scale: str | None) -> None:
    found = scale_between(Decimal(printed.replace(",", "")), Decimal(value))
    assert found == (Decimal(scale) if scale else None)


@pytest.mark.data
def test_every_linked_cell_of_real_reports_is_its_fact(tmp_path: Path, shared_data: Path) -> None:
    folder = shared_data / "filings" / "10k"
    paths = sorted(folder.glob("*/*.gz"))[5::40]
    with Warehouse.open(tmp_path / "warehouse.duckdb") as warehouse:
        ingest(warehouse, paths)
        [(linked, right, units)] = warehouse.connection.execute(
            "SELECT count(*), count(*) FILTER (abs(coalesce(c.value, 0) * c.scale) = abs(f.value) "
            "OR f.value = 0 AND coalesce(c.value, 0) = 0), "
            "count(*) FILTER (c.unit = f.unit OR c.unit = 'percent' AND f.unit = 'pure') "
            "FROM table_cell c JOIN fact f USING (fact_id)"
        ).fetchall()
    assert len(paths) >= 4
    assert linked > 4000
    assert (right, units) == (linked, linked)
