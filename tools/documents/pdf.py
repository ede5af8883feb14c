"""Reads a PDF's pages as lines of plain text, columns kept apart by spaces.

Text is read, not recognised: a scan holds none and is refused. pypdf's layout mode keeps the
columns of tables; a page of prose in two columns is read in the order the file draws it.
"""

from __future__ import annotations

import io
import logging
import re
import time
import zlib
from collections import Counter
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from tools.documents.paged_text import WIDE_GAP
from tools.errors import SetupError

MAGIC = b"%PDF-"
MAX_PAGES = 2_000
MAX_SECONDS = 150.0
INSTALL = "pip install 'footnote[documents]'"
_LEAST_LETTERS = 12  # a page on average; a scan has a stamp at most
_HEADED_PAGES = 100
_HEADING_LENGTH = 100
_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_GUTTER_LINES = 12
_SIDE_LETTERS = 15
# What pypdf raises on a damaged file; a filter that it does not know is NotImplementedError.
_BROKEN = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, AssertionError, RecursionError,
    ArithmeticError, NotImplementedError, EOFError, OSError, zlib.error,
)  # fmt: skip


def is_pdf(head: bytes) -> bool:
    """Say whether these are the first bytes of a PDF."""
    return MAGIC in head[:1024]


def read_pages(data: bytes, max_seconds: float = MAX_SECONDS) -> list[str]:
    """Read the text of each page.

    Raises:
        SetupError: pypdf is missing; or the file is broken, encrypted, a scan, or too long.
    """
    pypdf = _library()
    broken = (pypdf.errors.PyPdfError, *_BROKEN)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise SetupError("a PDF that needs a password; save a copy without one")
        total = len(reader.pages)
    except broken as error:
        raise SetupError(f"not a readable PDF ({_first_line(error)})") from error
    if total > MAX_PAGES:
        raise SetupError(f"a PDF of {total:,} pages, more than the limit of {MAX_PAGES:,}")
    end = time.monotonic() + max_seconds
    pages: list[str] = []
    for number in range(total):
        if time.monotonic() > end:
            raise SetupError(f"a PDF that takes too long: {number} of {total} pages were read")
        try:
            pages.append(_page_text(reader.pages[number]))
        except broken as error:
            reason = f"page {number + 1} of this PDF can't be read ({_first_line(error)})"
            raise SetupError(reason) from error
    if sum(map(_letters, pages)) < _LEAST_LETTERS * max(total, 1):
        raise SetupError(
            f"a PDF without text ({total} pages of images, as scanners make them); recognise its "
            "text first, for example with `ocrmypdf`"
        )
    return pages


def read_headings(data: bytes) -> frozenset[str]:
    """Lines of a PDF that are all bold, or larger than its text; white space collapsed.

    A font is bold by its name. Call `read_pages` too: what can't be read has no headings here.
    """
    pypdf = _library()
    found: list[tuple[str, str, float]] = []
    try:
        for page in pypdf.PdfReader(io.BytesIO(data)).pages[:_HEADED_PAGES]:
            found += _styled_lines(page)
    except (pypdf.errors.PyPdfError, *_BROKEN):
        return frozenset()
    sizes = Counter[float]()
    for text, _, size in found:
        sizes[size] += len(text)
    usual = sizes.most_common(1)[0][0] if sizes else 0.0
    return frozenset(
        text
        for text, font, size in found
        if len(text) <= _HEADING_LENGTH and (_BOLD.search(font) or size >= usual * 1.15)
    )


def _styled_lines(page: Any) -> list[tuple[str, str, float]]:
    """(text, font, size) of each line; a line of several fonts has none."""
    lines: dict[float, tuple[str, str, float]] = {}

    def visit(text: str, _: object, matrix: Sequence[float], font: Any, size: float) -> None:
        name = str((font or {}).get("/BaseFont", ""))
        height = round(matrix[5], 1)
        before, held, large = lines.get(height, ("", name, size * abs(matrix[3] or 1)))
        if text.strip():
            lines[height] = (before + text, held if held == name else "", large)

    page.extract_text(visitor_text=visit)
    return [(" ".join(text.split()), font, round(size, 1)) for text, font, size in lines.values()]


def _library() -> ModuleType:
    try:
        import pypdf
    except ImportError as error:
        raise SetupError(f"reading a PDF needs pypdf: {INSTALL}") from error
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it words every oddity of a file
    return pypdf


def _page_text(page: Any) -> str:
    text: str = page.extract_text(extraction_mode="layout")
    if has_gutter([line for line in text.split("\n") if line.strip()]):
        plain: str = page.extract_text()
        return _with_paragraphs(plain)
    return text


def has_gutter(lines: Sequence[str]) -> bool:
    """Say whether a page is prose in two columns: words on both sides of a blank stripe."""
    width = max(map(len, lines), default=0)
    for place in range(width * 3 // 10, width * 7 // 10):
        split = [line for line in lines if _is_split(line, place)]
        if len(split) < _GUTTER_LINES:
            continue
        crossed = sum(bool(line[place - 1 : place + 2].strip()) for line in lines)
        if crossed * 3 <= len(split):
            return True
    return False


def _is_split(line: str, place: int) -> bool:
    if line[place - 1 : place + 2].strip():
        return False
    sides = line[:place], line[place:]
    return all(
        _letters(side) >= _SIDE_LETTERS
        and sum(map(str.isdigit, side)) * 6 < _letters(side)
        and not WIDE_GAP.search(side.strip())
        for side in sides
    )


def _with_paragraphs(text: str) -> str:
    """Put a blank line after what looks like a paragraph's last line: it ends early."""
    lines = [line.rstrip() for line in text.split("\n")]
    usual = sorted(map(len, lines))[len(lines) * 3 // 4] if lines else 0
    ended = [
        f"{line}\n" if len(line) < usual * 0.8 and re.search(r"[.!?:][\"”’)]?$", line) else line
        for line in lines
    ]
    return "\n".join(ended)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:120] if text else type(error).__name__
