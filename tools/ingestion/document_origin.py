"""Whose a transcript or research note is, of which kind and which day.

The file's name says it, such as `AAPL_2024-05-02_transcript.pdf` or `AAPL_2024-05-02_note.docx`;
the day may stand in the text instead, and `--ticker` tells whose those are whose names don't.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from tools.documents.office import SUFFIXES
from tools.errors import SetupError
from tools.ingestion.cover_identity import company_of
from tools.ingestion.filing_identity import dates_in
from tools.ingestion.sources import Document

_KINDS = re.compile(r"(?<![a-z])(transcript|earnings|call|note|research)(?![a-z])", re.IGNORECASE)
_TICKER = re.compile(r"([A-Za-z]{1,5}(?:\.[A-Za-z])?)[_ -]")
_ISO = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
_HEAD = 3_000


def kind_in_name(name: str) -> str | None:
    """Say whether a file's name speaks of a call ('transcript') or a 'note'; None for neither."""
    if not name.lower().endswith((".txt", *SUFFIXES)):
        return None
    kinds = {found.lower() for found in _KINDS.findall(name)}
    if not kinds:
        return None
    return "note" if kinds <= {"note", "research"} else "transcript"


def names_document(name: str) -> bool:
    """Say whether a name in a folder is surely that of a transcript or note: ticker and day too."""
    return bool(kind_in_name(name) and _TICKER.match(name) and _ISO.search(name))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document comes from; `ticker` is what its name begins with, or ''."""

    ticker: str
    given_ticker: str
    kind: str
    title: str
    published: date
    path: str
    sha256: str

    @property
    def key(self) -> str:
        """Its key in the warehouse."""
        return f"doc:{self.sha256[:16]}"

    def store(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Write the document's row; return its company.

        Raises:
            SetupError: No company has the ticker.
        """
        cik = self._company(connection)
        connection.execute(
            "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?)",
            [self.key, cik, self.kind, self.title, self.published, datetime.now(UTC).date(),
             self.path, self.sha256],
        )  # fmt: skip
        return cik

    def _company(self, connection: duckdb.DuckDBPyConnection) -> int:
        try:
            return company_of(connection, self.ticker or self.given_ticker)[0]
        except SetupError:
            if not self.given_ticker:
                raise
            return company_of(connection, self.given_ticker)[0]


def read_origin(document: Document, text: str) -> Origin:
    """Say where a document comes from.

    Raises:
        SetupError: Nothing gives a ticker, or neither name nor text has a day.
    """
    ticker = _TICKER.match(document.name)
    kind = kind_in_name(document.name) or "note"
    example = f"AAPL_2024-05-02_{kind}{document.name[document.name.rfind('.') :].lower()}"
    if ticker is None and not document.ticker:
        raise SetupError(
            f"a transcript or note, but of whom: begin its name with the ticker, like {example}, "
            "or pass --ticker"
        )
    days = [*_days(document.name), *dates_in(text[:_HEAD])]
    if not days:
        raise SetupError(f"no day found; put it in the file's name, like {example}")
    lines = (line.strip() for line in text.split("\n"))
    title = next((line for line in lines if line), document.name)
    return Origin(
        ticker[1].upper() if ticker else "", document.ticker.upper(), kind, title[:200],
        days[0], str(document.path), document.sha256,
    )  # fmt: skip


def _days(name: str) -> list[date]:
    days: list[date] = []
    for text in _ISO.findall(name):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            continue
    return days
