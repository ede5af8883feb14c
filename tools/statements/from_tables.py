"""Statements' lines from a filing's own tables: which tables they are, and their rows.

A table's cells carry the XBRL facts that they show; those name the statement. Filings without
XBRL are recognised by the labels of rows and by titles.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tools.documents.table_reading import Table
from tools.documents.tables import TableCell
from tools.statements.kinds import (
    EQUITY_COMPONENTS,
    EQUITY_MOVES,
    Candidate,
    choose,
    named_kinds,
    score,
)
from tools.statements.label_concepts import concept_of_label
from tools.statements.layout import spaced
from tools.statements.records import StatementKind, StatementLine
from tools.xbrl.records import InlineFact

_STATEMENT_ITEMS = ("8", "15", "I-1", "1", "14")
_JOINED_COST = 0.8  # a table of its own is better than two that say no more
_FEWEST_ROWS = 3
_PATH = ": "
_COMPONENTS = 3
# Components that a table of other comprehensive income alone does not have.
_OWNED = re.compile(r"RetainedEarnings|CommonStock|PaidInCapital|Distributions|Partner|Treasury")
_COMPONENT_AXIS = "StatementEquityComponentsAxis"
_EQUITY_BALANCES = ("StockholdersEquity", "PartnersCapital", "MembersEquity")
_LONGEST_TITLE = 150
_SENTENCE = re.compile(r"\b(?:following|table|tables|as follows|were|was|we)\b", re.IGNORECASE)
_DEFAULT_TITLES: dict[StatementKind, str] = {
    "income": "Statements of income",
    "balance": "Balance sheets",
    "cash": "Statements of cash flows",
    "equity": "Statements of equity",
    "comprehensive": "Statements of comprehensive income",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row with a figure: the headings above it, its own words, and what its cells show."""

    table_no: int
    row_no: int
    path: tuple[str, ...]
    indent: int
    cells: tuple[TableCell, ...]
    facts: tuple[InlineFact, ...]

    @property
    def label(self) -> str:
        """Its own words; its concept's where the filing prints none."""
        return self.path[-1] if self.path else ""

    @property
    def fact(self) -> InlineFact | None:
        """The fact of the concept and members that most of its cells show."""
        if not self.facts:
            return None
        kinds = Counter((fact.concept, fact.dimensions) for fact in self.facts)
        best = kinds.most_common(1)[0][0]
        return next(fact for fact in self.facts if (fact.concept, fact.dimensions) == best)


def lines_from_tables(tables: Sequence[Table], facts: Sequence[InlineFact]) -> list[StatementLine]:
    """The lines of the statements among a filing's tables; empty where it has none."""
    usable = [table for table in tables if table.kind == "figures"]
    rows = {table.number: list(_rows(table, facts)) for table in usable}
    has_xbrl = any(row.facts for found in rows.values() for row in found)
    sets = list(_candidate_tables(usable, rows))
    candidates = [
        _candidate(index, tables_, rows, has_xbrl=has_xbrl) for index, tables_ in enumerate(sets)
    ]
    lines: list[StatementLine] = []
    chosen = choose(candidates)
    taken = {table.number for one in chosen.values() for table in sets[int(one.key)]}
    for kind, one in chosen.items():
        parts = sets[int(one.key)]
        if kind == "equity":
            parts = _with_continuation(parts, usable, rows, taken, has_xbrl=has_xbrl)
        if _is_believable(kind, one, has_xbrl=has_xbrl):
            lines.extend(_lines(kind, parts, rows))
    return lines


def _rows(table: Table, facts: Sequence[InlineFact]) -> Iterator[_Row]:
    by_row: dict[int, list[TableCell]] = {}
    for cell in table.cells:
        by_row.setdefault(cell.row_no, []).append(cell)
    headings = Counter(
        heading
        for cells in by_row.values()
        for heading in _headings((cells[0].row_label or "").split(_PATH))
    )
    for row_no, cells in sorted(by_row.items()):
        path = _path(cells[0].row_label or "", headings)
        shown = tuple(facts[cell.fact] for cell in cells if cell.fact is not None)
        if not path and shown:
            path = (spaced(shown[0].concept.partition(":")[2]),)
        yield _Row(table.number, row_no, path, cells[0].indent, tuple(cells), shown)


def _headings(parts: Sequence[str]) -> Iterator[str]:
    for level in range(1, len(parts)):
        yield _PATH.join(parts[:level])


def _path(label: str, headings: Counter[str]) -> tuple[str, ...]:
    """A label as its headings and its own words; a colon that only one row has is its own."""
    parts = label.split(_PATH)
    levels = [level for level in range(1, len(parts)) if headings[_PATH.join(parts[:level])] > 1]
    last = max(levels, default=0)
    path = (*parts[:last], _PATH.join(parts[last:]))
    return tuple(part for part in path if part)


def _candidate_tables(
    tables: Sequence[Table], rows: dict[int, list[_Row]]
) -> Iterator[tuple[Table, ...]]:
    """Every table, and every two or three in a row that show the same periods."""
    for place, table in enumerate(tables):
        yield (table,)
        run = [table]
        for following in tables[place + 1 : place + 3]:
            if not _continues(run[-1], following, rows):
                break
            run.append(following)
            yield tuple(run)


