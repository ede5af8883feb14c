"""Reads PDF and DOCX into the blocks that filings in HTML and plain text come in.

Both need the extra `documents`; the libraries load when the first such file is read.
"""

from __future__ import annotations

from tools.documents.ascii_blocks import text_blocks
from tools.documents.blocks import Block
from tools.documents.docx import is_docx, read_docx
from tools.documents.paged_text import PAGE_BREAK, clean_pages, text_of
from tools.documents.pdf import is_pdf, read_headings, read_pages
from tools.errors import SetupError

SUFFIXES = (".pdf", ".docx")
LEGACY = "an old or encrypted Office file; save it as .docx without a password, or as PDF"


def is_office(name: str, head: bytes) -> bool:
    """Say whether a file is a PDF or a DOCX."""
    return is_pdf(head) or is_docx(name, head)


def is_named_office(name: str) -> bool:
    """Say whether a file's name calls it a PDF or a DOCX."""
    return name.lower().endswith(SUFFIXES)


def is_legacy_word(head: bytes) -> bool:
    """Say whether a file is of a kind older than DOCX, or a DOCX under a password."""
    return head.startswith(b"\xd0\xcf\x11\xe0")


def office_blocks(name: str, data: bytes, *, with_headings: bool = False) -> list[Block]:
    """Read a PDF or DOCX as blocks; pages of a PDF are parted by blocks of kind `page`.

    Args:
        name: The file's name.
        data: Its bytes.
        with_headings: Whether a PDF is read a second time, for the lines that its fonts set off.

    Raises:
        SetupError: It can't be read; the message says why.
    """
    _check_kind(name, data)
    if is_docx(name, data[:4]):
        return read_docx(data)
    headings = read_headings(data) if with_headings else frozenset()
    blocks = text_blocks(text_of(clean_pages(read_pages(data)), headings))
    for block in blocks:
        block.bold = block.bold or block.text in headings
    return blocks


def office_lines(name: str, data: bytes) -> str:
    """Read a PDF or DOCX as lines: of a PDF, as printed; of a DOCX, a paragraph each.

    Raises:
        SetupError: It can't be read; the message says why.
    """
    _check_kind(name, data)
    if is_docx(name, data[:4]):
        return "\n".join(block.text for block in read_docx(data) if block.text)
    return f"\n{PAGE_BREAK}".join(clean_pages(read_pages(data)))


def _check_kind(name: str, data: bytes) -> None:
    if is_legacy_word(data[:8]):
        raise SetupError(LEGACY)
    if not is_office(name, data[:1024]):
        raise SetupError("neither PDF nor DOCX, whatever its name says")
