"""A filing's document as sections, passages and tables, by edgartools' offline parser.

The filing's plain text is its sections' texts in order, joined by form feeds; every span counts
characters of that text. Nothing here touches the network.
"""

from __future__ import annotations

import gc
import importlib
import os
import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

from tools.documents.passage_split import clean_text, running_heads, split_passages
from tools.documents.tables import TableCell, join_fragments, label_cells, scale_of
from tools.errors import SetupError

JOINT = "\f"
OTHER_ITEM = "other"
_NEAR = 600
_IX_HEADER = re.compile(r"<ix:header.*?</ix:header>", re.DOTALL)  # contexts: no text, much time
_BLANK = re.compile(r"[\s\u2500-\u257f\u200b]+")
TITLES = {
    "1": "Business",
    "1A": "Risk Factors",
    "1B": "Unresolved Staff Comments",
    "1C": "Cybersecurity",
    "2": "Properties",
    "3": "Legal Proceedings",
    "4": "Mine Safety Disclosures",
    "5": "Market for Registrant's Common Equity",
    "6": "Selected Financial Data",
    "7": "Management's Discussion and Analysis",
    "7A": "Quantitative and Qualitative Disclosures About Market Risk",
    "8": "Financial Statements and Supplementary Data",
    "9": "Changes in and Disagreements with Accountants",
    "9A": "Controls and Procedures",
    "9B": "Other Information",
    "9C": "Disclosure Regarding Foreign Jurisdictions that Prevent Inspections",
    "10": "Directors, Executive Officers and Corporate Governance",
    "11": "Executive Compensation",
    "12": "Security Ownership",
    "13": "Certain Relationships and Related Transactions",
    "14": "Principal Accountant Fees and Services",
    "15": "Exhibits and Financial Statement Schedules",
    "16": "Form 10-K Summary",
}
QUARTERLY_TITLES = {
    "1": "Financial Statements",
    "2": "Management's Discussion and Analysis",
    "3": "Quantitative and Qualitative Disclosures About Market Risk",
    "4": "Controls and Procedures",
    "II-1": "Legal Proceedings",
    "II-1A": "Risk Factors",
    "II-2": "Unregistered Sales of Equity Securities",
    "II-5": "Other Information",
    "II-6": "Exhibits",
}


@dataclass(frozen=True, slots=True)
class Section:
    """An item of the report; in a 10-Q, items of Part II are 'II-1', 'II-1A'."""

    item: str
    title: str
    text: str
    span_start: int
    span_end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of a section; `section` is its index."""

    section: int
    text: str
    span_start: int
    span_end: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table with figures; `number` counts all tables of the document."""

    number: int
    item: str | None
    unit_scale: str | None
    cells: tuple[TableCell, ...]
    span_start: int | None
    span_end: int | None


@dataclass(frozen=True, slots=True)
class FilingText:
    """A filing's readable content."""

    sections: tuple[Section, ...]
    passages: tuple[Passage, ...]
    tables: tuple[Table, ...]

    @property
    def plain_text(self) -> str:
        """The text that spans count in."""
        return JOINT.join(section.text for section in self.sections)


def read(text: str, form: str) -> FilingText:
    """Read a filing's HTML (or old plain text).

    Raises:
        SetupError: The parser finds no text in it.
    """
    with _garbage_kept():
        return _read(text, form)


