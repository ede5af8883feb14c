"""One bar out of a series: the last, the first, the one of the highest or lowest price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

import duckdb

from tools.market.prices import Bar, get_bars

Field = Literal["open", "high", "low", "close", "volume"]
Which = Literal["last", "first", "highest", "lowest"]
# So many days without a bar are holidays; more, and the series does not reach the day.
LONGEST_PAUSE = timedelta(days=7)
QUOTE_SQL = (
    "SELECT {field} AS value FROM bar WHERE ticker = ? AND timeframe = '1d' AND opened = ? "
    "AND adjustment = ? AND source = ? AND as_of = ?"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """One price or volume of a bar; `sql` with `params` gives it again.

    Attributes:
        bars: Of how many bars it was chosen.
    """

    bar: Bar
    field: Field
    value: Decimal
    bars: int = 1

    @property
    def sql(self) -> str:
        """The query that finds it on the locked connection."""
        return QUOTE_SQL.format(field=self.field)

    @property
    def params(self) -> list[Any]:
        """The query's parameters, as JSON values."""
        bar = self.bar
        return [
            bar.ticker, bar.opened.isoformat(sep=" "), bar.adjustment, bar.source,
            bar.as_of.isoformat(),
        ]  # fmt: skip

    @property
    def basis(self) -> date:
        """The day on whose share count the price stands."""
        return self.bar.day if self.bar.adjustment == "none" else self.bar.as_of


@dataclass(frozen=True, slots=True)
class Held:
    """From when to when daily prices of a ticker are on file."""

    ticker: str
    first: date
    last: date


def held_prices(
    connection: duckdb.DuckDBPyConnection, tickers: Sequence[str], as_of: date | None = None
) -> Held | None:
    """Return the first of the tickers that has daily prices on file, not of dividends' kind.

    Prices corrected for dividends are no prices that anyone paid, and are left out.
    """
    for ticker in tickers:
        [(first, last)] = connection.execute(
            "SELECT min(day), max(day) FROM bar WHERE ticker = ? AND timeframe = '1d' "
            "AND adjustment <> 'total' AND (? IS NULL OR (day <= ? AND (adjustment = 'none' "
            "OR as_of <= ?)))",
            [ticker.upper(), as_of, as_of, as_of],
        ).fetchall()
        if first is not None:
            return Held(ticker.upper(), first, last)
    return None


def read_series(
    connection: duckdb.DuckDBPyConnection,
    ticker: str,
    first: date,
    last: date,
    as_of: date | None = None,
) -> list[Bar]:
    """Return one series of daily bars, as traded or else corrected for splits."""
    return get_bars(connection, ticker, first, last, as_of=as_of)


def choose(bars: Sequence[Bar], which: Which, field: Field) -> Quote | None:
    """Choose a bar by its place or its price; None where no bar has that field."""
    fit = [(getattr(bar, field), bar) for bar in bars if getattr(bar, field) is not None]
    if not fit:
        return None
    if which == "first":
        value, bar = fit[0]
    elif which == "last":
        value, bar = fit[-1]
    else:
        best = max if which == "highest" else min
        value = best(value for value, _ in fit)
        bar = next(bar for one, bar in fit if one == value)
    return Quote(bar, field, value, len(fit))
