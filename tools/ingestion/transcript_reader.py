"""Ingests transcripts of earnings calls, as plain text, PDF or DOCX."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from tools.documents import transcript
from tools.documents.office import is_named_office, office_lines
from tools.documents.pdf import is_pdf
from tools.documents.transcript import TITLES, Transcript
from tools.errors import SetupError
from tools.ingestion.counts import Counts
from tools.ingestion.document_origin import Origin, kind_in_name, read_origin
from tools.ingestion.filing_text import store_pages
from tools.ingestion.merge import stable_id
from tools.ingestion.sources import Document
from tools.search import segments
from tools.warehouse import append_rows


def accepts(name: str, head: bytes) -> bool:
    """Say whether a file's name speaks of a call."""
    is_filing = b"ACCESSION NUMBER:" in head or b"<SEC-DOCUMENT>" in head
    return not is_filing and kind_in_name(name) == "transcript"


def prepare(document: Document) -> PreparedTranscript:
    """Read a transcript.

    Raises:
        SetupError: It can't be read, has no text, or nothing says whose it is or of which day.
    """
    if is_named_office(document.name):
        text = office_lines(document.name, document.data)
    else:
        text = document.data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    origin = read_origin(document, text.replace("\f", ""))
    content = transcript.read(transcript.unwrap(text) if is_pdf(document.data[:1024]) else text)
    if not content.utterances:
        raise SetupError("no text in this document")
    return PreparedTranscript(origin, content)


@dataclass(frozen=True, slots=True)
class PreparedTranscript:
    """A transcript, read."""

    origin: Origin
    content: Transcript

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write the document, what was said, its sections and its passages.

        Raises:
            SetupError: No company has the ticker.
        """
        cik, key = self.origin.store(connection), self.origin.key
        self._store_utterances(connection, key)
        self._store_text(connection, key)
        store_pages(connection, self.content.pages, key)
        return Counts(frozenset({cik}))

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
                "section_id": [
                    stable_id(self.origin.sha256, "section", n) for n in range(len(parts))
                ],
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
        ids = [stable_id(self.origin.sha256, "passage", n) for n in range(len(rows))]
        texts = [plain[start:end] for _, start, end in rows]
        items = [parts[part][0] for part, _, _ in rows]
        passages = {
            "passage_id": pa.array(ids, pa.int64()),
            "accession": pa.array([key] * len(rows), pa.string()),
            "section_id": pa.array(
                [stable_id(self.origin.sha256, "section", part) for part, _, _ in rows], pa.int64()
            ),
            "item": pa.array(items, pa.string()),
            "ordinal": pa.array(range(len(rows)), pa.int32()),
            "text": pa.array(texts, pa.string()),
            "span_start": pa.array([start for _, start, _ in rows], pa.int64()),
            "span_end": pa.array([end for _, _, end in rows], pa.int64()),
        }
        append_rows(connection, "passage", pa.table(passages))
        segments.store(connection, key, segments.build([*zip(ids, items, texts, strict=True)]))
