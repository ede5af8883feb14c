"""Parses one source, whatever becomes of it: what was read, known already, or skipped and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from tools.errors import SetupError
from tools.ingestion.intake import DEFAULT_MAX_BYTES, Skipped, one_line
from tools.ingestion.readers import READERS, Prepared, Reader, reader_of
from tools.ingestion.sources import Source, load


@dataclass(frozen=True, slots=True)
class Ready:
    """A document, parsed and waiting to be stored."""

    sha256: str
    kind: str
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A document that the warehouse holds already."""

    sha256: str


Result = Ready | Unchanged | Skipped


@dataclass(frozen=True, slots=True)
class Rules:
    """What preparing goes by; can be pickled.

    Attributes:
        max_bytes: Limit of one document's size, once unpacked.
        known: Hashes of what the warehouse holds.
        readers: The kinds of documents, in the order they are tried.
        ticker: Whose documents are that don't tell themselves.
    """

    max_bytes: int = DEFAULT_MAX_BYTES
    known: frozenset[str] = field(default_factory=frozenset)
    readers: tuple[Reader, ...] = READERS
    ticker: str = ""


def prepare(source: Source, rules: Rules) -> Result:
    """Read and parse a source; what fails is a `Skipped`, never an exception."""
    try:
        document = replace(load(source, rules.max_bytes), ticker=rules.ticker)
        if document.sha256 in rules.known:
            return Unchanged(document.sha256)
        reader = reader_of(document, rules.readers)
        return Ready(document.sha256, reader.kind, reader.prepare(document))
    except SetupError as error:
        return skip(source, str(error))
    except MemoryError:
        return skip(source, "needs more memory than there is")
    except Exception as error:  # the batch item: recorded, counted, and the rest goes on
        return skip(source, f"could not be read ({type(error).__name__}: {error})")


def skip(source: Source, reason: str) -> Skipped:
    """Say in one line why a source is left out."""
    return Skipped(source.place, one_line(reason))
