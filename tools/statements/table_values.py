"""Puts a filing's table cells, and the facts they show, into the columns of its statement."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import duckdb

from tools.statements.build import currency_of, is_money, period_heading, read_layout_lines
from tools.statements.records import StatementKind, StatementLine
from tools.statements.statement import Column, Filing, Line, Statement, Value

_NEAR_DAYS = 4
_COMPONENTS = 3
_SCALES = (1, 10**3, 10**6, 10**9)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A table cell with the fact it shows; `value` has the sign that the table prints."""

    row: tuple[int, int]
    label: str
    value: Value
    start: date | None
    end: date | None
    dimensions: str | None
    scale: int


def build_from_tables(
    connection: duckdb.DuckDBPyConnection, filing: Filing, kind: StatementKind
) -> Statement:
    """Build a statement whose layout is the filing's own table."""
    lines = read_layout_lines(connection, filing.accession, kind, "table")
    cells = _read_cells(connection, filing.accession, lines)
    has_facts = any(cell.value.source == "fact" for cell in cells)
    if has_facts:
        linked = {cell.row for cell in cells if cell.value.source == "fact"}
        # Numbers without a fact beside ones with it are references to notes.
        cells = [c for c in cells if c.value.source == "fact" or c.row not in linked]
    by_component = kind == "equity" and _most_in_a_row(cells) >= _COMPONENTS
    keyed = _by_component(cells) if by_component else _by_period(cells, kind)
    columns = _columns(filing, keyed, by_component=by_component)
    shown = [_line(row, keyed, list(columns)) for row in lines]
    return Statement(
        kind=kind,
        title=lines[0].title or kind,
        filing=filing,
        layout="table",
        columns=tuple(columns.values()),
        lines=tuple(line for line in shown if line.is_abstract or any(line.values)),
        scale=_printed_scale(cells),
        currency=currency_of(value for line in shown for value in line.values),
    )


def _read_cells(
    connection: duckdb.DuckDBPyConnection, accession: str, lines: Sequence[StatementLine]
) -> list[_Cell]:
    numbers = sorted({line.table_no for line in lines if line.table_no is not None})
    rows = connection.execute(
        """
        SELECT c.table_no, c.row_no, coalesce(c.col_label, ''), c.value, c.scale, c.unit,
            coalesce(f.period_start, c.period_start), coalesce(f.period_end, c.period_end),
            f.fact_id, f.value, f.unit, f.concept, f.decimals, f.dimensions,
            f.period_start IS NULL AND f.fact_id IS NOT NULL
        FROM table_cell c LEFT JOIN fact f ON f.fact_id = c.fact_id
        WHERE c.accession = ? AND list_contains(?, c.table_no)
        ORDER BY c.table_no, c.row_no, c.col_no
        """,
        [accession, numbers],
    ).fetchall()
    wanted = {(line.table_no, line.row_no) for line in lines}
    found = []
    for (
        table, row, label, printed, scale, unit, start, end, fact_id, number, fact_unit,
        concept, decimals, dimensions, is_instant,
    ) in rows:  # fmt: skip
        if (table, row) not in wanted:
            continue
        if fact_id is not None:
            turned = printed is not None and number and (printed < 0) != (number < 0)
            value = Value(
                -number if turned else number, fact_unit, "fact", accession, concept, fact_id,
                decimals,
            )  # fmt: skip
        elif printed is not None:
            value = Value(
                printed * (scale if scale is not None else 1), unit or "number", "table", accession,
                decimals=_decimals(scale, unit),
            )  # fmt: skip
        else:
            continue
        day = None if is_instant else start
        factor = _factor(value.number, printed)
        found.append(_Cell((table, row), label, value, day, end, dimensions, factor))
    return found


def _factor(number: Decimal, printed: Decimal | None) -> int:
    """What a printed number was multiplied by; 0 where that is not clear."""
    if not printed or not number:
        return 0
    ratio = abs(number / printed)
    return int(ratio) if ratio in _SCALES else 0


def _printed_scale(cells: Iterable[_Cell]) -> int:
    found = Counter(cell.scale for cell in cells if cell.scale and is_money(cell.value.unit))
    return found.most_common(1)[0][0] if found else 1


def _decimals(scale: Decimal | None, unit: str | None) -> str | None:
    if scale is None or unit is None or "/" in unit:
        return None
    return str(-scale.adjusted())


def _most_in_a_row(cells: Iterable[_Cell]) -> int:
    """How many components of equity the row with most of them shows."""
    rows: dict[tuple[int, int], set[str | None]] = defaultdict(set)
    for cell in cells:
        rows[cell.row].add(cell.dimensions if cell.value.source == "fact" else cell.label)
    return max((len(found) for found in rows.values()), default=0)


