"""Ingests transcripts of earnings calls and research notes, as plain text.

Whose they are and of which day stands in the file's name, such as
`AAPL_2024-05-02_transcript.txt`; `note` in it makes it a research note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa

from tools.documents import transcript
from tools.documents.transcript import TITLES, Transcript
from tools.errors import SetupError
from tools.ingestion.counts import Counts
from tools.ingestion.filing_identity import dates_in
from tools.ingestion.merge import stable_id
from tools.ingestion.sources import Document
from tools.search import segments
from tools.warehouse import append_rows

_KINDS = re.compile(r"(?<![a-z])(transcript|earnings|call|note|research)(?![a-z])", re.IGNORECASE)
_TICKER = re.compile(r"([A-Za-z]{1,5}(?:\.[A-Za-z])?)[_ -]")
_ISO = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")


def accepts(name: str, head: bytes) -> bool:
    """Say whether a text file's name speaks of a call or a note."""
    is_filing = b"ACCESSION NUMBER:" in head or b"<SEC-DOCUMENT>" in head
    return name.lower().endswith(".txt") and not is_filing and _KINDS.search(name) is not None


def prepare(document: Document) -> PreparedTranscript:
    """Read a transcript or a note.

    Raises:
        SetupError: The name has no ticker, or neither name nor text has a day.
    """
    ticker = _TICKER.match(document.name)
    text = document.data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    if ticker is None:
        raise SetupError(
            "a transcript or note, but of whom: begin its name with the ticker, like "
            "AAPL_2024-05-02_transcript.txt"
        )
    days = [date.fromisoformat(day) for day in _ISO.findall(document.name)] or dates_in(text[:3000])
    if not days:
        raise SetupError(
            "no day found; put it in the file's name, like AAPL_2024-05-02_transcript.txt"
        )
    kinds = {found.lower() for found in _KINDS.findall(document.name)}
    kind = "note" if kinds <= {"note", "research"} else "transcript"
    content = transcript.read(text)
    if not content.utterances:
        raise SetupError("no text in this document")
    return PreparedTranscript(
        ticker[1].upper(), kind, text.strip().split("\n", 1)[0][:200], days[0],
        str(document.path), document.sha256, content,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PreparedTranscript:
    """A transcript or note, read."""

    ticker: str
    kind: str
    title: str
    published: date
    path: str
    sha256: str
    content: Transcript

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write the document, what was said, its sections and its passages.

        Raises:
            SetupError: No company has the ticker.
        """
        rows = connection.execute(
            "SELECT cik FROM company WHERE list_contains(tickers, ?)", [self.ticker]
        ).fetchall()
        if not rows:
            raise SetupError(
                f"no company with the ticker {self.ticker} is on file; ingest its companyfacts, "
                "submissions or a filing first"
            )
        key = f"doc:{self.sha256[:16]}"
        connection.execute(
            "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?)",
            [key, rows[0][0], self.kind, self.title, self.published, datetime.now(UTC).date(),
             self.path, self.sha256],
        )  # fmt: skip
        self._store_utterances(connection, key)
        self._store_text(connection, key)
        return Counts(frozenset({rows[0][0]}))

    def _store_utterances(self, connection: duckdb.DuckDBPyConnection, key: str) -> None:
        said = self.content.utterances
        table = pa.table(
            {
                "document_id": [key] * len(said),
                "ordinal": list(range(len(said))),
                "speaker": [one.speaker for one in said],
                "role": pa.array([one.role for one in said], pa.string()),
                "part": [one.part for one in said],
                "text": [one.text for one in said],
                "span_start": [one.span_start for one in said],
                "span_end": [one.span_end for one in said],
            }
        )
        append_rows(connection, "utterance", table)

    def _store_text(self, connection: duckdb.DuckDBPyConnection, key: str) -> None:
        parts, plain = self.content.parts, self.content.plain_text
        sections = pa.table(
            {
                "section_id": [stable_id(self.sha256, "section", n) for n in range(len(parts))],
                "accession": [key] * len(parts),
                "item": [part for part, _, _ in parts],
                "title": [TITLES[part] for part, _, _ in parts],
                "ordinal": list(range(len(parts))),
                "text": [text for _, text, _ in parts],
                "span_start": [start for _, _, start in parts],
                "span_end": [start + len(text) for _, text, start in parts],
            }
        )
        append_rows(connection, "section", sections)
        rows = self.content.passages()
        ids = [stable_id(self.sha256, "passage", n) for n in range(len(rows))]
        texts = [plain[start:end] for _, start, end in rows]
        items = [parts[part][0] for part, _, _ in rows]
        passages = {
            "passage_id": pa.array(ids, pa.int64()),
            "accession": pa.array([key] * len(rows), pa.string()),
            "section_id": pa.array(
                [stable_id(self.sha256, "section", part) for part, _, _ in rows], pa.int64()
            ),
            "item": pa.array(items, pa.string()),
            "ordinal": pa.array(range(len(rows)), pa.int32()),
            "text": pa.array(texts, pa.string()),
            "span_start": pa.array([start for _, start, _ in rows], pa.int64()),
            "span_end": pa.array([end for _, _, end in rows], pa.int64()),
        }
        append_rows(connection, "passage", pa.table(passages))
        segments.store(connection, key, segments.build([*zip(ids, items, texts, strict=True)]))
