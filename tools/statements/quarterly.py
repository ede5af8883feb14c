"""Quarters of a fiscal year side by side: as filed, or by difference and marked so.

An annual report gives no fourth quarter, and cash-flow statements only give the year to date;
what is missing is the difference of two filed periods. Averages and per-share values are no sums:
those that are not filed stay empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import duckdb

from tools.errors import SetupError
from tools.statements.build import is_money, period_heading
from tools.statements.locate import FOREVER, Wanted
from tools.statements.read import read_statement
from tools.statements.records import StatementKind
from tools.statements.statement import Column, Filing, Line, Statement, Value

_QUARTERS = ("Q1", "Q2", "Q3", "Q4")
# A quarter as the difference of two longer periods.
_DIFFERENCES = {"Q2": ("H1", "Q1"), "Q3": ("9M", "H1"), "Q4": ("FY", "9M")}
_ONE_DAY = timedelta(days=1)
_SLIP_DAYS = 4

Periods = Mapping[str, tuple[date, date]]


@dataclass(frozen=True, slots=True)
class _Filed:
    """Latest values by concept, dimensions, start and end; and the filings they are from."""

    values: Mapping[tuple[str, str | None, date | None, date], Value]
    filings: Mapping[str, tuple[str, date]]


def read_quarters(
    connection: duckdb.DuckDBPyConnection,
    cik: int,
    wanted: Wanted,
    kind: StatementKind,
    *,
    years: int = 1,
    as_of: date = FOREVER,
) -> Statement:
    """Read the quarters of `years` fiscal years up to the wanted one, the newest first.

    Raises:
        SetupError: No layout or no quarter is on file, or the statement is one of equity.
    """
    if kind == "equity":
        raise SetupError("--quarterly is for the income, balance, cash and comprehensive ones.")
    base = _base(connection, cik, wanted, kind, as_of)
    filed = _filed(connection, cik, base.lines, as_of)
    columns: list[Column] = []
    values: list[list[Value | None]] = []
    for year in range(wanted.fiscal_year, wanted.fiscal_year - max(years, 1), -1):
        periods = _periods(connection, cik, year)
        for quarter in reversed(_QUARTERS):
            if quarter in periods:
                found = [_value(line, quarter, kind, periods, filed) for line in base.lines]
                if any(found):
                    columns.append(_column(quarter, year, kind, periods, found, filed, base.filing))
                    values.append(found)
    if not columns:
        raise SetupError(
            f"No quarter of {wanted} of {base.filing.company} is on file; ingest its 10-Q reports."
        )
    lines = [
        replace(line, values=tuple(column[place] for column in values))
        for place, line in enumerate(base.lines)
    ]
    kept = [line for line in lines if any(line.values) or line.is_abstract]
    return replace(
        base, columns=tuple(columns), lines=tuple(kept), notes=(*base.notes, *_notes(kept, columns))
    )


def _base(
    connection: duckdb.DuckDBPyConnection,
    cik: int,
    wanted: Wanted,
    kind: StatementKind,
    as_of: date,
) -> Statement:
    """The statement whose lines are shown: the annual report's, or the latest quarter's."""
    problem: SetupError | None = None
    for period in ("FY", "Q3", "Q2", "Q1"):
        try:
            year = Wanted(wanted.fiscal_year, period)
            return read_statement(connection, cik, year, kind, as_of=as_of)
        except SetupError as error:
            problem = problem or error
    assert problem is not None
    raise problem


def _filed(
    connection: duckdb.DuckDBPyConnection, cik: int, lines: Sequence[Line], as_of: date
) -> _Filed:
    rows = connection.execute(
        """
        SELECT f.concept, f.dimensions, f.period_start, f.period_end, f.value, f.unit,
            f.accession, f.fact_id, f.decimals, f.form, f.filed
        FROM fact f WHERE f.cik = $cik AND f.filed <= $as_of
            AND list_contains($concepts, f.concept)
        ORDER BY f.filed, f.accession
        """,
        {
            "cik": cik,
            "as_of": as_of,
            "concepts": sorted({line.concept for line in lines if line.concept}),
        },
    ).fetchall()
    values = {
        (row[0], row[1], row[2], row[3]): Value(
            row[4], row[5], "fact", row[6], row[0], row[7], row[8]
        )
        for row in rows
    }
    return _Filed(values, {row[6]: (row[9], row[10]) for row in rows})


def _periods(connection: duckdb.DuckDBPyConnection, cik: int, year: int) -> Periods:
    rows = connection.execute(
        "SELECT fiscal_period, period_start, period_end FROM fiscal_period "
        "WHERE cik = ? AND fiscal_year = ?",
        [cik, year],
    ).fetchall()
    return {name: (start, end) for name, start, end in rows}


def _value(
    line: Line, quarter: str, kind: StatementKind, periods: Periods, filed: _Filed
) -> Value | None:
    if line.concept is None or line.is_abstract:
        return None
    start, end = periods[quarter]
    key = (line.concept, line.dimensions)
    found = None if kind == "balance" else filed.values.get((*key, start, end))
    if found is None:
        found = _instant(line, start, end, filed) or _difference(key, quarter, periods, filed)
    if found is None or not line.negated or not found.number:
        return found
    return replace(found, number=-found.number)


def _instant(line: Line, start: date, end: date, filed: _Filed) -> Value | None:
    assert line.concept is not None
    opening = "periodstart" in (line.preferred_label or "").lower()
    day = start - _ONE_DAY if opening else end
    for slip in sorted(range(-_SLIP_DAYS, _SLIP_DAYS + 1), key=abs):
        near = day + timedelta(days=slip)
        found = filed.values.get((line.concept, line.dimensions, None, near))
        if found is not None:
            return found
    return None


def _difference(
    key: tuple[str, str | None], quarter: str, periods: Periods, filed: _Filed
) -> Value | None:
    longer, shorter = _DIFFERENCES.get(quarter, ("", ""))
    if longer not in periods or shorter not in periods:
        return None
    whole = filed.values.get((*key, *periods[longer]))
    part = filed.values.get((*key, *periods[shorter]))
    if whole is None or part is None or not is_money(whole.unit) or whole.unit != part.unit:
        return None
    return replace(
        whole,
        number=whole.number - part.number,
        source="derived",
        fact_id=None,
        note=f"{longer} (fact {whole.fact_id}) - {shorter} (fact {part.fact_id})",
    )


def _column(
    quarter: str,
    year: int,
    kind: StatementKind,
    periods: Periods,
    found: Sequence[Value | None],
    filed: _Filed,
    fallback: Filing,
) -> Column:
    """A column; it names the filing that most of its values are from."""
    accessions = [value.accession for value in found if value is not None]
    main = max(set(accessions), key=lambda name: (accessions.count(name), name))
    form, day = filed.filings.get(main, (fallback.form, fallback.filed))
    start, end = periods[quarter]
    shown = None if kind == "balance" else start
    return Column(
        heading=period_heading(shown, end),
        period_start=shown,
        period_end=end,
        accession=main,
        form=form,
        filed=day,
        fiscal=f"{quarter} {year}",
        is_derived=any(value is not None and value.source == "derived" for value in found),
    )


def _notes(lines: Sequence[Line], columns: Sequence[Column]) -> tuple[str, ...]:
    empty = any(
        value is None
        for line in lines
        if any(one is not None and not is_money(one.unit) for one in line.values)
        for value, column in zip(line.values, columns, strict=True)
        if column.is_derived
    )
    if not empty:
        return ()
    return ("Averages and per-share values are no sums: where a quarter's is not filed, none.",)
