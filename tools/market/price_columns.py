"""Reads tables of prices whatever their columns are called: rows to bars, dividends and splits.

Knows the headings of Yahoo, Stooq, Alpha Vantage, Nasdaq and Tiingo. A row that makes no sense is
left out and named with its line; the others stay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from tools.market.moments import read_moment, refuse_days_first
from tools.market.prices import Action, Adjustment, Bar

Row = Mapping[str, Any]

_NAMES: dict[str, tuple[str, ...]] = {
    "when": ("date", "datetime", "timestamp", "day", "opentime", "time"),
    "open": ("open", "openprice"),
    "high": ("high", "highprice"),
    "low": ("low", "lowprice"),
    "close": ("close", "closelast", "closeprice", "last"),
    "volume": ("volume", "vol"),
    "adjusted_open": ("adjopen", "adjustedopen"),
    "adjusted_high": ("adjhigh", "adjustedhigh"),
    "adjusted_low": ("adjlow", "adjustedlow"),
    "adjusted_close": ("adjclose", "adjustedclose"),
    "adjusted_volume": ("adjvolume", "adjustedvolume"),
    "dividend": ("dividend", "dividends", "dividendamount", "divcash"),
    "split": ("split", "splits", "stocksplits", "splitcoefficient", "splitfactor"),
    "ticker": ("ticker", "symbol"),
    "currency": ("currency",),
    "as_of": ("asof", "fetched"),
}
_YAHOO = ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"]
_NOTHING = frozenset(["", "null", "none", "nan", "n/a", "na", "-"])
_PLACES = Decimal(1).scaleb(-10)  # what is stored; farther digits are noise of binary fractions
_MINUTE_NAMES = {1: "1m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 240: "4h", 1440: "1d"}


@dataclass(slots=True)
class Read:
    """What a table gave; `problems` name rows that were left out, with their lines."""

    bars: list[Bar] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class _BadRowError(Exception):
    pass


def find_columns(headings: Iterable[str]) -> dict[str, str]:
    """Return the heading of each thing we know, such as `close`; the first spelling wins."""
    plain = {re.sub(r"^\d+\.|[^a-z]", "", name.lower()): name for name in reversed([*headings])}
    found = {
        what: next((plain[name] for name in names if name in plain), "")
        for what, names in _NAMES.items()
    }
    return {what: heading for what, heading in found.items() if heading}


def holds_prices(headings: Iterable[str]) -> bool:
    """Say whether a table has a time and a closing price."""
    found = find_columns(headings)
    return "when" in found and ("close" in found or "adjusted_close" in found)


def read_rows(
    headings: Sequence[str],
    rows: Sequence[tuple[int, Row]],
    *,
    ticker: str | None,
    source: str,
    fetched: date,
) -> Read:
    """Make bars of rows, each given with its line.

    Args:
        headings: Of the columns, in their order.
        rows: Line number and values by heading.
        ticker: Of rows that name none.
        source: Where the table came from.
        fetched: As of when it holds, unless a row says.

    Raises:
        SetupError: Days come before months, which can't be told apart in every row.
    """
    columns = find_columns(headings)
    when = columns.get("when", "")
    refuse_days_first((f"line {line}", row.get(when)) for line, row in rows)
    as_traded = _adjustment(headings)
    read = Read()
    seen: set[tuple[str, datetime]] = set()
    for line, row in rows:
        try:
            values = {what: row.get(heading) for what, heading in columns.items()}
            one = _Line(values, ticker, source, fetched, as_traded)
            if (one.ticker, one.opened) in seen:
                raise _BadRowError(f"{one.opened} is there twice")
            seen.add((one.ticker, one.opened))
            read.bars += one.bars()
            read.actions += one.actions()
        except _BadRowError as problem:
            read.problems.append(f"line {line}: {problem}")
    read.bars = _with_timeframe(read.bars)
    return read


def _adjustment(headings: Sequence[str]) -> Adjustment:
    """Say what the plain columns are corrected for, known by the spelling of the headings.

    yfinance's own tables name `Stock Splits`; without `Adj Close` all of it is adjusted.
    """
    if [*headings] == _YAHOO or {"Stock Splits", "Adj Close"} <= {*headings}:
        return "splits"
    return "total" if {"Dividends", "Stock Splits"} <= {*headings} else "none"


class _Line:
    """One row: a time with its prices."""

    def __init__(
        self,
        values: Mapping[str, Any],
        ticker: str | None,
        source: str,
        fetched: date,
        as_traded: Adjustment,
    ) -> None:
        self._values = values
        self._source, self._as_traded = source, as_traded
        self.ticker = str(values.get("ticker") or ticker or "").strip().upper()
        if not self.ticker:
            raise _BadRowError("no ticker")
        self.opened = _moment(values.get("when"))
        self._as_of = _moment(values["as_of"]).date() if values.get("as_of") else fetched

    def bars(self) -> list[Bar]:
        """Return the bar as the row's prices go and, where there is one, the adjusted one."""
        found = [self._bar("", self._as_traded), self._bar("adjusted_", "total")]
        bars = [bar for bar in found if bar is not None]
        if not bars:
            raise _BadRowError("no closing price")
        return bars

    def _bar(self, prefix: str, adjustment: Adjustment) -> Bar | None:
        names = ("open", "high", "low", "close", "volume")
        prices = {name: _number(self._values.get(prefix + name), name) for name in names}
        close, high, low = prices["close"], prices["high"], prices["low"]
        if close is None:
            return None
        if high is not None and low is not None and high < low:
            raise _BadRowError(f"high {high:f} is below low {low:f}")
        return Bar(
            ticker=self.ticker,
            timeframe="1d",
            opened=self.opened,
            day=self.opened.date(),
            adjustment=adjustment,
            open=prices["open"],
            high=high,
            low=low,
            close=close,
            volume=prices["volume"],
            currency=str(self._values.get("currency") or "").strip().upper() or None,
            source=self._source,
            as_of=self._as_of,
        )

    def actions(self) -> list[Action]:
        """Return the row's dividend and split; a split of 0 or 1 is none."""
        day = self.opened.date()
        dividend = _number(self._values.get("dividend"), "dividend")
        split = _number(self._values.get("split"), "split")
        found = []
        if dividend:
            basis: Adjustment = "none" if self._as_traded == "none" else "splits"
            found.append(
                Action(self.ticker, day, "dividend", dividend, self._source, self._as_of, basis)
            )
        if split and split != 1:
            found.append(Action(self.ticker, day, "split", split, self._source, self._as_of))
        return found