@contextmanager
def _garbage_kept() -> Iterator[None]:
    """Keep the garbage collector from walking the parser's many nodes again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(text: str, form: str) -> FilingText:
    edgar = _edgartools()
    base_form = form.removesuffix("/A").replace("10-KT", "10-K").replace("10-QT", "10-Q")
    document = edgar.HTMLParser(edgar.ParserConfig(form=base_form, extract_xbrl=False)).parse(text)
    sections = _sections(document, base_form)
    if not sections:
        raise SetupError("no text in this document")
    return FilingText(
        tuple(sections), tuple(_passages(sections)), tuple(_tables(document, sections))
    )


@cache
def _edgartools() -> Any:
    """Import edgartools (2 s) without letting it make folders in the person's home.

    It makes its cache folders when imported; given ones that are gone again, it does without.
    """
    names = ("EDGAR_CACHE_DIR", "EDGAR_LOCAL_DATA_DIR")
    before = {name: os.environ.get(name) for name in names}
    with TemporaryDirectory() as folder:
        os.environ.update(dict.fromkeys(names, folder))
        try:
            with suppress(ImportError):
                importlib.import_module("edgar.documents.utils.anchor_cache")
            return importlib.import_module("edgar.documents")
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def _sections(document: Any, form: str) -> list[Section]:
    _remember_section_texts(document)
    found = [
        (_item(section, form), section.title, section.text(), section.detection_method)
        for section in document.sections.values()
    ]
    whole = document.text()
    footers = running_heads([whole])
    texts: list[tuple[str, str, str]] = []
    for item, title, raw, method in found:
        text = clean_text(raw, footers)
        if not text or any(text == known for _, _, known in texts):
            continue
        if method == "pattern" and len(raw) > 0.4 * len(whole) and len(found) > 1:
            continue  # a heading matched by chance that swallowed what follows it
        texts.append((item, title, text))
    rest = _uncovered(clean_text(whole, footers), [text for _, _, text in texts])
    if len(_squeeze(rest)) > 0.1 * len(_squeeze(whole)) or not texts:
        texts.append((OTHER_ITEM, "Other parts of the document", rest))
    return _placed([row for row in texts if row[2]], form)


def _placed(texts: list[tuple[str, str, str]], form: str) -> list[Section]:
    sections: list[Section] = []
    start = 0
    for item, title, text in texts:
        end = start + len(text)
        sections.append(Section(item, _title(item, title, text, form), text, start, end))
        start += len(text) + len(JOINT)
    return sections


def _remember_section_texts(document: Any) -> None:
    """Keep edgartools from extracting each section twice (detection, then `text()`)."""
    extractor_of = getattr(document, "_get_section_extractor", None)
    if extractor_of is None:
        return
    extractor = extractor_of()
    extract = extractor.get_section_text
    known: dict[str, Any] = {}

    def remembered(name: str, include_subsections: bool = True, clean: bool = True) -> Any:
        if not (include_subsections and clean):
            return extract(name, include_subsections, clean)
        if name not in known:
            known[name] = extract(name, include_subsections, clean)
        return known[name]

    extractor.get_section_text = remembered


def _item(section: Any, form: str) -> str:
    if not section.item:
        return str(section.name).rpartition("_")[2].lower()
    item = str(section.item).upper()
    return f"II-{item}" if form == "10-Q" and section.part == "II" else item


def _title(item: str, title: str, text: str, form: str) -> str:
    known = (QUARTERLY_TITLES if form == "10-Q" else TITLES).get(item)
    if known:
        return known
    if "_" not in title:
        return title
    return text.split("\n", 1)[0][:120] if item[:1].isdigit() else item.capitalize()


def _uncovered(whole: str, texts: list[str]) -> str:
    """What of the whole text stands in no section, line by line."""
    covered = "".join(_squeeze(text) for text in texts)
    blocks: list[str] = []
    for block in whole.split("\n\n"):
        lines = [line for line in block.split("\n") if not _stands_in(_squeeze(line), covered)]
        if lines:
            blocks.append("\n".join(re.sub(r"\s{3,}", "  ", line) for line in lines))
    return "\n\n".join(blocks)


def _stands_in(line: str, covered: str) -> bool:
    return line in covered or (line[:60] in covered and line[-60:] in covered)


def _squeeze(text: str) -> str:
    return _BLANK.sub("", text)


def _passages(sections: list[Section]) -> list[Passage]:
    return [
        Passage(
            index,
            section.text[span.start : span.end],
            section.span_start + span.start,
            section.span_start + span.end,
        )
        for index, section in enumerate(sections)
        for span in split_passages(section.text)
    ]


def _tables(document: Any, sections: list[Section]) -> list[Table]:
    plain = JOINT.join(section.text for section in sections)
    finder = _Finder(sections)
    starts = [section.span_start for section in sections]
    tables: list[Table] = []
    for number, node in enumerate(document.tables):
        rows = [[(str(cell.content), cell.colspan) for cell in row] for row in node.headers]
        rows += [[(str(cell.content), cell.colspan) for cell in row.cells] for row in node.rows]
        cells = label_cells(rows)
        if not cells:
            continue
        span = finder.find(rows)
        item = sections[bisect_right(starts, span[0]) - 1].item if span else None
        before = plain[max(0, span[0] - _NEAR) : span[0]] if span else ""
        own = " ".join(text for row in rows[:6] for text, _ in row)
        tables.append(
            Table(
                number,
                item,
                scale_of([re.sub(r"\s+", " ", own), before]),
                tuple(cells),
                span[0] if span else None,
                span[1] if span else None,
            )
        )
    return tables


class _Finder:
    """Finds tables in the plain text by their rows, in order, white space aside.

    The parts outside all items come last in the plain text, so they are searched last.
    """

    def __init__(self, sections: list[Section]) -> None:
        plain = JOINT.join(section.text for section in sections)
        items = [section for section in sections if section.item != OTHER_ITEM]
        self._offsets = [place for place, character in enumerate(plain) if not character.isspace()]
        self._squeezed = "".join(plain[place] for place in self._offsets)
        self._items_end = bisect_right(self._offsets, items[-1].span_end) if items else 0
        self._cursor = 0

    def find(self, rows: list[list[tuple[str, int]]]) -> tuple[int, int] | None:
        keys = ["".join("".join(cell.text for cell in join_fragments(row)).split()) for row in rows]
        keys = [key for key in keys if len(key) >= 12 and any(mark.isdigit() for mark in key)]
        total = len(self._squeezed)
        areas = [(self._cursor, self._items_end), (0, self._items_end), (self._items_end, total)]
        for begin, end in areas:
            hits = [self._squeezed.find(key, begin, end) for key in keys[:6]]
            places = [place for place in hits if place >= 0]
            if places:
                return self._span(min(places), keys, end)
        return None

    def _span(self, start: int, keys: list[str], limit: int) -> tuple[int, int]:
        end = start + 1
        for key in keys:
            place = self._squeezed.find(key, start, min(start + 40_000, limit))
            if place >= 0:
                end = max(end, place + len(key))
        if limit == self._items_end:
            self._cursor = end
        return self._offsets[start], self._offsets[end - 1] + 1
