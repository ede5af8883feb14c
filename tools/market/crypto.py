"""Prices of an exchange's pairs, through ccxt: as traded, in UTC.

A number is the exchange's own text; where it sends JSON numbers, the shortest decimal of the float.
ccxt keeps to each exchange's rate limit.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tools.errors import SetupError
from tools.market.fetched import FetchedBars, FetchError, require, to_decimal
from tools.market.prices import Bar


def fetch_bars(
    exchange: str, pair: str, start: date, end: date, *, timeframe: str = "1d", now: datetime
) -> FetchedBars:
    """Fetch a pair's bars from one day (UTC) to another, both included.

    Args:
        exchange: As ccxt names it: `kraken`.
        pair: `BTC/USD`.
        start: First day.
        end: Last day.
        timeframe: `1h`, `1d`, ... of those that the exchange has.
        now: UTC, with its zone; a bar that is not over by then is left out.

    Raises:
        SetupError: ccxt is not installed, or has no such exchange, pair or timeframe.
        FetchError: The exchange can't be reached or refuses.
    """
    ccxt = require("ccxt", "ccxt", "market")
    if exchange not in ccxt.exchanges:
        raise SetupError(f"There is no exchange {exchange!r}{_like(exchange, ccxt.exchanges)}.")
    client = getattr(ccxt, exchange)({"enableRateLimit": True})
    if not client.has.get("fetchOHLCV"):
        raise SetupError(f"{exchange} gives no bars.")
    if timeframe not in (client.timeframes or {}):
        held = ", ".join(client.timeframes or {})
        raise SetupError(f"{exchange} has no timeframe {timeframe!r}: use one of {held}.")
    first, last = _milliseconds(start), _milliseconds(end + timedelta(days=1))
    try:
        client.load_markets()
        if pair not in client.markets:
            raise SetupError(f"{exchange} has no pair {pair!r}{_like(pair, client.symbols)}.")
        currency = client.market(pair)["quote"]
        client.number = str  # what the exchange wrote, instead of a float
        candles = _pages(client, pair, timeframe, first, min(last, int(now.timestamp() * 1000)))
    except ccxt.NetworkError as error:
        reason = type(error.__cause__ or error).__name__
        raise FetchError(f"{exchange} can't be reached or is too busy ({reason})") from error
    except ccxt.BaseError as error:
        reason = next(iter(str(error).splitlines()), "")[:200] or type(error).__name__
        raise FetchError(f"{exchange} refuses: {reason}") from error
    step = _step(client, timeframe)
    over = [one for one in candles if one[0] + step <= now.timestamp() * 1000]
    bars = [*_bars(over, exchange, pair, timeframe, currency, now.date())]
    notes = _notes(bars, first, min(last, int(now.timestamp() * 1000)), step, exchange)
    if len(over) < len(candles):
        notes.append(f"{len(candles) - len(over)} bar left out that is not over yet")
    if len(bars) < len(over):
        notes.append(f"{len(over) - len(bars)} bars left out that have no closing price")
    return FetchedBars(tuple(bars), (), tuple(notes))


def _like(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=3)
    return f"; did you mean {' or '.join(near)}" if near else ""


def _milliseconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp() * 1000)


def _step(client: Any, timeframe: str) -> int:
    """A bar's length in milliseconds; a month counts as its longest."""
    days = int(timeframe[:-1]) if timeframe.endswith("M") else 0
    return (int(client.parse_timeframe(timeframe)) + days * 86_400) * 1000


def _pages(client: Any, pair: str, timeframe: str, first: int, last: int) -> list[list[Any]]:
    """Ask until the exchange has nothing newer, each time from the newest bar on."""
    found: dict[int, list[Any]] = {}
    since = first
    while since < last:
        page = client.fetch_ohlcv(pair, timeframe, since)
        newer = [candle for candle in page if candle[0] >= since and candle[0] not in found]
        if not newer:
            break
        found |= {candle[0]: candle for candle in newer}
        since = max(found) + 1
    return [found[opened] for opened in sorted(found) if opened < last]


def _bars(
    candles: Iterable[list[Any]], exchange: str, pair: str, timeframe: str, currency: str,
    as_of: date,
) -> Iterable[Bar]:  # fmt: skip
    for opened, *texts in candles:
        first, high, low, close, volume = (
            to_decimal(str(text)) if text is not None else None for text in texts[:5]
        )
        if close is None:
            continue
        when = datetime.fromtimestamp(opened / 1000, UTC).replace(tzinfo=None)
        yield Bar(
            pair.upper(), timeframe, when, when.date(), "none", first, high, low, close, volume,
            currency, f"ccxt:{exchange}", as_of,
        )  # fmt: skip


def _notes(bars: list[Bar], first: int, last: int, step: int, exchange: str) -> list[str]:
    """Say where the bars begin later or end earlier than was asked."""
    if not bars:
        return []
    notes = []
    begun, ended = (
        one.opened.replace(tzinfo=UTC).timestamp() * 1000 for one in (bars[0], bars[-1])
    )
    if begun > first + step:
        notes.append(f"{exchange} gave nothing before {bars[0].opened}")
    if ended < last - 2 * step:
        notes.append(f"{exchange} gave nothing after {bars[-1].opened}")
    return notes
