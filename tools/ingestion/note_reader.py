"""Ingests research notes, as text, PDF or DOCX: sections by heading, passages, tables."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from tools.documents.ascii_blocks import text_blocks
from tools.documents.filings import NOTE, FilingText, read_blocks
from tools.documents.office import is_named_office, office_blocks
from tools.ingestion.counts import Counts
from tools.ingestion.document_origin import Origin, kind_in_name, read_origin
from tools.ingestion.filing_text import index_passages, store_text
from tools.ingestion.sources import Document
from tools.search import segments


def accepts(name: str, head: bytes) -> bool:
    """Say whether a file's name speaks of a note, and of no call."""
    is_filing = b"ACCESSION NUMBER:" in head or b"<SEC-DOCUMENT>" in head
    return not is_filing and kind_in_name(name) == "note"


def prepare(document: Document) -> PreparedNote:
    """Read a note.

    Raises:
        SetupError: It can't be read, has no text, or nothing says whose it is or of which day.
    """
    if is_named_office(document.name):
        blocks = office_blocks(document.name, document.data, with_headings=True)
    else:
        blocks = text_blocks(document.data.decode("utf-8-sig", "replace"))
    origin = read_origin(document, "\n".join(block.text for block in blocks))
    content = read_blocks([(blocks, NOTE)])
    return PreparedNote(origin, content, index_passages(content, document.sha256))


@dataclass(frozen=True, slots=True)
class PreparedNote:
    """A note, read."""

    origin: Origin
    content: FilingText
    segment: segments.Segment

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write the document, its sections, passages and tables.

        Raises:
            SetupError: No company has the ticker.
        """
        cik = self.origin.store(connection)
        store_text(connection, self.content, self.origin.key, self.origin.sha256)
        segments.store(connection, self.origin.key, self.segment)
        return Counts(frozenset({cik}), len(self.content.tables))
