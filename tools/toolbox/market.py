"""Prices and news on file."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from tools.errors import ToolError
from tools.market.prices import get_bars as read_bars
from tools.toolbox.companies import one_company
from tools.toolbox.records import Bar, Bars, News, NewsItem
from tools.toolbox.sources import Sources

MAX_NEWS_CHARACTERS = 1000


def get_bars(
    sources: Sources,
    ticker: str,
    start: date,
    end: date,
    adjusted: bool = False,
    as_of: date | None = None,
    limit: Annotated[int, Field(ge=1, le=400)] = 100,
) -> Bars:
    """Read daily prices of a ticker from one day to another, both included.

    Each bar says what its prices are corrected for: `adjustment` is "none" (as traded), "splits"
    or "total" (splits and dividends). A day without trading has no bar.

    Args:
        ticker: The ticker, such as "AAPL".
        start: First day.
        end: Last day.
        adjusted: Prices corrected for splits and dividends where on file, else as traded.
        as_of: Only what could be known on this day.
        limit: At most so many bars, 400 at most, the earliest kept; `truncated` says if more.
    """
    if end < start:
        raise ToolError(f"{end} is before {start}. Give the earlier day as `start`.")
    wanted = ticker.strip().upper()
    found = read_bars(
        sources.warehouse.connection, wanted, start, end, as_of=as_of, adjusted=adjusted
    )
    bars = tuple(
        Bar(
            bar.ticker, bar.day, bar.open, bar.high, bar.low, bar.close, bar.adjustment,
            bar.volume, bar.currency, bar.source, bar.as_of,
        )
        for bar in found[:limit]
    )  # fmt: skip
    return Bars(bars, len(found) > limit, "" if found else _no_bars(sources, wanted))


def get_news(
    sources: Sources,
    company: str,
    start: date | None = None,
    end: date | None = None,
    as_of: date | None = None,
    limit: Annotated[int, Field(ge=1, le=50)] = 10,
) -> News:
    """Read news on a company, the newest first; texts over 1,000 characters are cut.

    Args:
        company: Ticker, CIK, or a name that fits one company.
        start: First day of publication.
        end: Last day of publication.
        as_of: Only what had been published by this day.
        limit: At most so many items, 50 at most.
    """
    one = one_company(sources, company)
    last = min((day for day in (end, as_of) if day is not None), default=None)
    rows = sources.warehouse.connection.execute(
        "SELECT news_id, published, title, coalesce(text, ''), url, source FROM news "
        "WHERE (cik = ? OR list_contains(?, ticker)) AND (? IS NULL OR published::DATE >= ?) "
        "AND (? IS NULL OR published::DATE <= ?) ORDER BY published DESC, news_id LIMIT ?",
        [one.cik, list(one.tickers), start, start, last, last, limit + 1],
    ).fetchall()
    items = [
        NewsItem(number, published, title, text[:MAX_NEWS_CHARACTERS], url, source)
        for number, published, title, text, url, source in rows[:limit]
    ]
    note = "" if items else f"No news on {one.name} is on file for that time."
    return News(tuple(items), len(rows) > limit, note)


def _no_bars(sources: Sources, ticker: str) -> str:
    [(first, last)] = sources.warehouse.connection.execute(
        "SELECT min(day), max(day) FROM bar WHERE ticker = ?", [ticker]
    ).fetchall()
    if first is None:
        return f"No prices of {ticker} are on file; ingest a file of them."
    return f"Prices of {ticker} on file run from {first} to {last}; none is in that range."
