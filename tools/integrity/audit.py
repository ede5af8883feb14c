"""What the integrity checks of a company say, for a person to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

SOFT = frozenset({"per_share"})  # worth a look; not an identity


@dataclass(frozen=True, slots=True)
class Finding:
    """One check, as stored, with its filing."""

    kind: str
    detail: str
    concept: str
    label: str | None
    unit: str
    period_start: date | None
    period_end: date
    expected: Decimal
    found: Decimal
    difference: Decimal
    tolerance: Decimal
    holds: bool
    explanation: str | None
    accession: str
    form: str
    filed: date


@dataclass(frozen=True, slots=True)
class Conflict:
    """A fact to which two sources give different values."""

    concept: str
    period_start: date | None
    period_end: date
    dimensions: str | None
    unit: str
    kept: Decimal
    kept_source: str
    other: Decimal
    other_source: str
    accession: str
    form: str
    filed: date


@dataclass(frozen=True, slots=True)
class Audit:
    """Counts of checks by kind (all, holding), the findings asked for, and the conflicts."""

    company: str
    counts: dict[str, tuple[int, int]]
    findings: tuple[Finding, ...]
    conflicts: tuple[Conflict, ...]
    filings: int

    @property
    def failures(self) -> list[Finding]:
        """The checks that do not hold."""
        return [finding for finding in self.findings if not finding.holds]


def read_audit(
    connection: duckdb.DuckDBPyConnection, cik: int, *, year: int | None = None
) -> Audit:
    """Read the checks of a company, of all years or of those periods that end in a fiscal year."""
    between = connection.execute(
        "SELECT min(period_start), max(period_end) FROM fiscal_period WHERE cik = ? "
        "AND fiscal_year = ?",
        [cik, year],
    ).fetchall()[0]
    first, last = between if year is not None and between[0] else (date.min, date.max)
    if year is not None and first == date.min:
        first, last = date(year, 1, 1), date(year, 12, 31)
    findings = _findings(connection, cik, first, last)
    counts: dict[str, tuple[int, int]] = {}
    for finding in findings:
        total, holding = counts.get(finding.kind, (0, 0))
        counts[finding.kind] = (total + 1, holding + finding.holds)
    [(company,)] = connection.execute("SELECT name FROM company WHERE cik = ?", [cik]).fetchall()
    return Audit(
        company,
        counts,
        findings,
        _conflicts(connection, cik, first, last),
        len({finding.accession for finding in findings}),
    )


def _findings(
    connection: duckdb.DuckDBPyConnection, cik: int, first: date, last: date
) -> tuple[Finding, ...]:
    rows = connection.execute(
        """
        SELECT i.kind, i.detail, i.concept,
            (SELECT min(label) FROM filing_label l WHERE l.accession = i.accession
                AND l.concept = i.concept AND l.role = 'label'),
            i.unit, i.period_start, i.period_end, i.expected, i.found, i.difference,
            i.tolerance, i.holds, i.explanation, i.accession, f.form, f.filed
        FROM identity_check i JOIN filing f USING (accession)
        WHERE i.cik = ? AND i.period_end BETWEEN ? AND ?
        ORDER BY i.period_end DESC, i.kind, f.filed DESC, i.concept, i.detail, i.period_start
        """,
        [cik, first, last],
    ).fetchall()
    return tuple(Finding(*row) for row in rows)


def _conflicts(
    connection: duckdb.DuckDBPyConnection, cik: int, first: date, last: date
) -> tuple[Conflict, ...]:
    rows = connection.execute(
        """
        SELECT c.concept, f.period_start, f.period_end, f.dimensions, f.unit, c.kept_value,
            c.kept_source, c.other_value, c.other_source, c.accession, f.form, f.filed
        FROM fact_conflict c JOIN fact f USING (fact_id)
        WHERE f.cik = ? AND f.period_end BETWEEN ? AND ?
        ORDER BY f.period_end DESC, c.concept, c.other_value
        """,
        [cik, first, last],
    ).fetchall()
    return tuple(Conflict(*row) for row in rows)