def _continues(table: Table, following: Table, rows: dict[int, list[_Row]]) -> bool:
    if following.number - table.number > 2 or following.item != table.item:
        return False
    caption = following.caption or ""
    if named_kinds(caption) - named_kinds(table.caption or "") and "continued" not in caption:
        return False
    one, two = _periods(rows[table.number]), _periods(rows[following.number])
    return not two or bool(one & two)


def _periods(rows: Iterable[_Row]) -> set[object]:
    return {cell.period_end for row in rows for cell in row.cells if cell.period_end is not None}


def _candidate(
    index: int, tables: Sequence[Table], rows: dict[int, list[_Row]], *, has_xbrl: bool
) -> Candidate:
    title = _title(tables[0])
    inside = [row for table in tables for row in rows[table.number]]
    concepts = _linked(inside) if has_xbrl else _named(inside)
    in_place = any(tables[0].item == item for item in _STATEMENT_ITEMS)
    return Candidate(
        key=str(index),
        title=title,
        concepts=frozenset(concepts),
        lines=max(len(rows[table.number]) for table in tables),
        is_statement=in_place and bool(named_kinds(title)),
        cost=_JOINED_COST * (len(tables) - 1),
    )


def _title(table: Table) -> str:
    """A caption that is a title, not a sentence about the table."""
    caption = table.caption or ""
    is_sentence = len(caption) > _LONGEST_TITLE or caption.rstrip().endswith((":", ".", ";", ","))
    return "" if is_sentence or _SENTENCE.search(caption) else caption


def _linked(rows: Iterable[_Row]) -> set[str]:
    """Concepts of the whole company that rows show, and whether they show equity by component."""
    found: set[str] = set()
    components: set[str] = set()
    for row in rows:
        for fact in row.facts:
            name = fact.concept.partition(":")[2]
            if fact.dimensions is None:
                found.add(name)
            elif _COMPONENT_AXIS in fact.dimensions:
                found.update([name] if EQUITY_MOVES.match(name) else [])
                if name.startswith(_EQUITY_BALANCES):
                    components.add(fact.dimensions)
    owned = any(_OWNED.search(dimensions) for dimensions in components)
    if owned and len(components) >= _COMPONENTS:
        found.add(EQUITY_COMPONENTS)
    return found


def _named(rows: Iterable[_Row]) -> set[str]:
    return {name for row in rows for name in [concept_of_label(row.label)] if name}


def _is_believable(kind: StatementKind, one: Candidate, *, has_xbrl: bool) -> bool:
    """Without XBRL, words alone decide: then a title has to name the statement, too."""
    if one.lines < _FEWEST_ROWS:
        return False
    return has_xbrl or kind in named_kinds(one.title) or kind in ("balance", "cash")


def _with_continuation(
    parts: Sequence[Table],
    tables: Sequence[Table],
    rows: dict[int, list[_Row]],
    taken: set[int],
    *,
    has_xbrl: bool,
) -> tuple[Table, ...]:
    """An equity statement with the pages beside it that are more of it, a page a year."""
    found = {table.number: table for table in parts}
    for step in (1, -1):
        edge = parts[-1] if step == 1 else parts[0]
        place = tables.index(edge) + step
        while 0 <= place < len(tables) and tables[place].number not in taken:
            one = _candidate(0, [tables[place]], rows, has_xbrl=has_xbrl)
            if tables[place].item != edge.item or score("equity", one) < 3:
                break
            found[tables[place].number] = tables[place]
            place += step
    return tuple(found[number] for number in sorted(found))


def _lines(
    kind: StatementKind, tables: Sequence[Table], rows: dict[int, list[_Row]]
) -> Iterator[StatementLine]:
    inside = [row for table in tables for row in rows[table.number]]
    indents = sorted({row.indent for row in inside})
    depth_of = {indent: min(depth, 6) for depth, indent in enumerate(indents)}
    caption = _title(tables[0])
    title = caption if kind in named_kinds(caption) else _DEFAULT_TITLES[kind]
    blank = StatementLine("", kind, "table", None, title, 0, 0, "", None)
    ordinal = 0
    open_path: tuple[str, ...] = ()
    for row in inside:
        depth = depth_of[row.indent]
        for level, heading in enumerate(row.path[:-1]):
            if row.path[: level + 1] != open_path[: level + 1]:
                above = max(0, min(depth - 1, level))
                yield replace(blank, ordinal=ordinal, depth=above, label=heading, is_abstract=True)
                ordinal += 1
        open_path = row.path[:-1]
        yield replace(
            blank,
            ordinal=ordinal,
            depth=depth,
            label=row.label,
            concept=row.fact.concept if row.fact else None,
            dimensions=row.fact.dimensions if row.fact else None,
            preferred_label="totalLabel" if row.label.lower().startswith("total") else None,
            negated=_is_negated(row),
            table_no=row.table_no,
            row_no=row.row_no,
        )
        ordinal += 1


def _is_negated(row: _Row) -> bool:
    """Whether the table prints the facts of a row with their signs turned."""
    if row.fact is None:
        return False
    cell = next((c for c in row.cells if c.fact is not None and c.value and c.text), None)
    if cell is None or cell.value is None or cell.period_end != row.fact.period_end:
        return False
    return (cell.value < 0) != (row.fact.value < 0) and bool(row.fact.value)
