"""Questions about what was said on an earnings call, or written in a research note."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agent.state import CompanyRef, Evidence, Plan
from tools.warehouse import Warehouse

_CALL = re.compile(
    r"\b(?:on|in|during|at)\s+(?:[\w'’.]+\s+){0,4}?(?:earnings|conference|results)\s+call\b|"
    r"\bon\s+the\s+call\b|\bearnings[- ]call\s+transcript\b|\bprepared\s+remarks\b|"
    r"\b(?:in|during)\s+(?:the\s+)?(?:q\s*&\s*a|questions?[- ]and[- ]answers?)"
    r"(?:\s+(?:session|section|part))?|\banalysts?\s+(?:ask(?:ed|s|ing)?|question(?:ed|s)?)\b|"
    r"\bquestions?\s+(?:of|from|by)\s+(?:the\s+)?analysts?\b",
    re.IGNORECASE,
)
_ASKED = re.compile(r"q\s*&\s*a|question|\banalysts?\s+ask", re.IGNORECASE)
_REMARKS = re.compile(r"prepared\s+remarks", re.IGNORECASE)
_NOTE = re.compile(
    r"\b(?:in|by|of|according\s+to)\s+(?:\w+\s+){0,2}?(?:research|analyst|broker)(?:'s)?\s+notes?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Wanted:
    """Which documents a question wants read: their kind, and the part of a call or None."""

    kind: str
    part: str | None
    topic: str


def asks_document(question: str) -> Wanted | None:
    """Return the documents that a question names, with its words but those; None for filings."""
    if found := _CALL.search(question):
        part = "questions" if _ASKED.search(found[0]) else None
        part = "remarks" if _REMARKS.search(found[0]) else part
        return Wanted("transcript", part, _CALL.sub(" ", question))
    if _NOTE.search(question):
        return Wanted("note", None, _NOTE.sub(" ", question))
    return None


def documents_of(
    warehouse: Warehouse, company: CompanyRef, plan: Plan, wanted: Wanted
) -> list[str]:
    """Return the documents to read: those that came out in or soon after the years asked for.

    Without a year, the newest.
    """
    rows = warehouse.connection.execute(
        "SELECT document_id, published FROM document WHERE cik = ? AND kind = ? "
        "AND (? IS NULL OR published <= ?) ORDER BY published DESC, document_id",
        [company.cik, wanted.kind, plan.as_of, plan.as_of],
    ).fetchall()
    years = {period.fiscal_year for period in plan.periods}
    if not years:
        return [key for key, _ in rows[:1]]
    return [
        key
        for key, day in rows
        if any(date(year, 1, 1) <= day <= date(year + 1, 3, 31) for year in years)
    ]


def no_document(company: CompanyRef, wanted: Wanted) -> str:
    """Say that there is nothing to read, and what would be needed."""
    what = "transcript of a call" if wanted.kind == "transcript" else "research note"
    return (
        f"No {what} of {company.name} for that time is on file; ingest one with "
        f"`footnote ingest {company.ticker or 'TICKER'}_2024-05-02_{wanted.kind}.pdf`, by its day."
    )


def heading(company: str, quotes: Sequence[tuple[Evidence, str]]) -> str:
    """Introduce quotations of one company's documents."""
    forms = {str(item.source.get("form")) for item, _ in quotes}
    if forms == {"transcript"}:
        return f"On {company}'s call:"
    if forms == {"note"}:
        return f"A research note on {company} says:"
    return f"{company} says:"


def speaker_of(item: Evidence) -> str:
    """Name who said a quoted sentence, with a colon; '' for the company's filing."""
    speaker, role = str(item.source.get("speaker") or ""), str(item.source.get("role") or "")
    if not speaker:
        return ""
    is_plain = role and not any(mark.isdigit() for mark in role)
    return f"{speaker} ({role}): " if is_plain else f"{speaker}: "
