"""Ingests files of news: JSON, JSON lines or CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from tools.errors import SetupError
from tools.ingestion.counts import Counts
from tools.ingestion.prices_reader import ticker_in_name
from tools.ingestion.sources import Document
from tools.market.news import store_articles
from tools.market.news_columns import ReadNews, Row, holds_news, read_rows
from tools.market.price_columns import holds_prices

_SHOWN = 5
_DELIMITED = (".csv", ".tsv", ".txt")
_KEY = re.compile(rb'"([A-Za-z_]{3,24})"\s*:')
_BROKEN = "broken JSON"


def accepts(name: str, head: bytes) -> bool:
    """Say whether these are the first bytes of headlines with times, without prices."""
    if head[:1] in (b"{", b"["):
        names = [key.decode() for key in _KEY.findall(head)]
    elif name.lower().endswith(_DELIMITED):
        first = head.decode("utf-8", "ignore").split("\n", 1)[0]
        names = next(csv.reader([first], delimiter=_delimiter(first)), [])
    else:
        return False
    return holds_news(names) and not holds_prices(names)


def prepare(document: Document) -> PreparedNews:
    """Read a file of news.

    Raises:
        SetupError: No news in it.
    """
    text = document.data.decode("utf-8-sig", "replace")
    table = _json(text) if text.lstrip()[:1] in ("{", "[") else _delimited(text)
    rows = [(where, row) for where, row in table if isinstance(row, dict)]
    broken = [f"{where}: {row}" for where, row in table if not isinstance(row, dict)]
    now = datetime.now(UTC).replace(tzinfo=None)
    read = read_rows(rows, ticker=ticker_in_name(document.name), source="file", now=now)
    read.problems += broken
    if not read.articles:
        raise SetupError(f"no row is news: {(read.problems or ['there is none'])[0]}")
    return PreparedNews(document.name, len(table), read)


@dataclass(frozen=True, slots=True)
class PreparedNews:
    """A file of news, read."""

    name: str
    rows: int
    read: ReadNews

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write the news that is not on file already."""
        new = store_articles(connection, self.read.articles)
        return Counts(frozenset(), unreadable=len(self.read.problems), notes=(self._said(new),))

    def _said(self, new: int) -> str:
        articles, problems = self.read.articles, self.read.problems
        said = f"{self.name}: {new} news items"
        if again := self.rows - len(problems) - new:
            said += f"; {again} were there already"
        if unnamed := sum(not one.tickers and one.cik is None for one in articles):
            said += f"; {unnamed} name no company"
        if problems:
            more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
            said += f"; {len(problems)} rows left out: {'; '.join(problems[:_SHOWN])}{more}"
        return said


def _delimiter(first_line: str) -> str:
    return max(",;\t", key=first_line.count)


def _delimited(text: str) -> list[tuple[str, Row | str]]:
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # an article may be long
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text.split("\n", 1)[0]))
    headings = [heading.strip() for heading in next(reader)]
    rows: list[tuple[str, Row | str]] = []
    line = reader.line_num + 1
    try:
        for cells in reader:
            if cells:
                rows.append((f"line {line}", _row(headings, cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise SetupError(f"line {line}: {error}") from error
    return rows


def _row(headings: list[str], cells: list[str]) -> Row | str:
    if len(cells) > len(headings):
        return f"{len(cells)} cells under {len(headings)} headings"
    return dict(zip(headings, cells, strict=False))


def _json(text: str) -> list[tuple[str, Row | str]]:
    try:
        content = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as error:
        if rows := _json_lines(text):
            return rows
        raise SetupError(f"{_BROKEN} ({error})") from error
    found = next(_lists(content), [content] if isinstance(content, dict) else [])
    return [
        (f"item {n}", row if isinstance(row, dict) else "not an object")
        for n, row in enumerate(found, start=1)
    ]


def _json_lines(text: str) -> list[tuple[str, Row | str]]:
    """Read a JSON object a line; nothing where not even the first line is one."""
    rows: list[tuple[str, Row | str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_float=str)
        except (ValueError, RecursionError):
            row = None
        if not rows and not isinstance(row, dict):
            return []
        rows.append((f"line {number}", row if isinstance(row, dict) else _BROKEN))
    return rows


def _lists(content: Any) -> Iterator[list[Any]]:
    """Find the lists of news: the whole, or what lies under some key."""
    if isinstance(content, list):
        if any(isinstance(row, dict) for row in content):
            yield content
    elif isinstance(content, dict) and not holds_news(content):
        for value in content.values():
            yield from _lists(value)
