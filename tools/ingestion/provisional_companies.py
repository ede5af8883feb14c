"""Companies that only a bare document's cover names, and the real ones that they turn out to be.

Such a company has a negative CIK. It is the real company whose filing bears the document's
accession, whose IRS employer number it has, or whose name it bears; whichever came first, its
rows end up under the real one. Where two real companies fit, the first that came has it.
"""

from __future__ import annotations

import duckdb

from tools.ingestion.cover_identity import name_words
from tools.ingestion.filing_identity import Identity
from tools.ingestion.merge import show_company

_BY_NAME_ONLY = 10**9  # a provisional CIK below its negative is made of a name
# Made anew for the real company.
_DERIVED = ("company", "fiscal_period", "figure_version", "identity_check", "identity_run")


def known_cik(connection: duckdb.DuckDBPyConnection, identity: Identity, ticker: str | None) -> int:
    """The company on file that a provisional one is, else its own CIK.

    A ticker alone is not enough: it must be of a company whose name begins alike.
    """
    if identity.cik > 0:
        return identity.cik
    by_accession = connection.execute(
        "SELECT cik FROM filing WHERE accession = ? AND cik > 0", [identity.accession]
    ).fetchall()
    if by_accession:
        return int(by_accession[0][0])
    tickers = [ticker.upper()] if ticker else []
    found = _real_cik(connection, identity.cik, [identity.name], tickers)
    return identity.cik if found is None else found


def note_ticker(connection: duckdb.DuckDBPyConnection, cik: int, ticker: str | None) -> None:
    """Keep the ticker that a provisional company's document came with."""
    if cik < 0 and ticker:
        connection.execute(
            "INSERT INTO provisional_ticker VALUES (?, ?) ON CONFLICT DO NOTHING",
            [cik, ticker.upper()],
        )


def adopt(connection: duckdb.DuckDBPyConnection, cik: int) -> None:
    """Move what lies under provisional companies that are this one; part of a transaction."""
    waiting = connection.execute("SELECT cik FROM company WHERE cik < 0 ORDER BY cik").fetchall()
    if cik <= 0 or not waiting:
        return
    same_filing = connection.execute(
        "SELECT DISTINCT i.cik FROM ingested_file i JOIN filing f USING (content_sha256) "
        "WHERE f.cik = ? AND i.cik < 0",
        [cik],
    ).fetchall()
    for (provisional,) in waiting:
        if (provisional,) in same_filing or _matches(connection, provisional, cik):
            _move(connection, provisional, cik)


def _matches(connection: duckdb.DuckDBPyConnection, provisional: int, cik: int) -> bool:
    names = connection.execute(
        "SELECT name FROM company_name WHERE cik = ? ORDER BY name", [provisional]
    ).fetchall()
    tickers = connection.execute(
        "SELECT ticker FROM provisional_ticker WHERE cik = ? ORDER BY ticker", [provisional]
    ).fetchall()
    found = _real_cik(
        connection, provisional, [row[0] for row in names], [row[0] for row in tickers]
    )
    return found == cik


def _real_cik(
    connection: duckdb.DuckDBPyConnection, provisional: int, names: list[str], tickers: list[str]
) -> int | None:
    """The one real company of this employer number, else name, else ticker and like name."""
    if -_BY_NAME_ONLY < provisional < 0:
        rows = connection.execute(
            "SELECT cik FROM company_employer WHERE employer_number = ?", [-provisional]
        ).fetchall()
        if len(rows) == 1:
            return int(rows[0][0])
    known = connection.execute("SELECT cik, name FROM company_name WHERE cik > 0").fetchall()
    wanted = [name_words(name) for name in names]
    same = {cik for cik, name in known if name_words(name) in wanted}
    if len(same) == 1:
        return int(same.pop())
    held = connection.execute(
        "SELECT DISTINCT cik FROM company_ticker WHERE list_contains(?, ticker) AND cik > 0",
        [tickers],
    ).fetchall()
    begins = [words[:1] for words in wanted]
    both = {cik for cik, name in known if name_words(name)[:1] in begins} & {row[0] for row in held}
    return int(both.pop()) if len(both) == 1 else None


def _move(connection: duckdb.DuckDBPyConnection, old: int, new: int) -> None:
    connection.execute(
        "INSERT INTO company_name SELECT ?, name, source, as_of FROM company_name WHERE cik = ? "
        "ON CONFLICT (cik, name, source) DO UPDATE SET as_of = greatest(as_of, excluded.as_of)",
        [new, old],
    )
    dropped = (*_DERIVED, "company_name", "company_ticker", "provisional_ticker", "stale_company")
    for table in dropped:
        connection.execute(f"DELETE FROM {table} WHERE cik = ?", [old])
    rows = connection.execute(
        "SELECT table_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_oid, table_name)"
        "WHERE column_name = 'cik' AND NOT duckdb_tables.internal ORDER BY table_name"
    ).fetchall()
    for (table,) in rows:
        if table not in dropped:
            connection.execute(f"UPDATE {table} SET cik = ? WHERE cik = ?", [new, old])
    show_company(connection, new)
