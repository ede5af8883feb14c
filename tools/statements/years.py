"""Several fiscal years side by side: lines matched by concept, each year as last restated."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import date

import duckdb

from tools.errors import SetupError
from tools.statements.locate import FOREVER, Wanted
from tools.statements.read import read_statement
from tools.statements.records import StatementKind
from tools.statements.statement import Column, Line, Statement, Value

_NEAR_DAYS = 10
MOST_YEARS = 30


def read_years(
    connection: duckdb.DuckDBPyConnection,
    cik: int,
    last: Wanted,
    kind: StatementKind,
    years: int,
    *,
    as_of: date = FOREVER,
) -> Statement:
    """Read `years` annual statements up to `last` as one, the newest first.

    A year's values come from the latest report that prints it; lines that only other years have
    stand where their own report has them.

    Raises:
        SetupError: The last year is not on file, or the statement is no list of periods.
    """
    if kind == "equity":
        raise SetupError("A statement of equity has a block a year already; leave out --years.")
    if not 1 <= years <= MOST_YEARS:
        raise SetupError(f"--years takes 1 to {MOST_YEARS}.")
    newest = read_statement(connection, cik, Wanted(last.fiscal_year), kind, as_of=as_of)
    printed = [newest]
    missing: list[int] = []
    picked: list[tuple[int, int]] = []
    for year in range(last.fiscal_year, last.fiscal_year - years, -1):
        found = _place(printed, year)
        if found is None:
            try:
                printed.append(read_statement(connection, cik, Wanted(year), kind, as_of=as_of))
            except SetupError:
                missing.append(year)
                continue
            found = _place(printed, year)
        if found is None:
            missing.append(year)
        else:
            picked.append(found)
    return _side_by_side(printed, picked, missing)


def _place(printed: Sequence[Statement], year: int) -> tuple[int, int] | None:
    """Statement and column that print a fiscal year; the latest report first."""
    name = f"FY{year}"
    for number, statement in enumerate(printed):
        for index, column in enumerate(statement.columns):
            if column.fiscal == name:
                return number, index
    return None


def _side_by_side(
    printed: Sequence[Statement], picked: Sequence[tuple[int, int]], missing: Sequence[int]
) -> Statement:
    newest = printed[0]
    columns: list[Column] = [printed[number].columns[index] for number, index in picked]
    merged: list[Line] = merge_lines([statement.lines for statement in printed])
    by_key = [{key_of(line): line for line in statement.lines} for statement in printed]
    lines = []
    for line in merged:
        key = key_of(line)
        values = tuple(
            _turned(by_key[number][key], index, line) if key in by_key[number] else None
            for number, index in picked
        )
        if any(values) or line.is_abstract:
            lines.append(replace(line, values=values))
    notes = newest.notes
    if missing:
        notes += (f"Not on file: {', '.join(f'FY{year}' for year in missing)}.",)
    return replace(newest, columns=tuple(columns), lines=tuple(_trim(lines)), notes=notes)


def _turned(source: Line, index: int, shown: Line) -> Value | None:
    """A value with the sign in which the merged line shows it."""
    value = source.values[index]
    if value is None or source.negated == shown.negated or not value.number:
        return value
    return replace(value, number=-value.number)


def _trim(lines: Sequence[Line]) -> list[Line]:
    """Drop headings below which nothing is left."""
    kept: list[Line] = []
    for line in reversed(lines):
        if line.is_abstract and not any(line.values) and (not kept or kept[-1].depth < line.depth):
            continue
        kept.append(line)
    return kept[::-1]


def key_of(line: Line) -> Hashable:
    """What makes two lines of different reports the same one."""
    label = (line.preferred_label or "").lower()
    edge = next((edge for edge in ("periodstart", "periodend") if edge in label), None)
    if line.is_abstract or line.concept is None:
        return ("label", " ".join(line.label.lower().split()), line.dimensions)
    return (line.concept, line.dimensions, edge)


def merge_lines(statements: Iterable[Sequence[Line]]) -> list[Line]:
    """Merge the lines of reports, the leading one first, keeping every report's order."""
    merged: list[Line] = []
    for lines in statements:
        known = {key_of(line): place for place, line in enumerate(merged)}
        at = 0
        for line in lines:
            key = key_of(line)
            if key in known:
                at = known[key] + 1
                continue
            merged.insert(at, line)
            known = {key_of(one): place for place, one in enumerate(merged)}
            at += 1
    return merged
