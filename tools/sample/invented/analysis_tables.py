"""Tables of Items 1, 5 and 7: the same figures, arranged for the reader and not tagged."""

from __future__ import annotations

from typing import Final

from tools.sample.invented.accounts import SEGMENTS, YEARS
from tools.sample.invented.inline import Shown
from tools.sample.invented.segment_tables import NAMES, REGIONS
from tools.sample.invented.tables import Tables, lay_out, percent, plain, words

_Row = tuple[str, list[Shown | None], str]
_NOW, _BEFORE, _FIRST = YEARS[2], YEARS[1], YEARS[0]
_COMPARED: Final = [str(_NOW), str(_BEFORE), str(_FIRST), "2024 vs 2023", "2023 vs 2022"]


def _compare(tables: Tables, rows: list[tuple[str, str, str]], sign: int = 1) -> str:
    out: list[_Row] = []
    for label, key, look in rows:
        now, before, first = (sign * tables.books.years[y][key] for y in (_NOW, _BEFORE, _FIRST))
        cells: list[Shown | None] = [plain(now), plain(before), plain(first)]
        for a, b in ((now, before), (before, first)):
            cells.append(percent(a - b, b) if a and b else words("n/m"))
        out.append((label, cells, look))
    return lay_out(_COMPARED, out)


def results(tables: Tables) -> str:
    """Statement of operations as a share of revenue."""
    keys = (
        ("Revenue", "revenue"), ("Cost of revenue", "cost"), ("Gross profit", "gross_profit"),
        ("Research and development", "rd"), ("Selling, general and administrative", "sga"),
        ("Amortization of acquired intangible assets", "amortization"),
        ("Restructuring charges", "restructuring"), ("Operating income", "operating_income"),
        ("Net income", "net_income"),
    )  # fmt: skip
    rows: list[_Row] = []
    for label, key in keys:
        y = tables.books.years
        cells: list[Shown | None] = [percent(y[n][key], y[n]["revenue"]) for n in reversed(YEARS)]
        rows.append((label, cells, "line"))
    return lay_out([str(n) for n in reversed(YEARS)], rows, heading="Percentage of Revenue")


def revenue(tables: Tables) -> str:
    """Revenue by segment with its growth."""
    rows = [(NAMES[s], f"revenue_{s}", "line") for s in SEGMENTS]
    return _compare(tables, [*rows, ("Total revenue", "revenue", "total")])


def segment_shares(tables: Tables) -> str:
    """Revenue of each segment and its share of the total."""
    rows: list[_Row] = []
    for s in SEGMENTS:
        cells: list[Shown | None] = []
        for n in reversed(YEARS):
            y = tables.books.years[n]
            cells += [plain(y[f"revenue_{s}"]), percent(y[f"revenue_{s}"], y["revenue"], 0)]
        rows.append((NAMES[s], cells, "line"))
    labels = [part for n in reversed(YEARS) for part in (str(n), "% of total")]
    return lay_out(labels, rows, stub="Revenue (in thousands)")


def regions(tables: Tables) -> str:
    """Revenue by region with its growth."""
    rows = [(label, key, "line") for label, key, _ in REGIONS]
    return _compare(tables, [*rows, ("Total revenue", "revenue", "total")])


def segment_income(tables: Tables) -> str:
    """Segment operating income with its growth."""
    rows = [(NAMES[s], f"income_{s}", "line") for s in SEGMENTS]
    return _compare(tables, [*rows, ("Total segment operating income", "income_segments", "total")])


def gross_margin(tables: Tables) -> str:
    """Gross margin by segment."""
    rows: list[_Row] = []
    y = tables.books.years
    for s in SEGMENTS:
        shares: list[Shown | None] = [
            percent(y[n][f"gross_{s}"], y[n][f"revenue_{s}"]) for n in reversed(YEARS)
        ]
        rows.append((NAMES[s], shares, "line"))
    total: list[Shown | None] = [
        percent(y[n]["gross_profit"], y[n]["revenue"]) for n in reversed(YEARS)
    ]
    rows.append(("Consolidated gross margin", total, "total"))
    return lay_out([str(n) for n in reversed(YEARS)], rows)


def expenses(tables: Tables) -> str:
    """Operating expenses with their growth."""
    return _compare(tables, [
        ("Research and development", "rd", "line"),
        ("Selling, general and administrative", "sga", "line"),
        ("Amortization of acquired intangible assets", "amortization", "line"),
        ("Restructuring charges", "restructuring", "line"),
        ("Total operating expenses", "operating_expenses", "total"),
    ])  # fmt: skip


def cash(tables: Tables) -> str:
    """Cash flows and free cash flow."""
    rows: list[_Row] = []
    for label, key, sign, look in (
        ("Net cash provided by operating activities", "operating_cash", 1, "line"),
        ("Net cash used in investing activities", "investing_cash", 1, "line"),
        ("Net cash provided by (used in) financing activities", "financing_cash", 1, "line"),
        ("Effect of exchange rates on cash", "fx_cash", 1, "line"),
        ("Net increase (decrease) in cash", "cash_change", 1, "total"),
        ("Net cash provided by operating activities", "operating_cash", 1, "line"),
        ("Less: purchases of property, plant and equipment", "capex", -1, "line"),
        ("Free cash flow", "free_cash_flow", 1, "total"),
    ):
        cells: list[Shown | None] = [
            plain(sign * tables.books.years[n][key]) for n in reversed(YEARS)
        ]
        rows.append((label, cells, look))
    return lay_out([str(n) for n in reversed(YEARS)], rows)


def repurchases(tables: Tables) -> str:
    """Repurchases of the fourth quarter by month."""
    note = tables.books.inputs["note"]
    rows: list[_Row] = []
    shares = 0
    for label, bought, price in note["fourth_quarter_repurchases"]:
        shares += bought
        rows.append((label, [plain(bought, dollar=""), words(f"${price}")], "line"))
    rows.append(("Total", [plain(shares, dollar=""), None], "total"))
    return lay_out(["Shares purchased (thousands)", "Average price per share"], rows)


def facilities(tables: Tables) -> str:
    """Main properties."""
    rows: list[_Row] = [
        (place, [words(f"{feet:,}"), words(use), words(tenure)], "line")
        for place, feet, use, tenure in tables.books.inputs["note"]["facilities"]
    ]
    return lay_out(["Square feet", "Use", "Tenure"], rows, stub="Location")
