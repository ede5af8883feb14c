"""Reads tables of news whatever their columns are called.

Knows the names of Finnhub, NewsAPI, Alpha Vantage, Yahoo, Polygon, Tiingo, GDELT and the like. A
row that makes no sense is left out and named; the others stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tools.market.moments import read_moment, refuse_days_first
from tools.market.news import Article

Row = Mapping[str, Any]

_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("title", "headline"),
    "published": (
        "published", "publishedat", "publishedutc", "publisheddate", "publisheddatetime",
        "publicationdate", "publishtime", "providerpublishtime", "timepublished", "pubdate",
        "displaytime", "datetime", "date", "timestamp", "time", "created", "createdat",
    ),
    "text": ("text", "content", "body", "article", "summary", "description", "snippet"),
    "url": ("url", "link", "articleurl", "canonicalurl", "clickthroughurl"),
    "source": ("source", "publisher", "provider", "sourcename", "site"),
    "ticker": (
        "ticker", "tickers", "symbol", "symbols", "related", "relatedtickers", "stocks", "stock",
        "tickersentiment",
    ),
    "cik": ("cik",),
    "as_of": ("asof", "fetched", "fetchedat", "retrieved", "retrievedat", "crawled", "crawldate"),
}  # fmt: skip
_TICKER = re.compile(r"[A-Z0-9^][A-Z0-9.^=/-]{0,14}")
_NAME_KEYS = ("name", "displayname", "title", "ticker", "symbol", "url")
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(slots=True)
class ReadNews:
    """What a table gave; `problems` name rows that were left out, with where they stand."""

    articles: list[Article] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class _BadRowError(Exception):
    pass


def find_columns(headings: Iterable[str]) -> dict[str, list[str]]:
    """Return the headings that may hold each thing we know, the likeliest first."""
    plain = {re.sub(r"[^a-z]", "", name.lower()): name for name in reversed([*headings])}
    return {
        what: [plain[name] for name in names if name in plain] for what, names in _NAMES.items()
    }


def holds_news(headings: Iterable[str]) -> bool:
    """Say whether a table has headlines and times."""
    found = find_columns(headings)
    return bool(found["title"] and found["published"])


def read_rows(
    rows: Sequence[tuple[str, Row]], *, ticker: str | None, source: str, now: datetime,
    fetched: datetime | None = None,
) -> ReadNews:  # fmt: skip
    """Make news items of rows, each given with where it stands, such as `line 3`.

    Args:
        rows: Each with its own names of fields.
        ticker: Of rows that name no company.
        source: Of rows that name no publisher.
        now: UTC; what was published after it is wrong.
        fetched: When the rows were fetched, if they were; else a row's own `as_of`, or the time of
            publication.

    Raises:
        SetupError: Days come before months, which can't be told apart in every row.
    """
    given = [(where, _Fields(row)) for where, row in rows]
    refuse_days_first((where, row.first("published")) for where, row in given)
    read = ReadNews()
    seen = set()
    for where, row in given:
        try:
            article = _article(row, ticker, source, fetched)
            if article.published > now + _CLOCKS_DIFFER:
                raise _BadRowError(f"published in the future, {article.published}")
        except _BadRowError as problem:
            read.problems.append(f"{where}: {problem}")
            continue
        if article not in seen:
            seen.add(article)
            read.articles.append(article)
    return read


class _Fields:
    """One row's values by what they mean."""

    def __init__(self, row: Row) -> None:
        inner = row.get("content")  # Yahoo wraps an item so
        self._row = inner if isinstance(inner, Mapping) and len(row) <= 2 else row
        self._columns = find_columns(self._row)

    def first(self, what: str) -> Any:
        """Return the first value that is not empty, or None."""
        values = (self._row.get(heading) for heading in self._columns[what])
        return next((value for value in values if value not in (None, "", [], {})), None)

    def text(self, what: str) -> str:
        """Return a value in words: a name of an object, the first of a list."""
        value = self.first(what)
        if isinstance(value, list):
            value = value[0]
        if isinstance(value, Mapping):
            value = _name_of(value)
        return str(value if value is not None else "").strip()


def _article(row: _Fields, ticker: str | None, source: str, fetched: datetime | None) -> Article:
    title = row.text("title")
    if not title:
        raise _BadRowError("no headline")
    published = _moment(row.first("published"))
    as_of = fetched or (_moment(row.first("as_of")) if row.first("as_of") else published)
    if as_of < published - _CLOCKS_DIFFER:
        raise _BadRowError(f"fetched {as_of}, before it was published {published}")
    cik = row.text("cik")
    if cik and not cik.isdigit():
        raise _BadRowError(f"cik {cik[:30]!r} is not a number")
    return Article(
        published=published,
        title=title,
        text=row.text("text") or None,
        url=row.text("url") or None,
        source=row.text("source") or source,
        tickers=_tickers(row.first("ticker")) or ((ticker,) if ticker and not cik else ()),
        cik=int(cik) if cik else None,
        as_of=max(as_of, published),
    )


def _moment(value: Any) -> datetime:
    try:
        return read_moment(value)
    except ValueError as problem:
        raise _BadRowError(str(problem)) from None


def _tickers(value: Any) -> tuple[str, ...]:
    """Read `AAPL`, `AAPL,MSFT`, `NASDAQ:AAPL`, `['AAPL']`, or objects that name one each."""
    given = value if isinstance(value, list) else re.split(r"[,;|]", str(value or "").strip("[]"))
    names = (_name_of(one) if isinstance(one, Mapping) else str(one) for one in given)
    found = [name.strip(" '\"$").rpartition(":")[2].strip().upper() for name in names]
    for name in found:
        if name and not _TICKER.fullmatch(name):
            raise _BadRowError(f"{name[:30]!r} is not a ticker")
    return tuple(dict.fromkeys(name for name in found if name))


def _name_of(value: Mapping[str, Any]) -> str:
    plain = {key.lower(): inner for key, inner in value.items()}
    return next((str(plain[key]) for key in _NAME_KEYS if plain.get(key)), "")
