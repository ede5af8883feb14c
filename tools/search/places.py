"""Where a passage stands beyond its section: the page of a PDF, and who spoke it on a call."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tools.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Place:
    """A page (of the file, from 1) and a speaker with title; what is not known is empty."""

    page: int | None = None
    speaker: str = ""
    role: str = ""


def find_places(warehouse: Warehouse, passages: Iterable[tuple[int, str, int]]) -> dict[int, Place]:
    """Find the places of passages, given as (id, accession, first character)."""
    rows = list(passages)
    accessions = sorted({accession for _, accession, _ in rows})
    pages = _pages(warehouse, accessions)
    speakers = _speakers(warehouse, accessions)
    found: dict[int, Place] = {}
    for key, accession, start in rows:
        starts, numbers = pages[accession]
        at = bisect_right(starts, start) - 1
        begins, names = speakers[accession]
        said = bisect_right(begins, start) - 1
        speaker, role = names[said] if said >= 0 else ("", "")
        found[key] = Place(numbers[at] if at >= 0 else None, speaker, role)
    return found


def _pages(
    warehouse: Warehouse, accessions: list[str]
) -> defaultdict[str, tuple[list[int], list[int]]]:
    found: defaultdict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    accessions = sorted(warehouse.keep("paged", lambda: _paged(warehouse)).intersection(accessions))
    if not accessions:
        return found
    rows = warehouse.connection.execute(
        "SELECT accession, span_start, page FROM page_start WHERE list_contains(?, accession) "
        "ORDER BY accession, span_start, page",
        [accessions],
    ).fetchall()
    for accession, start, page in rows:
        found[accession][0].append(start)
        found[accession][1].append(page)
    return found


def _paged(warehouse: Warehouse) -> frozenset[str]:
    """Filings and documents that have pages."""
    rows = warehouse.connection.execute("SELECT DISTINCT accession FROM page_start").fetchall()
    return frozenset(row[0] for row in rows)


def _speakers(
    warehouse: Warehouse, accessions: list[str]
) -> defaultdict[str, tuple[list[int], list[tuple[str, str]]]]:
    found: defaultdict[str, tuple[list[int], list[tuple[str, str]]]] = defaultdict(lambda: ([], []))
    documents = [accession for accession in accessions if accession.startswith("doc:")]
    if not documents:
        return found
    rows = warehouse.connection.execute(
        "SELECT document_id, span_start, speaker, role FROM utterance "
        "WHERE list_contains(?, document_id) ORDER BY document_id, span_start",
        [documents],
    ).fetchall()
    for document, start, speaker, role in rows:
        found[document][0].append(start)
        found[document][1].append((speaker, role or ""))
    return found
