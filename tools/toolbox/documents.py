"""Search passages, read sections and tables of filings."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from tools.errors import ToolError
from tools.search.passages import PassageHit, search
from tools.toolbox.companies import Company, one_company
from tools.toolbox.records import Passage, Passages, SectionText
from tools.toolbox.sources import Sources

MAX_PASSAGE_CHARACTERS = 1500
MAX_SECTION_CHARACTERS = 20_000


def search_passages(
    sources: Sources,
    question: str,
    companies: Annotated[list[str], Field(min_length=1, max_length=10)],
    fiscal_year: int | None = None,
    items: list[str] | None = None,
    as_of: date | None = None,
    limit: Annotated[int, Field(ge=1, le=20)] = 5,
) -> Passages:
    """Search the text of filings for what it says about something, by words and by meaning.

    Passages over 1,500 characters are cut (`truncated`); read_section gives the whole section.
    Figures of the statements come from get_figures, not from here.

    Args:
        question: What is looked for, in plain words; leave the company's name out.
        companies: Tickers, CIKs, or names that fit one company; at most 10.
        fiscal_year: Only filings on this fiscal year.
        items: Only these sections, such as "1A" (risk factors) or "7" (management's discussion).
        as_of: Only filings filed by this day.
        limit: At most so many passages, 20 at most.
    """
    named = [one_company(sources, text) for text in companies]
    accessions = [a for company in named for a in _with_text(sources, company, fiscal_year)]
    if not accessions:
        names = ", ".join(company.name for company in named)
        return Passages((), f"No text of a filing of {names} for that is on file.")
    embed, model_id = sources.embed()
    hits = search(
        sources.warehouse, question, embed=embed, model_id=model_id,
        ciks=[company.cik for company in named], accessions=accessions, items=items, as_of=as_of,
        k=limit,
    )  # fmt: skip
    return Passages(tuple(_passage(hit) for hit in hits), "" if hits else "No passage fits.")


def read_section(
    sources: Sources,
    accession: str,
    item: str,
    start: Annotated[int, Field(ge=0)] = 0,
    characters: Annotated[int, Field(ge=200, le=MAX_SECTION_CHARACTERS)] = 8000,
) -> SectionText:
    """Read a section of a filing, a piece at a time.

    Args:
        accession: The filing, as list_filings gives it.
        item: The section: "1", "1A", "7", "8"; a 10-Q's with its part: "I-2".
        start: Character to begin at; `next_start` of the piece before.
        characters: Length of the piece, 20,000 at most.
    """
    filing = filing_of(sources, accession)
    wanted = item.strip().upper().removeprefix("ITEM").strip(" .")
    row = sources.warehouse.connection.execute(
        "SELECT item, title, text, span_start FROM section WHERE accession = ? AND upper(item) = ? "
        "ORDER BY ordinal LIMIT 1",
        [accession, wanted],
    ).fetchone()
    if row is None:
        raise ToolError(f"{_named(filing)} has no section {item!r}. {_items(sources, accession)}")
    text = str(row[2])
    if start and start >= len(text):
        raise ToolError(f"The section has {len(text)} characters; start below that.")
    end = min(len(text), start + characters)
    return SectionText(
        filing["company"], accession, filing["form"], filing["filed"], row[0], row[1],
        text[start:end], row[3] + start, row[3] + end, len(text), end < len(text),
        end if end < len(text) else None,
    )  # fmt: skip


def filing_of(sources: Sources, accession: str) -> dict[str, Any]:
    """Return company, form and day of a filing.

    Raises:
        ToolError: It is not on file.
    """
    row = sources.warehouse.connection.execute(
        "SELECT company.name, form, filed, fiscal_year FROM filing JOIN company USING (cik) "
        "WHERE accession = ?",
        [accession.strip()],
    ).fetchone()
    if row is None:
        raise ToolError(
            f"No filing {accession!r} is on file. Take an `accession` from list_filings."
        )
    return dict(zip(("company", "form", "filed", "fiscal_year"), row, strict=True))


def _named(filing: dict[str, Any]) -> str:
    return f"The {filing['form']} of {filing['company']} filed {filing['filed']}"


def _items(sources: Sources, accession: str) -> str:
    rows = sources.warehouse.connection.execute(
        "SELECT item, title FROM section WHERE accession = ? ORDER BY ordinal LIMIT 40", [accession]
    ).fetchall()
    if not rows:
        return "No text of it is on file: ingest the filing itself."
    return f"It has: {'; '.join(f'{item} {title}'.strip() for item, title in rows)}."


def _with_text(sources: Sources, company: Company, fiscal_year: int | None) -> list[str]:
    rows = sources.warehouse.connection.execute(
        "SELECT accession FROM filing WHERE cik = ? AND (? IS NULL OR fiscal_year = ?) "
        "AND accession IN (SELECT accession FROM passage) ORDER BY accession",
        [company.cik, fiscal_year, fiscal_year],
    ).fetchall()
    return [row[0] for row in rows]


def _passage(hit: PassageHit) -> Passage:
    text = hit.text[:MAX_PASSAGE_CHARACTERS]
    return Passage(
        hit.company, hit.accession, hit.form, hit.filed, hit.fiscal_year, hit.item, text,
        hit.span_start, hit.span_start + len(text), round(hit.score, 6),
        len(hit.text) > MAX_PASSAGE_CHARACTERS, hit.url,
    )  # fmt: skip
