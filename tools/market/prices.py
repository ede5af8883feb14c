"""Price bars on file, one series at a time: of one source and one adjustment, never mixed.

`adjustment` says what a price was corrected for: 'none' (as traded), 'splits', or 'total' (splits
and dividends). A corrected price depends on what happened up to the day it was fetched, so
corrected prices come from one fetch alone and are hidden as of an earlier day. A price as traded
was known on its own day, whenever it was fetched.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import duckdb
import pyarrow as pa

from tools.warehouse import run_with_rows

Adjustment = Literal["none", "splits", "total"]
ActionKind = Literal["dividend", "split"]

_PREFERRED: dict[bool, tuple[str, ...]] = {False: ("none", "splits"), True: ("total", "splits")}
_MONEY = pa.decimal128(38, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """Prices and volume of one stretch of time.

    Attributes:
        ticker: As the source writes it, in capitals; `BTC/USD` for a pair.
        timeframe: `1d`, `1h`, ...
        opened: When it began, UTC; midnight for a daily bar.
        day: The trading day.
        adjustment: What its prices are corrected for.
        open: First price; None where the source has none, as for adjusted closes alone.
        high: Highest price.
        low: Lowest price.
        close: Last price.
        volume: Shares, or coins.
        currency: As the source writes it: `USD`; Yahoo's `GBp` is pence.
        source: Where it came from: `file`, `yfinance`, `ccxt:kraken`.
        as_of: When it was fetched, or the day the file says.
        file: The file it was read from; None for one that was fetched.
    """

    ticker: str
    timeframe: str
    opened: datetime
    day: date
    adjustment: Adjustment
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal
    volume: Decimal | None
    currency: str | None
    source: str
    as_of: date
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A dividend (money a share) or a split (new shares for one old).

    A dividend is as paid where `adjustment` is 'none', and 'splits' where the source has divided it
    by the splits from its day to `as_of`.
    """

    ticker: str
    day: date
    kind: ActionKind
    value: Decimal
    source: str
    as_of: date
    adjustment: Adjustment = "none"


BAR_SCHEMA = pa.schema(
    [
        ("ticker", pa.string()),
        ("timeframe", pa.string()),
        ("opened", pa.timestamp("us")),
        ("day", pa.date32()),
        ("adjustment", pa.string()),
        ("open", _MONEY),
        ("high", _MONEY),
        ("low", _MONEY),
        ("close", _MONEY),
        ("volume", _MONEY),
        ("currency", pa.string()),
        ("source", pa.string()),
        ("as_of", pa.date32()),
        ("file", pa.string()),
    ]
)
_ACTION_SCHEMA = pa.schema(
    [
        ("ticker", pa.string()),
        ("day", pa.date32()),
        ("kind", pa.string()),
        ("value", _MONEY),
        ("source", pa.string()),
        ("as_of", pa.date32()),
        ("adjustment", pa.string()),
    ]
)


def store_bars(connection: duckdb.DuckDBPyConnection, bars: Iterable[Bar]) -> int:
    """Store bars; one of the same series, time and fetch is replaced. Return how many came."""
    return _store(connection, "bar", BAR_SCHEMA, bars)


def store_actions(connection: duckdb.DuckDBPyConnection, actions: Iterable[Action]) -> int:
    """Store dividends and splits, as `store_bars` does."""
    return _store(connection, "corporate_action", _ACTION_SCHEMA, actions)


def _store(
    connection: duckdb.DuckDBPyConnection, table: str, schema: pa.Schema, items: Iterable[Any]
) -> int:
    rows = [{name: getattr(item, name) for name in schema.names} for item in items]
    if rows:
        names = ", ".join(schema.names)
        sql = f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM incoming_rows"
        run_with_rows(connection, pa.Table.from_pylist(rows, schema=schema), sql)
    return len(rows)


def get_bars(
    connection: duckdb.DuckDBPyConnection,
    ticker: str,
    start: date,
    end: date,
    *,
    as_of: date | None = None,
    adjusted: bool = False,
    timeframe: str = "1d",
    source: str | None = None,
) -> list[Bar]:
    """Return one series of bars from one day to another, both included, in order of time.

    Args:
        connection: To the warehouse.
        ticker: In any case.
        start: First day.
        end: Last day.
        as_of: As could be known on this day; now when `None`.
        adjusted: Prices corrected for splits and dividends, or else for splits; otherwise prices as
            traded, or else corrected for splits. Every bar says which it is.
        timeframe: `1d`, `1h`, ...
        source: Of this source; of several the one with the most bars when `None`.
    """
    limits = {
        "ticker": ticker.strip().upper(),
        "timeframe": timeframe,
        "start": start,
        "end": min(end, as_of) if as_of else end,
        "as_of": as_of or date.max,
        "source": source,
    }
    series = _choose(connection, limits, adjusted)
    if series is None:
        return []
    rows = connection.execute(
        f"SELECT {', '.join(BAR_SCHEMA.names)} FROM bar WHERE {_WHERE} "
        "AND adjustment = $adjustment AND source = $chosen "
        "AND ($fetched IS NULL OR as_of = $fetched) "
        "QUALIFY row_number() OVER (PARTITION BY opened ORDER BY as_of DESC) = 1 ORDER BY opened",
        limits | series,
    ).fetchall()
    return [Bar(*row) for row in rows]


_WHERE = (
    "ticker = $ticker AND timeframe = $timeframe AND day BETWEEN $start AND $end "
    "AND (adjustment = 'none' OR as_of <= $as_of) AND ($source IS NULL OR source = $source)"
)


def _choose(
    connection: duckdb.DuckDBPyConnection, limits: dict[str, Any], adjusted: bool
) -> dict[str, Any] | None:
    """Choose adjustment and source and, for corrected prices, the fetch with the most bars."""
    rows = connection.execute(
        "SELECT adjustment, source, CASE WHEN adjustment <> 'none' THEN as_of END AS fetched, "
        f"count(DISTINCT opened) AS bars FROM bar WHERE {_WHERE} "
        "GROUP BY ALL ORDER BY bars DESC, fetched DESC, source",
        limits,
    ).fetchall()
    for wanted in _PREFERRED[adjusted]:
        for adjustment, source, fetched, _ in rows:
            if adjustment == wanted:
                return {"adjustment": adjustment, "chosen": source, "fetched": fetched}
    return None


def get_actions(
    connection: duckdb.DuckDBPyConnection,
    ticker: str,
    start: date,
    end: date,
    *,
    as_of: date | None = None,
) -> list[Action]:
    """Return dividends and splits from one day to another, as last fetched, in order of time."""
    rows = connection.execute(
        f"SELECT {', '.join(_ACTION_SCHEMA.names)} FROM corporate_action "
        "WHERE ticker = ? AND day BETWEEN ? AND ? QUALIFY row_number() OVER "
        "(PARTITION BY day, kind ORDER BY as_of DESC, source) = 1 ORDER BY day, kind",
        [ticker.strip().upper(), start, min(end, as_of) if as_of else end],
    ).fetchall()
    return [Action(*row) for row in rows]
