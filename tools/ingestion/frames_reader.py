"""Ingests frames JSON and companyconcept JSON, of which each fact is one of companyfacts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb

from tools.errors import SetupError
from tools.ingestion import companyfacts, companyfacts_reader, frames
from tools.ingestion.companyfacts_reader import PreparedFacts
from tools.ingestion.counts import Counts
from tools.ingestion.frames import Frame
from tools.ingestion.merge import store_labels
from tools.ingestion.rounded import CONCEPT
from tools.ingestion.sources import Document

_FRAME = re.compile(rb'"ccp"\s*:\s*"CY')
_TAG = re.compile(rb'"tag"\s*:\s*"')
_CIK_FIRST = re.compile(rb'\{\s*"cik"\s*:')


def accepts_frame(name: str, head: bytes) -> bool:
    """Say whether these are the first bytes of frames JSON."""
    return head[:1] == b"{" and _FRAME.search(head) is not None


def accepts_concept(name: str, head: bytes) -> bool:
    """Say whether these are the first bytes of companyconcept JSON."""
    start = head[:400]
    return _CIK_FIRST.match(start) is not None and _TAG.search(start) is not None


def prepare_concept(document: Document) -> PreparedFacts:
    """Parse companyconcept JSON: companyfacts of one concept, laid out a little differently.

    Raises:
        SetupError: It does not have the shape of companyconcept.
    """
    content = companyfacts.load_json(document.data)
    try:
        if not isinstance(content, dict):
            raise SetupError("not companyconcept JSON")
        block = {"label": content.get("label"), "units": content["units"]}
        facts = {content["taxonomy"]: {content["tag"]: block}}
        whole = {"cik": content["cik"], "entityName": content.get("entityName"), "facts": facts}
    except KeyError as error:
        raise SetupError(f"not companyconcept JSON (no {error})") from error
    return companyfacts_reader.prepare_content(whole, CONCEPT)


def prepare_frame(document: Document) -> PreparedFrame:
    """Parse frames JSON.

    Raises:
        SetupError: It does not have the shape of a frame.
    """
    found = frames.read(companyfacts.load_json(document.data))
    return PreparedFrame(found, datetime.now(UTC).date())


@dataclass(frozen=True, slots=True)
class PreparedFrame:
    """A frame, parsed; `as_of` is the day on which it was read."""

    frame: Frame
    as_of: date

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write the rows; those whose filing is on file become facts with what follows."""
        frame = self.frame
        frames.store_frame(connection, frame, self.as_of)
        if frame.label:
            store_labels(connection, {frame.concept: frame.label})
        dated = frames.dated_companies(connection, [row["cik"] for row in frame.rows])
        said = (
            f"{frame.concept} {frame.period} {frame.unit}: {len(frame.rows)} companies, of "
            f"{len(dated)} of which filings are on file to date it; `footnote tool get_frame "
            f"concept={frame.concept} period={frame.period} unit={frame.unit}` lists it"
        )
        return Counts(
            frozenset(dated), unfit=frame.unfit, unreadable=frame.malformed, notes=(said,)
        )
