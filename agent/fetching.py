"""`footnote fetch`: from a public API into the warehouse; a ticker goes in whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

import duckdb
from rich.console import Console

from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SetupError
from tools.market import crypto, finnhub, yahoo
from tools.market.fetched import FetchedBars, FetchError
from tools.market.news import store_articles
from tools.market.news_columns import ReadNews
from tools.market.prices import store_actions, store_bars

_SHOWN = 3
Store = Callable[[duckdb.DuckDBPyConnection], str]
Fetch = Callable[[str], Store]


def last_day(end: datetime | None) -> date:
    """Return the last day asked for; today in UTC without one."""
    return (end or datetime.now(UTC)).date()


def fetching_bars(
    settings: Settings, source: str, exchange: str, start: date, end: date, timeframe: str
) -> Fetch:
    """Return what fetches the bars of a ticker or pair, and then stores them.

    Raises:
        SetupError: There is no such source, or no such range.
    """
    _check_range(start, end)
    if source == "ccxt" and not exchange:
        raise SetupError("--from ccxt: name the exchange, such as --exchange kraken.")
    if source not in ("yfinance", "ccxt"):
        raise SetupError(f"--from {source}: bars come from yfinance or ccxt.")

    def fetch(ticker: str) -> Store:
        now = datetime.now(UTC)
        if source == "ccxt":
            found = crypto.fetch_bars(exchange, ticker, start, end, timeframe=timeframe, now=now)
        else:
            found = yahoo.fetch_bars(
                ticker, start, end, timeframe=timeframe, now=now, cache=settings.cache
            )
        return lambda connection: _store_bars(connection, ticker, found)

    return fetch


def fetching_news(settings: Settings, source: str, start: date, end: date) -> Fetch:
    """Return what fetches the news on a ticker, and then stores it.

    Raises:
        SetupError: There is no such source, or no such range.
    """
    _check_range(start, end)
    if source != "finnhub":
        raise SetupError(f"--from {source}: news comes from finnhub.")
    key = settings.finnhub_key.get_secret_value().strip()

    def fetch(ticker: str) -> Store:
        found = finnhub.fetch_news(key, ticker.upper(), start, end, now=datetime.now(UTC))
        return lambda connection: _store_news(connection, ticker, found)

    return fetch


def _check_range(start: date, end: date) -> None:
    if end < start:
        raise SetupError(f"--end {end} is before --start {start}.")


def fetch_all(settings: Settings, tickers: Sequence[str], fetch: Fetch) -> bool:
    """Fetch and store each; print a line each, and return whether all could be fetched."""
    screen, errors = Console(), Console(stderr=True)
    all_there = True
    for ticker in tickers:
        try:
            store = fetch(ticker)
        except FetchError as error:
            errors.print(f"footnote: {error}", markup=False, highlight=False, soft_wrap=True)
            all_there = False
            continue
        parts = Parts(settings, tell=lambda line: screen.print(line, style="dim"))
        with parts.open_for_writing() as warehouse, warehouse.transaction() as connection:
            said = store(connection)
        screen.print(said, markup=False, highlight=False, soft_wrap=True)
    return all_there


def _store_bars(connection: duckdb.DuckDBPyConnection, ticker: str, found: FetchedBars) -> str:
    store_bars(connection, found.bars)
    store_actions(connection, found.actions)
    if not found.bars:
        return "; ".join([f"{ticker}: no bars in that time", *found.notes])
    days = f"{found.bars[0].day} to {found.bars[-1].day}"
    kinds = {bar.adjustment for bar in found.bars}
    counts = ", ".join(
        f"{sum(bar.adjustment == kind for bar in found.bars)} {_KINDS[kind]}"
        for kind in ("none", "splits", "total")
        if kind in kinds
    )
    said = f"{ticker}: bars from {days}: {counts}"
    if found.actions:
        said += f"; {len(found.actions)} dividends and splits"
    return "; ".join([said, *found.notes])


_KINDS = {
    "none": "as traded",
    "splits": "corrected for splits",
    "total": "corrected for splits and dividends",
}


def _store_news(connection: duckdb.DuckDBPyConnection, ticker: str, found: ReadNews) -> str:
    new = store_articles(connection, found.articles)
    said = f"{ticker}: {new} news items"
    if again := len(found.articles) - new:
        said += f"; {again} were there already"
    if problems := found.problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        said += f"; {len(problems)} left out: {'; '.join(problems[:_SHOWN])}{more}"
    return said
