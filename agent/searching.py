"""`footnote search` and `footnote index`: find passages, and make their vectors ahead."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import date

from rich.console import Console
from rich.progress import track

from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SetupError
from tools.search.passages import PassageHit, build_vectors, search
from tools.warehouse import Warehouse

_CONTEXT_CHARACTERS = 600


def print_passages(
    settings: Settings,
    words: str,
    *,
    tickers: Sequence[str],
    items: Sequence[str],
    forms: Sequence[str],
    as_of: date | None,
    limit: int,
    as_json: bool,
) -> bool:
    """Print the passages that fit best; return whether there are any.

    Raises:
        SetupError: No company has such a ticker.
    """
    parts = Parts(settings)
    try:
        embedder = parts.memory.embedder
        hits = search(
            parts.warehouse,
            words,
            embed=lambda texts: embedder.embed(texts),
            model_id=embedder.model_id,
            ciks=_ciks(parts.warehouse, tickers) if tickers else None,
            items=[form for item in items for form in (item.upper(), item.lower())] or None,
            forms=list(forms) or None,
            as_of=as_of,
            k=limit,
        )
    finally:
        parts.close()
    if as_json:
        print(json.dumps([_record(hit) for hit in hits], ensure_ascii=False, indent=1))
    else:
        _print(hits)
    return bool(hits)


def _ciks(warehouse: Warehouse, tickers: Sequence[str]) -> list[int]:
    found = []
    for ticker in tickers:
        rows = warehouse.connection.execute(
            "SELECT cik FROM company WHERE list_contains(tickers, ?) ORDER BY cik",
            [ticker.upper()],
        ).fetchall()
        if not rows:
            raise SetupError(
                f"No company with the ticker {ticker.upper()} is on file; ingest its filings with "
                "`footnote ingest PATH`."
            )
        found += [int(row[0]) for row in rows]
    return found


def _record(hit: PassageHit) -> dict[str, object]:
    record = dataclasses.asdict(hit)
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in record.items()
    }


def _print(hits: Sequence[PassageHit]) -> None:
    screen = Console()
    for number, hit in enumerate(hits, start=1):
        who = f", {hit.speaker}{f' ({hit.role})' if hit.role else ''}" if hit.speaker else ""
        page = f", page {hit.page}" if hit.page else ""
        place = (
            f"[{number}] {hit.company}, {hit.form} filed {hit.filed} ({hit.accession}), "
            f"{hit.item}{who}{page}, characters {hit.span_start}-{hit.span_end}"
        )
        screen.print(place, markup=False, highlight=False, soft_wrap=True, style="bold")
        text = " ".join(hit.text.split())
        shown = text if len(text) <= _CONTEXT_CHARACTERS else text[:_CONTEXT_CHARACTERS] + " ..."
        screen.print(shown + "\n", markup=False, highlight=False)
    if not hits:
        screen.print("Nothing on file fits within these limits.", highlight=False)


def build_index(settings: Settings, *, vectors: bool) -> str:
    """Bring the index up to date, with `vectors` those of all passages; say what was made."""
    parts = Parts(settings)
    try:
        parts.open_for_writing().close()
        warehouse = parts.warehouse
        rows = warehouse.connection.execute(
            "SELECT accession, count(*) FROM passage GROUP BY accession ORDER BY accession"
        ).fetchall()
        said = f"{sum(row[1] for row in rows)} passages of {len(rows)} documents indexed"
        made = _vectors(parts, [row[0] for row in rows]) if vectors else 0
        return f"{said}, {made} vectors made" if vectors else said
    finally:
        parts.close()


def _vectors(parts: Parts, accessions: Sequence[str]) -> int:
    embedder = parts.memory.embedder
    return sum(
        build_vectors(
            parts.warehouse,
            accession,
            embed=lambda texts: embedder.embed(texts),
            model_id=embedder.model_id,
        )
        for accession in track(accessions, "vectors", transient=True)
    )
