"""Ingests files of prices: CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import duckdb

from tools.errors import SetupError
from tools.ingestion.counts import Counts
from tools.ingestion.sources import Document
from tools.market.news_columns import holds_news
from tools.market.price_columns import Read, Row, holds_prices, read_rows
from tools.market.prices import store_actions, store_bars

_SHOWN = 5
_TICKER = re.compile(r"[A-Za-z]{1,5}")
_NO_TICKER = re.compile(
    r"us|d|w|m|daily|prices?|history|historical|ohlcv|bars?|data|stocks?|adjusted|max|news|headlines|articles|[\d-]+",
    re.I,
)
_DELIMITED = (".csv", ".tsv", ".txt")


def accepts(name: str, head: bytes) -> bool:
    """Say whether these are the first bytes of a table with a time and a closing price."""
    if head[:4] == b"PAR1":
        return True
    if name.lower().endswith(_DELIMITED):
        first = head.decode("utf-8", "ignore").split("\n", 1)[0]
        return holds_prices(_split(first))
    return head[:1] in (b"{", b"[") and re.search(rb'"(?:4\. )?close"\s*:', head, re.I) is not None


def prepare(document: Document) -> PreparedPrices:
    """Read a file of prices.

    Raises:
        SetupError: No prices in it, or nothing says of which ticker.
    """
    headings, rows = _table(document)
    if not holds_prices(headings):
        raise SetupError("a table, but without a date and a closing price")
    if holds_news(headings):
        raise SetupError("headlines and prices in one table; make two files of it")
    read = read_rows(
        headings,
        rows,
        ticker=ticker_in_name(document.name),
        source="file",
        fetched=datetime.now(UTC).date(),
    )
    if not read.bars:
        if all(problem.endswith("no ticker") for problem in read.problems):
            raise SetupError(
                "prices, but of what: name the file after its ticker, like AAPL.csv, or add a "
                "column `ticker`"
            )
        raise SetupError(f"no row is a price: {read.problems[0]}")
    return PreparedPrices(document.name, read)


@dataclass(frozen=True, slots=True)
class PreparedPrices:
    """A file of prices, read."""

    name: str
    read: Read

    def store(self, connection: duckdb.DuckDBPyConnection) -> Counts:
        """Write the bars, dividends and splits."""
        store_bars(connection, (replace(bar, file=self.name) for bar in self.read.bars))
        store_actions(connection, self.read.actions)
        tickers = sorted({bar.ticker for bar in self.read.bars})
        return Counts(frozenset(), unreadable=len(self.read.problems), notes=(self._said(tickers),))

    def _said(self, tickers: Sequence[str]) -> str:
        whose = ", ".join(tickers[:_SHOWN]) + (", ..." if len(tickers) > _SHOWN else "")
        said = f"{self.name}: {len(self.read.bars)} bars of {whose}"
        if problems := self.read.problems:
            more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
            said += f"; {len(problems)} rows left out: {'; '.join(problems[:_SHOWN])}{more}"
        return said


def ticker_in_name(name: str) -> str | None:
    """Return the ticker that a file is named after, as in `aapl_us_d.csv`."""
    first, *rest = re.split(r"[._ ]", name.rsplit(".", 1)[0])
    named = _TICKER.fullmatch(first) and not _NO_TICKER.fullmatch(first)
    return first.upper() if named and all(_NO_TICKER.fullmatch(part) for part in rest) else None


def _table(document: Document) -> tuple[list[str], list[tuple[int, Row]]]:
    if document.data[:4] == b"PAR1":
        return _parquet(document.data)
    text = document.data.decode("utf-8-sig", "replace")
    if text.lstrip()[:1] in ("{", "["):
        return _json(text)
    lines = text.splitlines()
    headings = _split(lines[0])
    rows = csv.reader(lines[1:], delimiter=_delimiter(lines[0]))
    return headings, [
        (line, dict(zip(headings, row, strict=False)))
        for line, row in enumerate(rows, start=2)
        if row
    ]


def _delimiter(first_line: str) -> str:
    return max(",;\t", key=first_line.count)


def _split(first_line: str) -> list[str]:
    cells = next(csv.reader([first_line], delimiter=_delimiter(first_line)), [])
    return [cell.strip() for cell in cells]


def _parquet(data: bytes) -> tuple[list[str], list[tuple[int, Row]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError) as error:
        raise SetupError(f"a broken Parquet file ({error})") from error
    return table.column_names, [*enumerate(table.to_pylist(), start=1)]


def _json(text: str) -> tuple[list[str], list[tuple[int, Row]]]:
    try:
        content = json.loads(text, parse_float=str)
    except ValueError as error:
        raise SetupError(f"broken JSON ({error})") from error
    rows: list[tuple[int, Row]] = [*enumerate(_records(content), start=1)]
    if not rows:
        raise SetupError("JSON without a list of prices")
    return [*rows[0][1]], rows


def _records(content: Any) -> list[dict[str, Any]]:
    """Find the rows: a list of objects, objects by date, or either under some key."""
    if isinstance(content, list) and all(isinstance(row, dict) for row in content):
        return content
    if isinstance(content, dict):
        if content and all(isinstance(row, dict) for row in content.values()):
            rows = [{"date": day, **row} for day, row in content.items()]
            if holds_prices(rows[0]):
                return rows
        for value in content.values():
            found = _records(value) if isinstance(value, dict | list) else []
            if found and holds_prices(found[0]):
                return found
    return []