Keyed = dict[Hashable, dict[tuple[int, int], _Cell]]


def _by_component(cells: Sequence[_Cell]) -> Keyed:
    """Columns by component of equity; shares and money of one component apart."""
    keyed: Keyed = defaultdict(dict)
    for cell in cells:
        fact = cell.value.source == "fact"
        key = (cell.dimensions, cell.value.unit) if fact else (cell.label, cell.value.unit)
        keyed[key].setdefault(cell.row, cell)
    return _printed_order(keyed, cells)


def _printed_order(keyed: Keyed, cells: Sequence[_Cell]) -> Keyed:
    """Columns in the order of the fullest row, then the others."""
    place: dict[int, int] = {id(cell): index for index, cell in enumerate(cells)}
    widest = Counter(cell.row for cell in cells)
    rank: dict[Hashable, tuple[int, int]] = {}
    for key, found in keyed.items():
        row = max(found, key=lambda row: (widest[row], row))
        first = min(place[id(cell)] for cell in cells if cell.row == row)
        rank[key] = (place[id(found[row])] - first, place[id(found[row])])
    return {key: keyed[key] for key in sorted(keyed, key=lambda key: rank[key])}


def _by_period(cells: Sequence[_Cell], kind: StatementKind) -> Keyed:
    """Columns by period; an instant in a statement of flows goes with its column's heading."""
    if kind == "balance":
        return _keyed((cell, (None, cell.end) if cell.end else cell.label) for cell in cells)
    flows = Counter((cell.label, cell.start, cell.end) for cell in cells if cell.start is not None)
    of_label: dict[str, tuple[date | None, date | None]] = {}
    for (label, start, end), _ in reversed(flows.most_common()):
        of_label[label] = (start, end)
    periods = sorted({(start, end) for _, start, end in flows}, key=str)

    def key(cell: _Cell) -> Hashable:
        if cell.start is not None:
            return (cell.start, cell.end)
        if cell.label and cell.label in of_label:
            return of_label[cell.label]
        return _period_of_instant(cell, periods) or cell.label

    return _keyed((cell, key(cell)) for cell in cells)


def _period_of_instant(
    cell: _Cell, periods: Sequence[tuple[date | None, date | None]]
) -> Hashable | None:
    for start, end in periods:
        if cell.end is not None and end is not None and abs((cell.end - end).days) <= _NEAR_DAYS:
            return (start, end)
        opening = start - timedelta(days=1) if start else None
        if opening and cell.end and abs((cell.end - opening).days) <= _NEAR_DAYS:
            return (start, end)
    return None


def _keyed(pairs: Iterable[tuple[_Cell, Hashable]]) -> Keyed:
    keyed: Keyed = defaultdict(dict)
    for cell, key in pairs:
        known = keyed[key].get(cell.row)
        if known is None or (known.value.source, cell.value.source) == ("table", "fact"):
            keyed[key][cell.row] = cell
    most = max((len(found) for found in keyed.values()), default=0)
    # A stray period (one quarter among years) is no column.
    return {key: found for key, found in keyed.items() if len(found) * 5 >= most}


def _columns(filing: Filing, keyed: Keyed, *, by_component: bool) -> dict[Hashable, Column]:
    columns: dict[Hashable, Column] = {}
    for key, found in keyed.items():
        labels = Counter(cell.label for cell in found.values() if cell.label)
        label = labels.most_common(1)[0][0] if labels else ""
        some = next(iter(found.values()))
        start, end, dimensions = None, filing.period_end, None
        if by_component:
            dimensions = some.dimensions
            heading = label or ("Total" if dimensions is None else _member(dimensions))
        elif isinstance(key, tuple):
            start, end = key
            heading = period_heading(start, end) if end else label
        else:
            heading, end = label, None
        columns[key] = Column(
            heading=heading,
            period_start=start,
            period_end=end,
            accession=filing.accession,
            form=filing.form,
            filed=filing.filed,
            dimensions=dimensions,
        )
    return columns


def _member(dimensions: str) -> str:
    name = re.findall(r":(\w+?)(?:Member)?\"}", dimensions)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name[-1]) if name else dimensions


def _line(row: StatementLine, keyed: Keyed, keys: Sequence[Hashable]) -> Line:
    place = (row.table_no or 0, -1 if row.row_no is None else row.row_no)
    cells = [keyed[key].get(place) for key in keys]
    return Line(
        label=row.label,
        depth=row.depth,
        concept=row.concept,
        is_abstract=row.is_abstract,
        is_total="total" in (row.preferred_label or "").lower(),
        negated=row.negated,
        values=tuple(cell.value if cell else None for cell in cells),
        dimensions=row.dimensions,
        preferred_label=row.preferred_label,
    )
