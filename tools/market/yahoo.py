"""Prices from Yahoo Finance, through yfinance.

Yahoo corrects its prices, volumes and dividends for splits, up to the day they are fetched; beside
them stands a close corrected for dividends, too. So a bar is of adjustment 'splits', and its
adjusted close a bar of 'total'; prices as traded are not to be had here. Yahoo computes in 32-bit
floats, which JSON and pandas widen: a price is read back as the shortest decimal with that 32-bit
value (185.64, not 185.63999938964844), and as the float's repr where it is no such value.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tools.errors import SetupError
from tools.market.fetched import FetchedBars, FetchError, require, to_decimal
from tools.market.prices import Action, Adjustment, Bar

SOURCE = "yfinance"
_MINUTES = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "1d": 1440}


def fetch_bars(
    ticker: str, start: date, end: date, *, timeframe: str = "1d", now: datetime, cache: Path
) -> FetchedBars:
    """Fetch a ticker's bars from one day to another, both included.

    Args:
        ticker: As Yahoo writes it: `BRK-B`, `SAP.DE`, `^GSPC`.
        start: First day, at the exchange.
        end: Last day.
        timeframe: `1d`, or down to `1m`, of which Yahoo keeps some days only.
        now: UTC, with its zone; a bar that is not over by then is left out.
        cache: Folder where yfinance may keep time zones and its cookie.

    Raises:
        SetupError: yfinance is not installed, or there is no such timeframe.
        FetchError: Yahoo can't be reached, refuses, or has no such ticker.
    """
    yfinance = require("yfinance", "yfinance", "market")
    if timeframe not in _MINUTES:
        raise SetupError(f"Yahoo has no timeframe {timeframe!r}: use one of {', '.join(_MINUTES)}.")
    yfinance.config.debug.hide_exceptions = False
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)  # what goes wrong is raised
    folder = cache / "yfinance"
    folder.mkdir(parents=True, exist_ok=True)
    yfinance.set_tz_cache_location(str(folder))
    asked = yfinance.Ticker(ticker)
    try:
        table = asked.history(
            start=start, end=end + timedelta(days=1), interval=timeframe, auto_adjust=False
        )
        said = asked.get_history_metadata()  # to read all of it would fetch more
        about = {name: said[name] for name in ("currency", "currentTradingPeriod") if name in said}
    except yfinance.exceptions.YFRateLimitError as error:
        raise FetchError("Yahoo refuses: too many requests; wait some minutes") from error
    except yfinance.exceptions.YFPricesMissingError as error:
        reason = str(error).removeprefix(f"${ticker.upper()}: ")
        raise FetchError(f"Yahoo has no prices of {ticker}: {reason}") from error
    except yfinance.exceptions.YFTzMissingError as error:
        raise FetchError(f"Yahoo knows no ticker {ticker}") from error
    except (yfinance.exceptions.YFException, OSError) as error:
        raise FetchError(f"Yahoo can't be reached ({_first_line(error)})") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        reason = f"{type(error).__name__}: {_first_line(error)}"
        raise FetchError(f"Yahoo sent no prices of {ticker} ({reason})") from error
    return convert(ticker, table, about, timeframe=timeframe, now=now)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "")[:200] or type(error).__name__


def convert(
    ticker: str, table: Any, about: dict[str, Any], *, timeframe: str, now: datetime
) -> FetchedBars:
    """Make bars of yfinance's table and what it says about the ticker."""
    bars: list[Bar] = []
    actions: list[Action] = []
    unfinished = empty = 0
    for when, row in table.iterrows():
        actions += _actions(ticker, when.date(), row, now.date())
        if not _is_over(when.to_pydatetime(), timeframe, about, now):
            unfinished += 1
            continue
        found = [*_bars(ticker, when.to_pydatetime(), row, timeframe, about.get("currency"), now)]
        empty += not found
        bars += found
    notes = []
    if unfinished:
        notes.append(f"{unfinished} bar left out that is not over yet")
    if empty:
        notes.append(f"{empty} bars left out that have no closing price")
    return FetchedBars(tuple(bars), tuple(actions), tuple(notes))


def _is_over(when: datetime, timeframe: str, about: dict[str, Any], now: datetime) -> bool:
    """Say whether a bar's time has passed; a trading day is over when its regular hours are."""
    if timeframe != "1d":
        return when + timedelta(minutes=_MINUTES[timeframe]) <= now
    closing = about.get("currentTradingPeriod", {}).get("regular", {}).get("end")
    if closing is not None and closing.date() == when.date():
        return bool(closing <= now)
    return when + timedelta(days=1) <= now


def _bars(
    ticker: str, when: datetime, row: Any, timeframe: str, currency: str | None, now: datetime
) -> Iterator[Bar]:
    """Give the bar, and by days the adjusted close as a bar of its own."""
    opened = when.replace(tzinfo=None)
    if timeframe != "1d":
        opened = when.astimezone(UTC).replace(tzinfo=None)

    def bar(adjustment: Adjustment, prices: list[Decimal | None], volume: Decimal | None) -> Bar:
        close = prices[3]
        assert close is not None
        return Bar(
            ticker.upper(), timeframe, opened, when.date(), adjustment, prices[0], prices[1],
            prices[2], close, volume, currency, SOURCE, now.date(),
        )  # fmt: skip

    prices = [price(row[name]) for name in ("Open", "High", "Low", "Close")]
    if prices[3] is not None:
        yield bar("splits", prices, to_decimal(repr(float(row["Volume"]))))
        adjusted = price(row["Adj Close"])
        if timeframe == "1d" and adjusted is not None:
            yield bar("total", [None, None, None, adjusted], None)


def _actions(ticker: str, day: date, row: Any, as_of: date) -> Iterator[Action]:
    dividend, split = price(row["Dividends"]), to_decimal(repr(float(row["Stock Splits"])))
    if dividend:
        yield Action(ticker.upper(), day, "dividend", dividend, SOURCE, as_of, "splits")
    if split:
        yield Action(ticker.upper(), day, "split", split, SOURCE, as_of)


def price(value: float) -> Decimal | None:
    """Read a price that was a 32-bit float where it can have been one; None for NaN."""
    narrow = np.float32(value)
    return to_decimal(str(narrow) if float(narrow) == value else repr(float(value)))
