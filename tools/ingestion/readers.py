"""The kinds of documents that can be ingested, each with its reader.

A reader works in two steps: `prepare` parses bytes and touches no database, so that it may run in
another process; `store` writes what was prepared, within the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import duckdb

from tools.documents import office
from tools.errors import SetupError
from tools.ingestion import (
    companyfacts_reader,
    data_sets_reader,
    filing,
    frames_reader,
    instance_reader,
    news_reader,
    note_reader,
    office_filing,
    prices_reader,
    submissions_reader,
    transcript_reader,
)
from tools.ingestion.counts import Counts
from tools.ingestion.sources import Document

HEAD_BYTES = 20_000


class Prepared(Protocol):
    """A document, parsed, ready to be stored; can be pickled."""

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write it; the caller holds the transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Reader:
    """How one kind of document is known and parsed.

    Attributes:
        kind: Its name in `ingested_file`.
        accepts: Whether a document is of this kind, from its name and its first bytes.
        prepare: Parses it; raises SetupError with a reason a person understands.
    """

    kind: str
    accepts: Callable[[str, bytes], bool]
    prepare: Callable[[Document], Prepared]


READERS = (
    Reader("news", news_reader.accepts, news_reader.prepare),
    Reader("frame", frames_reader.accepts_frame, frames_reader.prepare_frame),
    Reader("companyconcept", frames_reader.accepts_concept, frames_reader.prepare_concept),
    Reader("companyfacts", companyfacts_reader.accepts, companyfacts_reader.prepare),
    Reader("submissions", submissions_reader.accepts, submissions_reader.prepare),
    Reader("data set", data_sets_reader.accepts, data_sets_reader.prepare),
    Reader("transcript", transcript_reader.accepts, transcript_reader.prepare),
    Reader("note", note_reader.accepts, note_reader.prepare),
    Reader("filing", office_filing.accepts, office_filing.prepare),
    Reader("prices", prices_reader.accepts, prices_reader.prepare),
    Reader("instance", instance_reader.accepts, instance_reader.prepare),
    Reader("filing", filing.accepts, filing.prepare),
)


def reader_of(document: Document, readers: Sequence[Reader] = READERS) -> Reader:
    """Choose the reader of a document: the first that accepts it.

    Raises:
        SetupError: None does.
    """
    head = document.data[:HEAD_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    for reader in readers:
        if reader.accepts(document.name, head):
            return reader
    if head[:1] in (b"{", b"["):
        raise SetupError(
            "JSON, but neither companyfacts, a concept, a frame, submissions, prices nor news"
        )
    if office.is_legacy_word(head):
        raise SetupError(office.LEGACY)
    raise SetupError("not a filing (no HTML, no XBRL, no EDGAR header)")
