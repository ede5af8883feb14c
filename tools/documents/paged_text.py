"""Makes one plain text of a document's pages, as the reader of plain filings takes it.

Running heads, feet and page numbers go out, words cut at line ends are joined, columns of figures
are marked as a `<TABLE>`. A form feed stands between pages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tools.documents.layout import ITEM_LABEL

WIDE_GAP = re.compile(r"\S\s{3,}(?=\S)")
PAGE_BREAK = "\f"
_EDGE = 3  # lines at the head and foot of a page that can belong to all pages
_LEAST_PAGES = 3
_PAGE_NUMBER = re.compile(
    r"^[-–—|\s]*(?:page\s+)?(?:[A-Z]-)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?[-–—|\s]*$", re.I
)
_NUMBER = re.compile(r"\d+")
_CUT = re.compile(r"([A-Za-z]+)-$")
_CUT_WORD = re.compile(r"[A-Za-z]+-\n\s*[a-z]+")
_PREFIXES = frozenset(("non", "self"))
_REST = re.compile(r"\s*([a-z]+)")
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_AMOUNT = re.compile(r"(?:^|\s)\$?\s?\(?\$?\d[\d,]*(?:\.\d+)?\)?%?(?=\s|$)")
_LABEL_LENGTH = 70
_HEADING_LENGTH = 90


def clean_pages(pages: Sequence[str]) -> list[str]:
    """Take heads, feet and page numbers out, and join words cut at line ends."""
    lines = [
        [line.rstrip() for line in page.replace("\u00ad", "").expandtabs().split("\n")]
        for page in pages
    ]
    bare = _without_running_lines(lines)
    words = Counter(
        word.lower() for page in bare for word in _WORD.findall(_CUT_WORD.sub(" ", "\n".join(page)))
    )
    return ["\n".join(_joined(page, words)) for page in bare]


def text_of(pages: Sequence[str], headings: frozenset[str] = frozenset()) -> str:
    """Join cleaned pages, their tables marked and their headings set apart.

    Args:
        pages: Their texts.
        headings: Lines known as headings, white space collapsed.
    """
    width = max((len(line) for page in pages for line in page.split("\n")), default=0)
    marked = ["\n".join(_mark_tables(_apart(page, headings, width))) for page in pages]
    return f"\n{PAGE_BREAK}\n".join(marked)


def _without_running_lines(pages: Sequence[list[str]]) -> list[list[str]]:
    counts = Counter(
        key
        for number, page in enumerate(pages)
        for key in {key for place in _edges(page) for key in _keys(page[place], number)}
    )
    often = max(_LEAST_PAGES, len(pages) * 3 // 10)
    kept: list[list[str]] = []
    for number, page in enumerate(pages):
        edges = _edges(page)
        running = {
            place
            for place in edges
            if not ITEM_LABEL.match(page[place])
            and any(
                counts[key] >= (_LEAST_PAGES if "\0" in key else often)
                for key in _keys(page[place], number)
            )
        }
        outer = [place for place in edges if place not in running]
        running.update(place for place in (*outer[:1], *outer[-1:]) if _is_number(page[place]))
        kept.append([line for place, line in enumerate(page) if place not in running])
    return kept


def _edges(page: Sequence[str]) -> list[int]:
    filled = [place for place, line in enumerate(page) if line.strip()]
    return sorted({*filled[:_EDGE], *filled[-_EDGE:]})


def _keys(line: str, page: int) -> Iterator[str]:
    """Name a line as itself, and with each number in it as a distance from the page's."""
    text = " ".join(line.split()).casefold()
    if len(text) > 120:
        return
    yield text
    for found in _NUMBER.finditer(text):
        if len(found[0]) <= 4:
            yield f"{text[: found.start()]}\0{int(found[0]) - page}\0{text[found.end() :]}"


def _is_number(line: str) -> bool:
    return bool(_PAGE_NUMBER.match(line.strip()))


def _joined(lines: Sequence[str], words: Counter[str]) -> list[str]:
    """Move the rest of a cut word up to its beginning."""
    done: list[str] = []
    for line in lines:
        cut = _CUT.search(done[-1]) if done else None
        rest = _REST.match(line)
        if cut and rest and not WIDE_GAP.search(done[-1].strip() + line.strip()):
            hyphen = "-" if _keeps_hyphen(cut[1], rest[1], words) else ""
            tail = re.match(r"\S+", line[rest.end() :])
            end = rest.end() + (tail.end() if tail else 0)
            done[-1] = done[-1][:-1] + hyphen + line[rest.start(1) : end]
            line = line[end:].lstrip()
            if not line:
                continue
        done.append(line)
    return done


def _keeps_hyphen(first: str, second: str, words: Counter[str]) -> bool:
    """Whether 'first-second' has its hyphen, as far as the rest of the document's words tell."""
    first, second = first.lower(), second.lower()
    if words[first + second]:
        return False
    if words[f"{first}-{second}"] or first in _PREFIXES:
        return True
    return bool(words[first] and words[second])


def _apart(page: str, headings: frozenset[str], width: int) -> list[str]:
    """Put blank lines around headings that the layout leaves next to the text."""
    lines: list[str] = []
    for line in page.split("\n"):
        text = " ".join(line.split())
        is_item = bool(ITEM_LABEL.match(text)) and len(text) <= min(_HEADING_LENGTH, width // 2)
        is_apart = text in headings or (is_item and not WIDE_GAP.search(line.strip()))
        lines += ["", line, ""] if is_apart else [line]
    return lines


def _mark_tables(lines: Sequence[str]) -> Iterator[str]:
    place = 0
    while place < len(lines):
        end = _table_end(lines, place) if WIDE_GAP.search(lines[place].strip()) else place
        rows = [line for line in lines[place:end] if line.strip()]
        if _is_table(rows):
            yield from ("", "<TABLE>", *rows, "</TABLE>", "")
            place = end
        else:
            yield lines[place]
            place += 1


def _table_end(lines: Sequence[str], start: int) -> int:
    """One past the last row of columns that hang together: single blanks and labels between."""
    end = start
    loose = 0
    for place in range(start, len(lines)):
        text = lines[place].strip()
        if WIDE_GAP.search(text):
            end, loose = place + 1, 0
        elif len(text) > _LABEL_LENGTH or text.endswith(".") or loose >= 4:
            break
        else:
            loose += 1 if text else 2
    return end


def _is_table(rows: Sequence[str]) -> bool:
    figures = sum(bool(_AMOUNT.search(WIDE_GAP.split(row.strip(), 1)[-1])) for row in rows)
    return len(rows) >= 2 and figures >= 2 and figures * 2 >= len(rows)
