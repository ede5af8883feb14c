"""The three primary statements of a 10-K as printed: lines, year columns, scale, period.

Part of an independent check (see `printed_tables`): the statements are found by their titles and
by lines every such statement has, the years by their headings, the scale by the words near the
title.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import product

from evals.checks.printed_tables import Row, Table

KINDS = ("income", "balance", "cash")
_TITLES = {
    "income": r"statements? of (?:consolidated )?(?:net )?(?:income|operations|earnings)"
    r"|(?:income|earnings|operations) statements?"
    r"|statements? of (?:comprehensive )?income|statements? of consolidated income",
    "balance": r"balance sheets?|statements? of (?:consolidated )?financial (?:position|condition)",
    "cash": r"statements? of (?:consolidated )?cash flows?|cash flows? statements?",
}
_HAS = {
    "income": (r"sales|revenue", r"tax", r"net (?:income|earnings|loss|\(loss)|profit"),
    "balance": (r"assets", r"equity|liabilities|deficit"),
    "cash": (r"operating activities|operations", r"investing activities|financing activities"),
}
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SCALES = {"thousand": Decimal(1000), "million": Decimal(10**6), "billion": Decimal(10**9)}
_MONTHS = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?|july?|aug(?:ust|\.)?"
    r"|sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)"
)
_DAY = re.compile(rf"({_MONTHS})\s+(\d{{1,2}})\s*,?\s*(20\d\d)", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """A year column: the year printed above it, and the grid columns it covers."""

    year: int
    first: int
    last: int


@dataclass(frozen=True)
class Line:
    """A statement line with one printed value a year, and the heading it stands below."""

    label: str
    heading: str
    values: dict[int, Decimal]
    texts: dict[int, str]
    place: int


@dataclass(frozen=True)
class Statement:
    """One primary statement: amounts are as printed; `scale` is what they are printed in."""

    kind: str
    title: str
    scale: Decimal
    share_scale: Decimal
    years: tuple[int, ...]
    lines: tuple[Line, ...]


def find_statements(tables: list[Table]) -> dict[str, Statement]:
    """Find the primary statements; one that is not clearly there is left out.

    A summary among the discussion may look like a statement; the real ones stand together.
    """
    places: dict[str, list[int]] = {kind: [] for kind in KINDS}
    read: dict[tuple[str, int], Statement] = {}
    for place, table in enumerate(tables):
        for kind in KINDS:
            if not _is_statement(kind, table, tables[place + 1 :][:2]):
                continue
            parts = [table, *_continuations(kind, table, tables[place + 1 :])]
            statement = _read(kind, parts)
            if statement is not None:
                read[kind, place] = statement
                places[kind].append(place)
    kinds = [kind for kind in KINDS if places[kind]]
    if not kinds:
        return {}
    nearest = min(product(*(places[kind] for kind in kinds)), key=lambda at: max(at) - min(at))
    return {kind: read[kind, place] for kind, place in zip(kinds, nearest, strict=True)}


def _title(table: Table) -> str:
    tops = " ".join(cell[0] for row in table.rows[:4] for cell in row.cells)
    return f"{table.above[-450:]} {tops[:300]}"


def _is_statement(kind: str, table: Table, following: list[Table]) -> bool:
    title = _title(table).lower()
    if not re.search(_TITLES[kind], title) or len(table.rows) < 12:
        return False
    if re.search(r"parent company|condensed (?:financial|consolidating)|pro forma", title):
        return False
    labels = [row.label.lower() for row in table.rows]
    text = " | ".join(labels)
    if kind == "income":
        near = " | ".join(row.label.lower() for other in following[:1] for row in other.rows)
        return (
            all(re.search(pattern, text) for pattern in _HAS[kind])
            and not re.search(r"total (?:current )?assets|operating activities", text)
            and bool(re.search(r"per (?:\w+ )*share|diluted", f"{text} | {near}"))
        )
    if kind == "balance":
        return bool(re.search(r"total assets|^assets|\| assets", text)) and bool(
            re.search(r"accounts payable|total liabilities|deposits", text)
            or any("liabilities" in other.text().lower() for other in following[:1])
        )
    return bool(re.search(r"depreciation|amortization", text)) and bool(
        re.search(r"operating activities|from operations|operating cash", text)
    )


def _continuations(kind: str, table: Table, following: list[Table]) -> list[Table]:
    """Further tables of the same statement: cut by a page, its columns are repeated or not."""
    ends = {
        "income": r"dilut|per share",
        "balance": r"total liabilities.{0,80}(?:equity|deficit|capital|investment)"
        r"|total equity and liab",
        "cash": r"(?:end|close) of (?:the )?(?:year|period|fiscal)|, end|at end",
    }[kind]
    parts: list[Table] = []
    for other in [table, *following[:2]]:
        if other is not table:
            parts.append(other)
        if any(re.search(ends, row.label.lower()) for row in other.rows):
            return parts
    return []


def _read(kind: str, parts: list[Table]) -> Statement | None:
    columns: list[Column] = []
    lines: list[Line] = []
    for part in parts:
        own, body = _columns(part)
        columns = own or columns
        if not columns:
            return None
        lines += _lines(part.rows[body:], columns, len(lines))
    title = _title(parts[0])
    years = tuple(sorted({column.year for column in columns}, reverse=True))
    scale = _scale(title)
    return Statement(kind, title, scale, _share_scale(title, scale), years, tuple(lines))


def _columns(table: Table) -> tuple[list[Column], int]:
    """Read the year headings; say at which row the lines begin."""
    columns: list[Column] = []
    for place, row in enumerate(table.rows[:9]):
        yearly = [
            Column(int(_YEAR.findall(text)[0]), first, last)
            for text, first, last in row.cells
            if len(set(_YEAR.findall(text))) == 1 and len(text) < 60
        ]
        if columns and not yearly and any(number.value for number in row.numbers):
            return columns, place
        if len(yearly) >= 2 and len(yearly) > len(columns):
            columns = yearly
        elif columns and row.numbers and not yearly:
            return columns, place
    return columns, min(len(table.rows), 9) if not columns else _first_line(table)


def _first_line(table: Table) -> int:
    for place, row in enumerate(table.rows):
        if row.label and row.numbers and not _YEAR.fullmatch(row.numbers[0].text.strip()):
            return place
    return len(table.rows)


def _lines(rows: list[Row], columns: list[Column], offset: int) -> list[Line]:
    lines: list[Line] = []
    heading = ""
    for row in rows:
        if not row.numbers:
            heading = row.label or heading
            continue
        values: dict[int, Decimal] = {}
        texts: dict[int, str] = {}
        for number in row.numbers:
            column = next(
                (one for one in columns if one.first <= number.last and number.first <= one.last),
                None,
            )
            if column is not None and column.year not in values:
                values[column.year], texts[column.year] = number.value, number.text
        if values:
            lines.append(Line(row.label, heading, values, texts, offset + len(lines)))
    return lines


def _scale(title: str) -> Decimal:
    """Scale of the amounts: the first word of the last remark on scale above the columns."""
    remarks = re.findall(r"\([^()]*\b(?:thousand|million|billion)s?\b[^()]*\)", title.lower())
    remarks = remarks or re.findall(
        r"(?:in|dollars in) (?:thousand|million|billion)s?", title.lower()
    )
    if not remarks:
        return Decimal(1)
    found = re.search(r"thousand|million|billion", remarks[-1])
    return _SCALES[found[0]] if found else Decimal(1)


def _share_scale(title: str, scale: Decimal) -> Decimal:
    """Scale of numbers of shares: said, or that of the amounts unless shares are excepted."""
    text = title.lower()
    said = re.search(r"shares[^()]{0,60}?(?:in |reflected in )(thousand|million)", text)
    if said:
        return _SCALES[said[1]]
    excepted = re.sub(r"per[- ]share(?: data| amounts?)?", "", text).partition("except")[2]
    return Decimal(1) if re.search(r"\bshares?\b", excepted.partition(")")[0]) else scale


def own_scale(label: str) -> Decimal | None:
    """The scale that a line or its heading states for itself ('(in thousands)'), if any."""
    found = re.search(r"\((?:in )?(thousand|million|billion|000)", label.lower())
    return _SCALES[found[1].replace("000", "thousand")] if found else None


def year_end(opening: str) -> date | None:
    """Read the fiscal year's last day off the cover page."""
    for pattern in (r"for the (?:fiscal )?year ended:?", r"fiscal year ended:?"):
        for start in re.finditer(pattern, opening, re.IGNORECASE):
            day = _DAY.search(opening[start.end() : start.end() + 60])
            if day:
                month = day[1][:3].title()
                return datetime.strptime(f"{month} {day[2]} {day[3]}", "%b %d %Y").date()
    return None
