"""Catalogue figures against the figures printed in the filings' own statement tables.

Run: `python -m evals.checks.figure_check DATA_FOLDER --home HOME`. The printed side reads the
HTML as a person would (`printed_tables`, `printed_statements`, `captions`); the other side asks
`tools.figures.resolve`, with only what was filed by the day of the filing.
"""

from __future__ import annotations

import argparse
import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

from evals.checks.captions import CAPTIONS, Caption, find_line, plain_label
from evals.checks.printed_statements import (
    Line,
    Statement,
    find_statements,
    own_scale,
    year_end,
)
from evals.checks.printed_tables import read_tables
from evals.checks.sectors import SECTORS
from tools.figures.figure import FactFigure, Missing, evaluate
from tools.figures.resolve import resolve
from tools.warehouse import Warehouse

Verdict = Literal["agrees", "differs", "missing"]


@dataclass(frozen=True)
class PrintedFigure:
    """A figure as a statement prints it; `value` has scale and the metric's sign applied.

    Attributes:
        year_index: 0 is the filing's own fiscal year, 1 the year before.
        slack: Half of the last printed digit.
        any_sign: The sign of the line is not the metric's.
    """

    ticker: str
    filing: str
    metric: str
    year_index: int
    year_end: date
    value: Decimal
    slack: Decimal
    any_sign: bool
    label: str


@dataclass(frozen=True)
class Comparison:
    """One printed figure beside what the warehouse gives for it."""

    printed: PrintedFigure
    verdict: Verdict
    found: str
    source: str


def printed_figures(path: Path) -> Iterator[PrintedFigure]:
    """Read the figures of one filing's statements."""
    tables, opening = read_tables(gzip.decompress(path.read_bytes()))
    last_day = year_end(opening)
    if last_day is None:
        return
    statements = find_statements(tables)
    seen: set[str] = set()
    for caption in CAPTIONS:
        statement = statements.get(caption.statement)
        if statement is None or caption.metric in seen:
            continue
        line = find_line(caption, statement)
        if line is None:
            continue
        seen.add(caption.metric)
        yield from _figures(path, caption, line, statement, last_day)


def _figures(
    path: Path, caption: Caption, line: Line, statement: Statement, last_day: date
) -> Iterator[PrintedFigure]:
    own = own_scale(f"{line.heading} {line.label}")
    scale = {
        "money": statement.scale,
        "per share": Decimal(1),
        "shares": statement.share_scale if own is None else own,
    }[caption.unit]
    sign = -1 if caption.sign == "outflow" else 1
    if caption.sign == "tax":
        sign = _tax_sign(line, statement)
    for index, year in enumerate(statement.years):
        if year not in line.values or statement.years[0] - year != index:
            continue
        printed = line.values[year]
        exponent = printed.as_tuple().exponent
        digit = Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)
        yield PrintedFigure(
            path.parent.name,
            f"{path.parent.name}/{path.name}",
            caption.metric,
            index,
            last_day,
            printed * scale * sign,
            digit * scale / 2,
            caption.sign == "magnitude",
            line.label,
        )


def _tax_sign(line: Line, statement: Statement) -> int:
    """Tell whether the tax line is a charge or a deduction, by what the lines around it add to."""
    if plain_label(line.label).startswith(("benefit (", "benefit(")):
        return -1
    year = statement.years[0]
    before = [
        one
        for one in statement.lines
        if one.place < line.place and "before" in one.label.lower() and year in one.values
    ]
    tax = line.values.get(year)
    if tax is None or not before:
        return 1
    after = [
        one.values[year] for one in statement.lines if one.place > line.place and year in one.values
    ]
    pretax = before[-1].values[year]
    reached = {sign: _steps_to_total(pretax - sign * tax, after) for sign in (1, -1)}
    return min(reached, key=lambda sign: (reached[sign], -sign))


def _steps_to_total(sum_so_far: Decimal, values: list[Decimal]) -> int:
    """Count the lines to add or take off before one of them is the sum; many where none is."""
    for step, value in enumerate(values[:5]):
        if abs(value - sum_so_far) <= 2:  # printed lines are rounded each by itself
            return step
        sum_so_far += value
    return 99


