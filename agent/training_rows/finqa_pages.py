"""FinQA's pages as evidence lines, out of the four shapes in which its files come.

A page is a table with the sentences before and after it. Sentences keep FinQA's own splitting
(a full stop set apart by spaces ends one), so that its gold lines can be found again.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.programs.evidence import EvidenceLine, Row, Sentence
from adapters.programs.numbers import find_numbers

_GOLD_PART = re.compile(r"(?:table|text)_\d+:\s*")
_GOLD_CELL = re.compile(r"the (.+?) is ([^;]*?) ;")
# FinQA's texts have the code of a dash where the dash was.
_DASH = re.compile(r"\$?\s*201[34]\s*%?")


@dataclass(frozen=True)
class Page:
    """What one page of a filing offers as evidence.

    Attributes:
        id: "ADI/2009/page_49.pdf", "" where the file doesn't say.
        lines: Rows and sentences in reading order, as far as known.
        table: The table as printed, first row its header; operations on rows need it.
    """

    id: str
    lines: tuple[EvidenceLine, ...]
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Question:
    """A question of FinQA.

    Attributes:
        id: Its id, "" where there is none.
        text: The question.
        page: Where the answer is.
        program: Gold program, "" where the file has none.
        expression: Gold expression with values in place, "" where the file has none.
        gold: Gold lines in FinQA's wording, by "table_3" or "text_12"; empty where unknown.
        answer: Executed gold answer, as text.
    """

    id: str
    text: str
    page: Page
    program: str
    expression: str
    gold: Mapping[str, str]
    answer: str


def read_questions(path: Path) -> Iterator[Question]:
    """Read `dev.jsonl.gz` or `train_with_context.jsonl.gz`."""
    for record in read_records(path):
        page = _page(record)
        yield Question(
            id=record["id"] or "",
            text=record["question"],
            page=page,
            program=record["program"] or "",
            expression=record.get("expression") or "",
            gold=record.get("gold_inds") or {},
            answer=str(record["exe_ans"]),
        )


def read_records(path: Path) -> list[dict[str, Any]]:
    """Read gzipped JSON lines."""
    text = gzip.decompress(path.read_bytes()).decode("utf-8")
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def page_id(question_id: str) -> str:
    """Return the page of "ADI/2009/page_49.pdf-1"."""
    return question_id.rsplit("-", 1)[0]


def table_rows(table: Sequence[Sequence[str]]) -> list[EvidenceLine]:
    """Return a table's rows, each cell with its column.

    The first row is the header. Where it holds amounts ("cash | $ 2094800") it is a row of its
    own as well, and the amounts are no part of the columns' names.
    """
    if not table:
        return []
    header = table[0]
    amounts = any(find_numbers(cell) for cell in header[1:])
    names = [_without_amounts(cell) if amounts else cell for cell in header]
    rows = list(table) if amounts else list(table[1:])
    lines: list[EvidenceLine] = []
    for row in rows:
        columns = [names[i] if i < len(names) else "" for i in range(1, len(row))]
        cells = ["-" if _is_dash(cell, i, table) else cell for i, cell in enumerate(row)][1:]
        lines.append(Row(row[0], tuple(zip(columns, cells, strict=True))))
    return lines


def _is_dash(cell: str, column: int, table: Sequence[Sequence[str]]) -> bool:
    """Say whether "2014" is a dash: it is, unless its column holds other years."""
    if not _DASH.fullmatch(cell.strip()):
        return False
    others = {row[column].strip() for row in table[1:] if column < len(row)} - {cell.strip()}
    return not any(re.fullmatch(r"(?:19|20)\d\d", other) for other in others)


def _without_amounts(cell: str) -> str:
    for found in reversed(find_numbers(cell)):
        cell = cell[: found.start] + cell[found.end :]
    return " ".join(cell.split())


def split_sentences(text: str) -> list[EvidenceLine]:
    """Split at full stops that stand alone, as FinQA's files do; rows of dots are dropped."""
    found = re.split(r"(?<=\s\.)\s+", text)
    return [Sentence(part.strip()) for part in found if re.search(r"[a-z0-9]", part, re.IGNORECASE)]


def _page(record: Mapping[str, Any]) -> Page:
    name = page_id(record["id"]) if record["id"] else ""
    if record.get("pre_text") is not None:
        before = [Sentence(text) for text in record["pre_text"] if len(text) > 1]
        after = [Sentence(text) for text in record["post_text"] if len(text) > 1]
        return Page(name, (*before, *table_rows(record["table"]), *after), _frozen(record["table"]))
    kind = record.get("context_kind")
    if kind == "gold_evidence_only":
        return Page(name, tuple(_gold_lines(record["context"])))
    if kind == "full_flat":
        return _flat_page(name, record["context"])
    return _piped_page(name, record["context"])


def _flat_page(name: str, context: str) -> Page:
    """Read "Pre-text:", "Table:" and "Post-text:" parts, one sentence or row a line."""
    part, table = "", list[list[str]]()
    sentences: dict[str, list[EvidenceLine]] = {"Pre-text:": [], "Post-text:": []}
    for line in context.split("\n"):
        if line in ("Pre-text:", "Table:", "Post-text:"):
            part = line
        elif line.strip() and part == "Table:":
            table.append([cell.strip() for cell in line.split("|")])
        elif len(line.strip()) > 1:
            sentences.setdefault(part, []).append(Sentence(line.strip()))
    before = [*sentences.pop("", []), *sentences["Pre-text:"]]
    return Page(name, (*before, *table_rows(table), *sentences["Post-text:"]), _frozen(table))


def _piped_page(name: str, context: str) -> Page:
    """Read running text with the table's rows as "|a|b|" lines."""
    lines: list[EvidenceLine] = []
    table: list[list[str]] = []
    whole: list[list[str]] = []
    for line in [*context.split("\n"), ""]:
        if line.startswith("|"):
            table.append([cell.strip() for cell in line.strip().removeprefix("|")[:-1].split("|")])
            continue
        lines += table_rows(table)
        whole, table = whole or table, []
        lines += split_sentences(line)
    return Page(name, tuple(lines), _frozen(whole))


def _gold_lines(context: str) -> Iterator[EvidenceLine]:
    """Read gold evidence in FinQA's wording: "the LABEL of COLUMN is CELL ;" and sentences."""
    for part in _GOLD_PART.split(context):
        cells = _GOLD_CELL.findall(part)
        if cells and all(" of " in name for name, _ in cells):
            label = _shared_label([name for name, _ in cells])
            yield Row(label, tuple((name[len(label) + 4 :], cell) for name, cell in cells))
        elif part.strip():
            yield Sentence(part.strip())


def _shared_label(names: Sequence[str]) -> str:
    """Return what comes before the last " of " up to which all names of a row are alike."""
    parts = names[0].split(" of ")
    for count in range(len(parts) - 1, 1, -1):
        label = " of ".join(parts[:count])
        if all(name.startswith(f"{label} of ") for name in names):
            return label
    return parts[0]


def _frozen(table: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in table)
