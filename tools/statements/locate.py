"""Which filing holds a statement of a fiscal period, as of a day; or what is held instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import duckdb

from tools.errors import SetupError
from tools.statements.records import LayoutSource, StatementKind
from tools.statements.statement import Filing

_NEAR_DAYS = 10
_ANNUAL = r"^(10-K|20-F|40-F)"
_QUARTERLY = r"^(10-Q|6-K)"
LAYOUT_ORDER: tuple[LayoutSource, ...] = ("linkbase", "r_file", "table", "fsds")
FOREVER = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fiscal period of a company: 'FY', or 'Q1' to 'Q4'."""

    fiscal_year: int
    fiscal_period: str = "FY"

    def __str__(self) -> str:
        """'fiscal 2024' or 'Q3 of fiscal 2024'."""
        year = f"fiscal {self.fiscal_year}"
        return year if self.fiscal_period == "FY" else f"{self.fiscal_period} of {year}"


def read_period(text: str) -> Wanted:
    """Read '2024', 'FY2024', '2024Q3' or 'Q3-2024'.

    Raises:
        SetupError: It is no fiscal period.
    """
    year = re.search(r"(?<!\d)((?:19|20)\d\d)(?!\d)", text)
    quarter = re.search(r"[qQ]([1-4])", text)
    rest = re.sub(r"(?i)(?:19|20)\d\d|q[1-4]|fy|[\s_-]", "", text)
    if year is None or rest:
        raise SetupError(f"{text!r} is no fiscal period; write 2024 or 2024Q3.")
    return Wanted(int(year[1]), f"Q{quarter[1]}" if quarter else "FY")


def find_filing(
    connection: duckdb.DuckDBPyConnection,
    cik: int,
    wanted: Wanted,
    kind: StatementKind,
    *,
    as_of: date = FOREVER,
) -> tuple[Filing, LayoutSource]:
    """Find the latest filing up to `as_of` that holds this statement for the period.

    Q4 has no report of its own: it is read from the annual report and the quarters.

    Raises:
        SetupError: None does; says what is held and what is needed.
    """
    candidates = reports(connection, cik, wanted, as_of=as_of)
    layouts = _layouts(connection, [filing.accession for filing in candidates], kind)
    for filing in candidates:
        if filing.accession in layouts:
            return filing, layouts[filing.accession]
    raise SetupError(_missing(connection, cik, wanted, kind, candidates, as_of))


def reports(
    connection: duckdb.DuckDBPyConnection, cik: int, wanted: Wanted, *, as_of: date = FOREVER
) -> list[Filing]:
    """The periodic reports of a fiscal period, the latest filed first."""
    forms = _ANNUAL if wanted.fiscal_period in ("FY", "Q4") else _QUARTERLY
    rows = connection.execute(
        f"""
        SELECT f.accession, f.cik, c.name, c.tickers[1], f.form, f.filed, f.period_end, f.source
        FROM filing f JOIN company c ON c.cik = f.cik
        LEFT JOIN fiscal_period p ON p.cik = f.cik AND p.fiscal_year = $year
            AND p.fiscal_period = $period
        WHERE f.cik = $cik AND f.filed <= $as_of AND regexp_matches(f.form, $forms)
            AND CASE WHEN p.period_end IS NOT NULL AND f.period_end IS NOT NULL
                THEN abs(date_diff('day', f.period_end, p.period_end)) <= {_NEAR_DAYS}
                ELSE f.fiscal_year = $year AND f.fiscal_period = $period END
        ORDER BY f.filed DESC, f.accession DESC
        """,
        {
            "cik": cik,
            "year": wanted.fiscal_year,
            "period": wanted.fiscal_period if wanted.fiscal_period != "Q4" else "FY",
            "as_of": as_of,
            "forms": forms,
        },
    ).fetchall()
    return [Filing(*row) for row in rows]


def _layouts(
    connection: duckdb.DuckDBPyConnection, accessions: list[str], kind: StatementKind
) -> dict[str, LayoutSource]:
    rows = connection.execute(
        "SELECT DISTINCT accession, layout FROM statement_line "
        "WHERE statement = ? AND list_contains(?, accession)",
        [kind, accessions],
    ).fetchall()
    found: dict[str, LayoutSource] = {}
    for layout in reversed(LAYOUT_ORDER):
        found.update({accession: layout for accession, known in rows if known == layout})
    return found


def _missing(
    connection: duckdb.DuckDBPyConnection,
    cik: int,
    wanted: Wanted,
    kind: StatementKind,
    candidates: list[Filing],
    as_of: date,
) -> str:
    [(company,)] = connection.execute("SELECT name FROM company WHERE cik = ?", [cik]).fetchall()
    until = "" if as_of == FOREVER else f" filed by {as_of}"
    needed = "ingest the filing itself (inline HTML, or the instance with its linkbases)"
    if candidates:
        one = candidates[0]
        kinds = connection.execute(
            "SELECT DISTINCT statement FROM statement_line WHERE accession = ? ORDER BY 1",
            [one.accession],
        ).fetchall()
        if kinds:
            others = ", ".join(row[0] for row in kinds)
            return (
                f"No {kind} statement was found in the {one.form} of {company} for {wanted} "
                f"({one.accession}); it has: {others}."
            )
        return (
            f"The {one.form} of {company} for {wanted} ({one.accession}) is on file from "
            f"{one.source} only, without its statements; {needed}."
        )
    years = connection.execute(
        "SELECT DISTINCT p.fiscal_year FROM fiscal_period p JOIN filing f ON f.cik = p.cik "
        "AND f.period_end = p.period_end JOIN statement_line USING (accession) "
        "WHERE p.cik = ? AND p.fiscal_period = 'FY' AND f.filed <= ? ORDER BY 1",
        [cik, as_of],
    ).fetchall()
    held = ", ".join(str(row[0]) for row in years) or "none"
    return (
        f"No report of {company} for {wanted}{until} is on file (annual statements held: {held}); "
        f"{needed}."
    )