def compare(
    warehouse: Warehouse, printed: PrintedFigure, cik: int, as_of: date | None
) -> Comparison:
    """Ask the warehouse for the printed figure's metric and year."""
    fiscal_year = _fiscal_year(warehouse, cik, printed)
    if fiscal_year is None:
        return Comparison(printed, "missing", "no such fiscal year", "")
    found = resolve(warehouse, printed.metric, cik, fiscal_year, as_of=as_of)
    if isinstance(found, Missing):
        return Comparison(printed, "missing", found.reason, "")
    source = found.concept if isinstance(found, FactFigure) else found.expression
    value = evaluate(found)
    gap = abs(value - printed.value)
    if printed.any_sign:
        gap = abs(abs(value) - abs(printed.value))
    return Comparison(printed, "agrees" if gap <= printed.slack else "differs", f"{value}", source)


def _fiscal_year(warehouse: Warehouse, cik: int, printed: PrintedFigure) -> int | None:
    wanted = printed.year_end - timedelta(days=round(365.25 * printed.year_index))
    near = timedelta(days=0 if printed.year_index == 0 else 20)
    rows = warehouse.connection.execute(
        "SELECT fiscal_year FROM fiscal_period WHERE cik = ? AND fiscal_period = 'FY'"
        " AND period_end BETWEEN ? AND ?",
        [cik, wanted - near, wanted + near],
    ).fetchall()
    return rows[0][0] if len(rows) == 1 else None


def check(
    data: Path,
    warehouse: Warehouse,
    tickers: set[str] | None = None,
    *,
    newest_only: bool = False,
) -> list[Comparison]:
    """Compare every statement figure of the 10-Ks below `data`, or of each company's newest."""
    folder = data / "filings" / "10k"
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        ciks = {row["ticker"]: int(row["cik"]) for row in csv.DictReader(file)}
    comparisons: list[Comparison] = []
    paths = sorted(folder.glob("*/*.htm.gz"))
    for path, following in zip(paths, [*paths[1:], None], strict=True):
        cik = ciks[path.parent.name]
        if tickers and path.parent.name not in tickers:
            continue
        newest = following is None or following.parent != path.parent
        if newest_only and not newest:
            continue
        # The newest filing is asked for as people ask, earlier ones as they stood on their day.
        as_of = None if newest else date.fromisoformat(path.name[4:14])
        comparisons += [compare(warehouse, one, cik, as_of) for one in printed_figures(path)]
    return comparisons


def report(comparisons: list[Comparison]) -> str:
    """Write the rate, the counts by sector and by metric, and every difference."""
    verdicts = Counter(one.verdict for one in comparisons)
    compared = verdicts["agrees"] + verdicts["differs"]
    lines = [
        f"printed figures read: {len(comparisons)};"
        f" missing in the warehouse: {verdicts['missing']}",
        f"compared: {compared}; agree: {verdicts['agrees']}"
        f" ({verdicts['agrees'] / max(compared, 1):.2%})",
    ]
    for title, key in (("sector", _sector), ("metric", _metric)):
        lines.append(f"by {title} (agree / compared, missing):")
        groups: dict[str, Counter[str]] = {}
        for one in comparisons:
            groups.setdefault(key(one), Counter())[one.verdict] += 1
        for name, count in sorted(groups.items()):
            both = count["agrees"] + count["differs"]
            lines.append(f"  {name}: {count['agrees']} / {both}, {count['missing']}")
    lines.append("differences:")
    lines += [
        f"  {one.printed.filing} {one.printed.metric} -{one.printed.year_index}y: printed"
        f" {one.printed.value} ({one.printed.label!r}), found {one.found} ({one.source})"
        for one in comparisons
        if one.verdict == "differs"
    ]
    return "\n".join(lines)


def _sector(one: Comparison) -> str:
    return SECTORS.get(one.printed.ticker, "other")


def _metric(one: Comparison) -> str:
    return one.printed.metric


def main() -> None:
    """Print the report for a folder of data and a warehouse."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--warehouse", type=Path, required=True)
    parser.add_argument("--tickers", nargs="*")
    given = parser.parse_args()
    with Warehouse.open(given.warehouse, read_only=True) as warehouse:
        print(report(check(given.data, warehouse, set(given.tickers) if given.tickers else None)))


if __name__ == "__main__":
    main()
