"""Ingests a filing kept as PDF or DOCX: like one in plain text, it has text but no facts.

Whose it is comes from `filing.json` beside it, the names of file and folder, and its cover page.
"""

from __future__ import annotations

from dataclasses import replace

from tools.documents.cover import read_cover
from tools.documents.filings import read_blocks
from tools.documents.office import is_office, office_blocks
from tools.documents.pdf import is_pdf
from tools.errors import SetupError
from tools.ingestion.cover_identity import identify_by_cover
from tools.ingestion.description import describe
from tools.ingestion.filing import ACCEPTED, PreparedFiling
from tools.ingestion.filing_text import index_passages
from tools.ingestion.presented import read_presented
from tools.ingestion.sources import Document


def accepts(name: str, head: bytes) -> bool:
    """Say whether these are the first bytes of a PDF or a DOCX."""
    return is_office(name, head)


def prepare(document: Document) -> PreparedFiling:
    """Parse a report's text.

    Raises:
        SetupError: It can't be read, or is no report of a form that is read.
    """
    blocks = office_blocks(document.name, document.data)
    text = "\n".join(block.text for block in blocks)
    cover, described = read_cover(blocks), describe(document)
    identity, problem = None, ""
    try:
        identity = identify_by_cover(cover, described, document.name, text, "", document.ticker)
    except SetupError as error:
        problem = str(error)
    form = identity.form if identity else described.form or cover.form or "10-K"
    if not ACCEPTED.match(form):
        raise SetupError(problem or f"form {form}, not a report that is read")
    content = read_blocks([(blocks, form)])
    if not is_pdf(document.data[:1024]):
        content = replace(content, pages=())  # breaks that an author set are no page numbers
    return PreparedFiling(
        document.name,
        document.sha256,
        None,
        None,
        "html",
        identity,
        problem,
        content,
        read_presented({}, (), content.tables),
        index_passages(content, document.sha256),
        described.ticker,
        document.ticker,
    )