def _number(value: Any, name: str) -> Decimal | None:
    text = str(value if value is not None else "").strip().lstrip("$").replace(",", "")
    if text.lower() in _NOTHING:
        return None
    try:
        number = Decimal(text)
        if not number.is_finite():
            return None
        number = number.quantize(_PLACES) if number.adjusted() < 28 else number
    except InvalidOperation:
        raise _BadRowError(f"{name} {text[:30]!r} is not a number") from None
    if number < 0:
        raise _BadRowError(f"{name} {text[:30]} is negative")
    if number.adjusted() >= 28:
        raise _BadRowError(f"{name} {text[:30]} is too large")
    return number


def _moment(value: Any) -> datetime:
    try:
        return read_moment(value)
    except ValueError as problem:
        raise _BadRowError(str(problem)) from None


def _with_timeframe(bars: list[Bar]) -> list[Bar]:
    """Name the stretch of time that most bars are apart, where they have times of day."""
    if all(bar.opened.time() == datetime.min.time() for bar in bars):
        return bars
    times = sorted({bar.opened for bar in bars})
    steps = Counter(after - before for before, after in pairwise(times))
    step = steps.most_common(1)[0][0] if steps else timedelta(days=1)
    minutes = round(step.total_seconds() / 60)
    name = _MINUTE_NAMES.get(minutes, f"{minutes}m")
    return [replace(bar, timeframe=name) for bar in bars]
