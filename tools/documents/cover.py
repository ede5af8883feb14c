"""Reads a report's cover page: whose it is, of what form, for what period.

For documents without XBRL and without an EDGAR header. The cover's layout is fixed by the form:
a caption in brackets stands under (before 1996 sometimes beside) what it names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tools.documents.blocks import Block
from tools.documents.column_periods import read_period

_BLOCKS = 60
_FORM = re.compile(
    r"\bform\s+(10-?k(?:405|sb|t)?|10-?q(?:sb|t)?|8-?k|20-?f|40-?f|6-?k|s-?[1348]|f-?[134])"
    r"(?![\w-])\s*(?:(/a)|\(?amendment)?", re.IGNORECASE
)  # fmt: skip
_AMENDED = re.compile(r"^\W*amendment\s+no", re.IGNORECASE)
_EXACT_NAME = re.compile(r"\(?\s*exact\s+name\s+of\s+(?:the\s+)?(?:registrant|issuer|small)", re.I)
_PERIOD = re.compile(
    r"(?:fiscal\s+|transition\s+|quarterly\s+)?(?:year|period|quarter)\s+end(?:ed|ing)"
    r"|date\s+of\s+(?:earliest\s+event|report)", re.IGNORECASE
)  # fmt: skip
_FILE_NUMBER = re.compile(
    r"commission\s+file\s+(?:number|no\.?)s?\s*:?\s*((?:0{0,2}\d{1,3})-\d{3,6}(?:-\d\d)?)", re.I
)
_EMPLOYER = re.compile(r"(?<![\d-])(\d{2}-\d{7})(?![\d-])")
_NO_NAME = re.compile(
    r"securities|commission|washington|form\s+10|annual report|pursuant|fiscal year|^\W*or\W*$|"
    r"mark one|transition|table of contents|united states|file n", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cover:
    """What a cover page says; None where it doesn't."""

    name: str | None
    form: str | None
    period_end: date | None
    file_number: str | None
    employer_number: str | None


def read_cover(blocks: Sequence[Block]) -> Cover:
    """Read the first page of a report."""
    page = [block for block in blocks[:_BLOCKS] if block.text]
    text = "\n".join(block.text for block in page)
    number = _FILE_NUMBER.search(text)
    employer = _EMPLOYER.search(text)
    return Cover(
        _name(page), _form(page), _period_end(text), number[1] if number else None,
        employer[1] if employer else None,
    )  # fmt: skip


def _form(page: Sequence[Block]) -> str | None:
    for place, block in enumerate(page):
        found = _FORM.search(block.text)
        if found:
            following = page[place + 1].text if place + 1 < len(page) else ""
            amended = found[2] or "mendment" in found[0] or _AMENDED.match(following)
            return _dashed(found[1]) + ("/A" if amended else "")
    return None


def _dashed(form: str) -> str:
    return re.sub(r"^(10|8|20|40|6|S|F)-?", r"\1-", form.upper())


def _name(page: Sequence[Block]) -> str | None:
    for place, block in enumerate(page):
        caption = _EXACT_NAME.search(block.text)
        if caption is None:
            continue
        own = block.text[: caption.start()].strip(" \n(_-")
        before = page[place - 1].text if place else ""
        return _clean(own if len(own) > 2 else before)
    numbered = next((p for p, block in enumerate(page) if _FILE_NUMBER.search(block.text)), None)
    if numbered is None:
        return None
    names = [block.text for block in page[numbered + 1 : numbered + 4]]
    return next((_clean(name) for name in names if not _NO_NAME.search(name)), None)


def _clean(text: str) -> str | None:
    lines = [line.strip(" _-") for line in text.split("\n")]
    kept = [line for line in lines if line and not _NO_NAME.search(line)]
    name = re.sub(r"\s+", " ", kept[-1]).strip() if kept else ""
    return name[:150] if re.search(r"[A-Za-z]{2}", name) else None


def _period_end(text: str) -> date | None:
    for found in _PERIOD.finditer(text):
        period = read_period(text[found.end() : found.end() + 60].replace("\n", " "))
        if period is not None:
            return period.end
    return None
