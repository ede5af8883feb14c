"""Whose filing a document is when neither XBRL nor an EDGAR header says so.

What lies beside it comes first (`filing.json`), then the names of file and folder, then its
cover page. The cover has the company's name but no CIK: a company on file by that name is meant,
and one that isn't gets a provisional CIK, negative, from its IRS employer number.
"""

from __future__ import annotations

import hashlib
import re

import duckdb

from tools.documents.cover import Cover
from tools.errors import SetupError
from tools.ingestion.description import Description
from tools.ingestion.filing_identity import Identity, date_in_name, signature_date

_SUFFIXES = frozenset(
    "inc incorporated corp corporation co company companies ltd limited plc llc lp sa nv ag the "
    "group holdings holding stores de and of".split()
)
HOW_TO_NAME = (
    'put a filing.json beside it, like {"cik": 320193, "form": "10-K", "filed": "2024-11-01", '
    '"period": "2024-09-28"}'
)


def identify_by_cover(
    cover: Cover,
    described: Description,
    file_name: str,
    text: str,
    form: str,
    given_ticker: str = "",
) -> Identity:
    """Say what filing this is; the CIK may be provisional (negative) or 0 for unknown.

    Raises:
        SetupError: No company, form or period can be told; the message says what to do.
    """
    # Whose it is can be said by the person alone: the name is that company's then.
    name = described.company or cover.name or (given_ticker and unnamed(given_ticker)) or None
    period_end = described.period or cover.period_end
    form = described.form or form or cover.form or ""
    if name is None or period_end is None or not form:
        missing = [
            word
            for word, value in (("company", name), ("form", form), ("period", period_end))
            if not value
        ]
        raise SetupError(
            f"no inline XBRL cover page and no EDGAR header, and the text does not tell "
            f"{' or '.join(missing)}; {HOW_TO_NAME}"
        )
    exact = described.filed or date_in_name(file_name, period_end)
    return Identity(
        cik=described.cik or provisional_cik(cover, name),
        name=name,
        form=form,
        period_end=period_end,
        filed=exact or signature_date(text, period_end),
        filed_is_exact=exact is not None,
        accession=described.accession,
        tickers=(described.ticker.upper(),) if described.ticker and described.cik else (),
    )


def provisional_cik(cover: Cover, name: str) -> int:
    """A stand-in for a CIK that nothing gives: the same for all filings of a company."""
    if cover.employer_number:
        return -int(cover.employer_number.replace("-", ""))
    digest = hashlib.sha256(" ".join(name_words(name)).encode()).digest()
    return -(10**9 + int.from_bytes(digest[:4], "big"))


def name_words(name: str) -> list[str]:
    """What tells a company's name from others: no 'Inc.', no punctuation, no case."""
    words = re.findall(r"[a-z0-9]+", name.lower().replace("'", "").replace("\u2019", ""))
    kept = [word for word in words if word not in _SUFFIXES]
    return kept or words


def company_of(connection: duckdb.DuckDBPyConnection, ticker: str) -> tuple[int, str]:
    """The company on file, CIK and name, that has a ticker.

    Raises:
        SetupError: None has.
    """
    rows = connection.execute(
        "SELECT cik, name FROM company WHERE list_contains(tickers, ?) ORDER BY cik",
        [ticker.upper()],
    ).fetchall()
    if not rows:
        raise SetupError(
            f"no company with the ticker {ticker.upper()} is on file; ingest its companyfacts, "
            "submissions or a filing first"
        )
    return int(rows[0][0]), str(rows[0][1])


def unnamed(ticker: str) -> str:
    """What stands for a company's name where a document gives none and a person its ticker."""
    return f"ticker {ticker.upper()}"


def is_named_alike(written: str, held: str, ticker: str) -> bool:
    """Whether a cover may be of the company with a ticker: no name, or one that begins alike.

    A folder can hold another company's report: what its cover says is not overruled.
    """
    return written == unnamed(ticker) or name_words(written)[:1] == name_words(held)[:1]
