"""Puts a filing's facts into the lines and columns of its statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import duckdb

from tools.statements.records import LayoutSource, StatementKind, StatementLine
from tools.statements.statement import Column, Filing, Line, Statement, Value

FactKey = tuple[str, str | None, date | None, date]
_COMMON = Decimal("0.4")  # of the best-filled period's lines: quarters in notes have fewer
_ONE_DAY = timedelta(days=1)
_MONEY_SCALES = {-3: 10**3, -4: 10**6, -5: 10**6, -6: 10**6, -7: 10**6, -8: 10**6, -9: 10**6}
_START_DAYS = 4  # 52/53-week filers date the opening balance some days off


def read_layout_lines(
    connection: duckdb.DuckDBPyConnection,
    accession: str,
    kind: StatementKind,
    layout: LayoutSource,
) -> list[StatementLine]:
    """The stored lines of a statement, in order."""
    rows = connection.execute(
        "SELECT accession, statement, layout, role, title, ordinal, depth, label, concept, "
        "is_abstract, negated, preferred_label, dimensions, table_no, row_no FROM statement_line "
        "WHERE accession = ? AND statement = ? AND layout = ? ORDER BY ordinal",
        [accession, kind, layout],
    ).fetchall()
    return [StatementLine(*row) for row in rows]


def build_statement(
    connection: duckdb.DuckDBPyConnection,
    filing: Filing,
    kind: StatementKind,
    layout: LayoutSource,
) -> Statement:
    """Build a statement whose layout names concepts (linkbase, R file, FSDS)."""
    lines = read_layout_lines(connection, filing.accession, kind, layout)
    values = _read_facts(connection, filing.accession, lines)
    periods = choose_periods(kind, values)
    if kind == "equity":
        columns, shown = _equity(filing, lines, values, periods)
    else:
        columns = [_column(filing, start, end) for start, end in periods]
        shown = _plain_lines(lines, periods, values)
    kept = _without_empty_members(shown)
    return Statement(
        kind=kind,
        title=lines[0].title or kind,
        filing=filing,
        layout=layout,
        columns=tuple(columns),
        lines=tuple(kept),
        scale=money_scale(value for line in kept for value in line.values),
        currency=currency_of(value for line in kept for value in line.values),
    )


def _read_facts(
    connection: duckdb.DuckDBPyConnection, accession: str, lines: Sequence[StatementLine]
) -> dict[FactKey, Value]:
    concepts = sorted({line.concept for line in lines if line.concept})
    rows = connection.execute(
        "SELECT concept, dimensions, period_start, period_end, value, unit, fact_id, decimals "
        "FROM fact WHERE accession = ? AND list_contains(?, concept) ORDER BY unit DESC",
        [accession, concepts],
    ).fetchall()
    found: dict[FactKey, Value] = {}
    for concept, dimensions, start, end, number, unit, fact_id, decimals in rows:
        key = (concept, dimensions, start, end)
        if key not in found or unit in ("USD", "USD/shares"):
            found[key] = Value(number, unit, "fact", accession, concept, fact_id, decimals)
    return found


def choose_periods(
    kind: StatementKind,
    values: Iterable[FactKey],
) -> list[tuple[date | None, date]]:
    """The periods that a statement prints: those that fill it about as well as the best one.

    Shorter periods come first and later ones before earlier ones, as in a quarterly report.
    """
    is_balance = kind == "balance"
    filled: Counter[tuple[date | None, date]] = Counter()
    seen: set[tuple[str, date | None, date]] = set()
    for concept, dimensions, start, end in values:
        fits = (start is None) == is_balance
        counted = dimensions is None or kind == "equity"
        if fits and counted and (concept, start, end) not in seen:
            seen.add((concept, start, end))
            filled[start, end] += 1
    if not filled:
        return []
    most = max(filled.values())
    kept = [period for period, count in filled.items() if count >= most * _COMMON]
    return sorted(kept, key=lambda period: (_days(period) // 20, -period[1].toordinal()))


def _days(period: tuple[date | None, date]) -> int:
    start, end = period
    return (end - start).days + 1 if start else 0


def _column(
    filing: Filing, start: date | None, end: date, dimensions: str | None = None, heading: str = ""
) -> Column:
    return Column(
        heading=heading or period_heading(start, end),
        period_start=start,
        period_end=end,
        accession=filing.accession,
        form=filing.form,
        filed=filing.filed,
        dimensions=dimensions,
    )


def period_heading(start: date | None, end: date) -> str:
    """'12 months to Sep 28, 2024', '3 months to ...', 'Sep 28, 2024'."""
    day = f"{end:%b} {end.day}, {end.year}"
    if start is None:
        return day
    days = (end - start).days + 1
    months = round(days / 30.44)
    weeks = "" if 330 <= days <= 390 or abs(days - months * 30.44) <= 6 else f"{days // 7} weeks"
    return f"{weeks or f'{months} months'} to {day}"


def _plain_lines(
    lines: Sequence[StatementLine],
    periods: Sequence[tuple[date | None, date]],
    values: Mapping[FactKey, Value],
) -> list[Line]:
    return [
        _line(row, tuple(_signed(row, _value_at(row, *period, values)) for period in periods))
        for row in lines
    ]


def _line(row: StatementLine, values: tuple[Value | None, ...], label: str = "") -> Line:
    preferred = (row.preferred_label or "").lower()
    return Line(
        label=label or row.label,
        depth=row.depth,
        concept=row.concept,
        is_abstract=row.is_abstract,
        is_total="total" in preferred,
        negated=row.negated,
        values=values,
        dimensions=row.dimensions,
        preferred_label=row.preferred_label,
    )


def _value_at(
    row: StatementLine, start: date | None, end: date, values: Mapping[FactKey, Value]
) -> Value | None:
    if row.concept is None:
        return None
    found = values.get((row.concept, row.dimensions, start, end))
    if found is not None or start is None:
        return found
    if "periodstart" in (row.preferred_label or "").lower():
        for slip in _slips():
            opening = start - _ONE_DAY + slip
            found = values.get((row.concept, row.dimensions, None, opening))
            if found is not None:
                return found
        return None
    return values.get((row.concept, row.dimensions, None, end))


def _slips() -> list[timedelta]:
    return [timedelta(days) for days in sorted(range(-_START_DAYS, _START_DAYS + 1), key=abs)]


def _signed(row: StatementLine, value: Value | None) -> Value | None:
    if value is None or not row.negated or not value.number:
        return value
    return replace(value, number=-value.number)


def _without_empty_members(lines: Sequence[Line]) -> list[Line]:
    """Drop members and headings that show nothing in these columns; put a heading first.

    A concept whose only values are its members' becomes their heading.
    """
    kept: list[Line] = []
    members: list[Line] = []
    for line in lines:
        if line.dimensions is not None:
            members += [line] if any(line.values) else []
        elif members and not any(line.values) and members[0].concept == line.concept:
            kept += [line, *members]
            members = []
        else:
            kept += [*members, line]
            members = []
    return _without_empty_headings(kept + members)


def _without_empty_headings(lines: Sequence[Line]) -> list[Line]:
    kept: list[Line] = []
    for line in reversed(lines):
        if line.is_abstract and not any(line.values):
            follows = kept[-1] if kept else None
            if follows is None or (follows.depth <= line.depth and not _stays(line, follows)):
                continue
        kept.append(line)
    return kept[::-1]


def _stays(line: Line, follows: Line) -> bool:
    return follows.depth == line.depth and not follows.is_abstract


def _equity(
    filing: Filing,
    rows: Sequence[StatementLine],
    values: Mapping[FactKey, Value],
    periods: Sequence[tuple[date | None, date]],
) -> tuple[list[Column], list[Line]]:
    """Components of equity as columns; one block of lines a period, the oldest first."""
    heads = [row for row in rows if row.concept is None and row.dimensions is not None]
    body = [row for row in rows if row.concept is not None]
    blocks = sorted(_apart(periods), key=lambda period: period[1])
    if not blocks:
        return [], []
    last = blocks[-1]
    columns = [_column(filing, last[0], last[1], row.dimensions, row.label) for row in heads] + [
        _column(filing, last[0], last[1], None, "Total")
    ]
    lines: list[Line] = []
    for number, (start, end) in enumerate(blocks):
        lines += _equity_block(body, columns, values, start, end, is_first=number == 0)
    used = [
        index
        for index, column in enumerate(columns)
        if any(line.values[index] for line in lines) or column.dimensions is None
    ]
    trimmed = [replace(line, values=tuple(line.values[index] for index in used)) for line in lines]
    return [columns[index] for index in used], trimmed


def _apart(periods: Sequence[tuple[date | None, date]]) -> list[tuple[date | None, date]]:
    """Periods that do not overlap: where they do, the shorter ones (they add up to the longer)."""
    kept: list[tuple[date | None, date]] = []
    for start, end in sorted(periods, key=_days):
        clear = all(end < (other[0] or other[1]) or (start or end) > other[1] for other in kept)
        if clear:
            kept.append((start, end))
    return kept


def _equity_block(
    body: Sequence[StatementLine],
    columns: Sequence[Column],
    values: Mapping[FactKey, Value],
    start: date | None,
    end: date,
    *,
    is_first: bool,
) -> list[Line]:
    lines: list[Line] = []
    for row in body:
        opening = "periodstart" in (row.preferred_label or "").lower()
        if opening and not is_first:
            continue
        found = []
        for column in columns:
            asked = replace(row, dimensions=column.dimensions)
            found.append(_signed(row, _value_at(asked, start, end, values)))
        if any(found) and not row.is_abstract:
            day = (start or end) - _ONE_DAY if opening else end
            instant = opening or "periodend" in (row.preferred_label or "").lower()
            label = f"{row.label}, {day:%b} {day.day}, {day.year}" if instant else row.label
            lines.append(_line(row, tuple(found), label))
    return lines


def money_scale(values: Iterable[Value | None]) -> int:
    """The scale a statement shows its money in, from the decimals most of it is given to."""
    decimals: Counter[int] = Counter()
    for value in values:
        if value is not None and value.number and is_money(value.unit):
            text = value.decimals or ""
            decimals[int(text) if text.lstrip("-").isdigit() else 0] += 1
    if not decimals:
        return 1
    return _MONEY_SCALES.get(decimals.most_common(1)[0][0], 1)


def is_money(unit: str) -> bool:
    """Say whether a unit is a currency ('USD'), not a price per share."""
    return len(unit) == 3 and unit.isupper()


def currency_of(values: Iterable[Value | None]) -> str:
    """The currency most values are in."""
    units = Counter(value.unit for value in values if value is not None and is_money(value.unit))
    return units.most_common(1)[0][0] if units else "USD"
