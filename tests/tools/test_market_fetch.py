"""The libraries of public APIs, each against a loopback server that speaks its API's formats."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import finnhub as finnhub_library
import pytest
import yfinance
from curl_cffi import requests as curl

from tests.market_server import MarketServer, kraken, redirect_kraken, yahoo_chart
from tools.errors import SetupError
from tools.market import crypto, finnhub, yahoo
from tools.market.fetched import FetchedBars, FetchError, require
from tools.market.news_columns import ReadNews

START, END = date(2024, 1, 2), date(2024, 1, 5)
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
OPENINGS = [1704205800 + 86_400 * day for day in range(4)]  # 9:30 in New York on 2 to 5 January
CHART = "/v8/finance/chart/KTL"


@pytest.fixture
def server() -> Iterator[MarketServer]:
    with MarketServer() as running:
        yield running


@pytest.fixture
def yahoo_server(server: MarketServer) -> Iterator[MarketServer]:
    """Send yfinance's own session, whatever host it asks, to the server."""

    class Redirected(curl.Session):  # type: ignore[type-arg]
        def request(self, method: Any, url: str, *rest: Any, **options: Any) -> Any:
            parts = urlsplit(url)
            address = f"{server.url}{parts.path or '/'}?{parts.query}"
            return super().request(method, address, *rest, **options)

    data = yfinance.data.YfData()
    before = data._session
    data._set_session(Redirected())
    data.cache_get.cache_clear()
    data._cookie = data._crumb = None
    data._set_cookie_strategy("basic")
    server.put("/", "")
    server.put("/v1/test/getcrumb", "crumb.of.letters")
    yield server
    data._set_session(before)
    data.cache_get.cache_clear()
    data._cookie = data._crumb = None


def fetch_yahoo(tmp_path: Path, now: datetime = NOW, timeframe: str = "1d") -> FetchedBars:
    return yahoo.fetch_bars("KTL", START, END, timeframe=timeframe, now=now, cache=tmp_path)


def test_yahoo_prices_are_apart_by_what_they_are_corrected_for(
    yahoo_server: MarketServer, tmp_path: Path
) -> None:
    day = OPENINGS[1]
    events = {
        "dividends": {str(day): {"amount": 0.24, "date": day}},
        "splits": {str(day): {"date": day, "numerator": 2, "denominator": 1, "splitRatio": "2:1"}},
    }
    closes = [185.63999938964844, 184.25, None, 181.18]
    adjusted = [184.73, 183.35000610351562, None, 180.29]
    yahoo_server.put(CHART, yahoo_chart(OPENINGS, closes, adjusted, events=events))
    found = fetch_yahoo(tmp_path)
    assert [(bar.adjustment, bar.day.day, f"{bar.close.normalize():f}") for bar in found.bars] == [
        ("splits", 2, "185.64"), ("total", 2, "184.73"), ("splits", 3, "184.25"),
        ("total", 3, "183.35"), ("splits", 5, "181.18"), ("total", 5, "180.29"),
    ]  # fmt: skip
    first = found.bars[0]
    assert (first.opened, first.timeframe, first.currency) == (datetime(2024, 1, 2), "1d", "USD")
    assert (first.volume, first.source, first.as_of) == (1_600_000_123, "yfinance", NOW.date())
    assert [(one.kind, one.value, one.day.day, one.adjustment) for one in found.actions] == [
        ("dividend", Decimal("0.24"), 3, "splits"),
        ("split", 2, 3, "none"),
    ]
    path, query = yahoo_server.asked[-1]
    assert (path, query["crumb"], query["interval"]) == (CHART, "crumb.of.letters", "1d")
    assert query["period2"] == str(1704517200)  # midnight in New York after the last day


def test_yahoo_bars_within_a_day_are_in_utc(yahoo_server: MarketServer, tmp_path: Path) -> None:
    hours = [OPENINGS[0] + 3600 * n for n in range(3)]
    chart = yahoo_chart(hours, [10.0, 11.0, 12.0], [10.0, 11.0, 12.0])
    about = chart["chart"]["result"][0]["meta"]
    about["tradingPeriods"] = {
        kind: [
            [
                about["currentTradingPeriod"]["regular"]
                | {"start": hours[0], "end": hours[0] + 23_400}
            ]
        ]
        for kind in ("pre", "regular", "post")
    }
    yahoo_server.put(CHART, chart)
    found = fetch_yahoo(tmp_path, timeframe="1h")
    assert [(bar.opened.hour, bar.opened.minute, bar.adjustment) for bar in found.bars] == [
        (14, 30, "splits"), (15, 30, "splits"), (16, 30, "splits")
    ]  # fmt: skip


def test_a_trading_day_that_goes_on_is_left_out(yahoo_server: MarketServer, tmp_path: Path) -> None:
    prices: list[float | None] = [10.0, 11.0, 12.0, 13.0]
    yahoo_server.put(CHART, yahoo_chart(OPENINGS, prices, prices))
    during = datetime(2024, 1, 5, 20, tzinfo=UTC)
    found = fetch_yahoo(tmp_path, during)
    assert [bar.day.day for bar in found.bars if bar.adjustment == "splits"] == [2, 3, 4]
    assert found.notes == ("1 bar left out that is not over yet",)
    assert len(fetch_yahoo(tmp_path, during.replace(hour=21)).bars) == 8


@pytest.mark.parametrize(
    ("status", "content", "said"),
    [
        (429, "Too Many Requests", "too many requests"),
        (404, {"chart": {"result": None, "error": {
            "code": "Not Found", "description": "No data found, symbol may be delisted"}}},
         "KTL"),
        (500, "<html>Oops</html>", "no prices of KTL|can't be reached"),
        (200, {"chart": {"result": [], "error": None}}, "KTL"),
    ],
)  # fmt: skip
def test_what_yahoo_refuses_is_one_line(
    yahoo_server: MarketServer, tmp_path: Path, status: int, content: Any, said: str
) -> None:
    yahoo_server.put(CHART, content, status)
    with pytest.raises(FetchError, match=said) as caught:
        fetch_yahoo(tmp_path)
    assert "\n" not in str(caught.value)


def test_yahoo_without_a_connection(yahoo_server: MarketServer, tmp_path: Path) -> None:
    yahoo_server.__exit__()
    with pytest.raises(FetchError, match="Yahoo can't be reached"):
        fetch_yahoo(tmp_path)


@pytest.fixture
def kraken_server(server: MarketServer, monkeypatch: pytest.MonkeyPatch) -> MarketServer:
    redirect_kraken(server, monkeypatch)
    return server


def candles(first: int, count: int) -> list[list[Any]]:
    """Bars of an hour: time, open, high, low, close, weighted average, volume, trades."""
    return [
        [first + 3600 * n, "42284.0", "42310.1", "42250.7", f"423{n:02}.12345678", "42290.0",
         "0.00000001", 9] for n in range(count)
    ]  # fmt: skip


def fetch_kraken(now: datetime = NOW, **other: Any) -> FetchedBars:
    asked = {"exchange": "kraken", "pair": "BTC/USD", "timeframe": "1h"} | other
    return crypto.fetch_bars(start=START, end=START, now=now, **asked)


def test_bars_of_an_exchange_are_exact_and_come_in_pages(kraken_server: MarketServer) -> None:
    midnight = int(datetime(2024, 1, 2, tzinfo=UTC).timestamp())

    def page(query: dict[str, str]) -> tuple[int, Any]:
        since = int(query["since"])
        rows = [row for row in candles(midnight, 30) if row[0] > since][:10]
        return 200, kraken({"XXBTZUSD": rows, "last": 0})

    kraken_server.routes["/0/public/OHLC"] = page
    found = fetch_kraken()
    assert len(found.bars) == 24
    last = found.bars[-1]
    assert (last.opened, last.day) == (datetime(2024, 1, 2, 23), START)
    assert (last.close, last.high) == (Decimal("42323.12345678"), Decimal("42310.1"))
    assert (last.volume, last.adjustment) == (Decimal("0.00000001"), "none")
    assert (last.ticker, last.timeframe, last.currency) == ("BTC/USD", "1h", "USD")
    assert (last.source, last.as_of, found.notes) == ("ccxt:kraken", NOW.date(), ())


def test_an_exchange_says_what_is_missing(kraken_server: MarketServer) -> None:
    noon = int(datetime(2024, 1, 2, 12, tzinfo=UTC).timestamp())
    kraken_server.put("/0/public/OHLC", kraken({"XXBTZUSD": candles(noon, 4), "last": 0}))
    found = fetch_kraken(datetime(2024, 1, 2, 15, 30, tzinfo=UTC))
    assert [bar.opened.hour for bar in found.bars] == [12, 13, 14]
    assert found.notes == (
        "kraken gave nothing before 2024-01-02 12:00:00",
        "1 bar left out that is not over yet",
    )


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"exchange": "krakn"}, "did you mean kraken"),
        ({"pair": "BTC/USDD"}, "did you mean BTC/USD"),
        ({"timeframe": "7h"}, "use one of 1m"),
    ],
)
def test_unknown_exchanges_pairs_and_timeframes(
    kraken_server: MarketServer, other: dict[str, str], said: str
) -> None:
    with pytest.raises(SetupError, match=said):
        fetch_kraken(**other)


def test_an_exchange_that_fails_is_one_line(kraken_server: MarketServer) -> None:
    kraken_server.put("/0/public/OHLC", {"error": ["EGeneral:Internal error"]})
    with pytest.raises(FetchError, match="kraken"):
        fetch_kraken()
    kraken_server.put("/0/public/AssetPairs", "<html>busy</html>", 503)
    with pytest.raises(FetchError, match="kraken can't be reached or is too busy"):
        fetch_kraken()


@pytest.fixture
def finnhub_server(server: MarketServer, monkeypatch: pytest.MonkeyPatch) -> MarketServer:
    monkeypatch.setattr(finnhub_library.Client, "API_URL", server.url)
    return server


def story(number: int, day: int) -> dict[str, Any]:
    when = int(datetime(2024, 1, day, 15, tzinfo=UTC).timestamp())
    return {
        "category": "company", "datetime": when, "headline": f"Kettle {number}", "id": number,
        "image": "", "related": "KTL", "source": "Wire", "summary": "It rose.",
        "url": f"https://w.example/{number}",
    }  # fmt: skip


def fetch_finnhub(key: str = "sesame") -> ReadNews:
    return finnhub.fetch_news(key, "KTL", START, END, now=NOW, pause_seconds=0)


def test_news_that_finnhub_cuts_off_is_asked_for_again(finnhub_server: MarketServer) -> None:
    stories = [story(number, 5 - number // 2) for number in range(7)]

    def page(query: dict[str, str]) -> tuple[int, Any]:
        last = date.fromisoformat(query["to"]).day
        return 200, [one for one in stories if one["id"] >= 2 * (5 - last)][:3]

    finnhub_server.routes["/company-news"] = page
    found = fetch_finnhub()
    assert [item.title for item in found.articles] == [f"Kettle {n}" for n in range(7)]
    first = found.articles[0]
    assert (first.published, first.as_of) == (datetime(2024, 1, 5, 15), datetime(2026, 5, 4, 12))
    assert (first.source, first.tickers, first.text) == ("Wire", ("KTL",), "It rose.")
    _, query = finnhub_server.asked[0]
    assert query == {"symbol": "KTL", "from": "2024-01-02", "to": "2024-01-05", "token": "sesame"}


@pytest.mark.parametrize(
    ("status", "content", "error", "said"),
    [
        (401, {"error": "Invalid API key"}, SetupError, "FOOTNOTE_FINNHUB_KEY"),
        (429, {"error": "API limit reached."}, FetchError, "API limit reached.*wait"),
        (403, {"error": "You don't have access to this resource."}, FetchError, "403"),
        (200, "<html>hello</html>", FetchError, "another kind"),
        (200, {"error": "?"}, FetchError, "no list"),
    ],
)
def test_what_finnhub_refuses_is_one_line(
    finnhub_server: MarketServer, status: int, content: Any, error: type[Exception], said: str
) -> None:
    finnhub_server.put("/company-news", content, status)
    with pytest.raises(error, match=said):
        fetch_finnhub()


def test_finnhub_without_a_connection_does_not_tell_the_key(finnhub_server: MarketServer) -> None:
    finnhub_server.__exit__()
    with pytest.raises(FetchError, match="Finnhub can't be reached") as caught:
        fetch_finnhub()
    assert "sesame" not in str(caught.value)


def test_finnhub_wants_a_key() -> None:
    with pytest.raises(SetupError, match="FOOTNOTE_FINNHUB_KEY"):
        fetch_finnhub(key="")


def test_a_library_that_is_missing_is_named() -> None:
    with pytest.raises(SetupError, match=r"pip install 'footnote\[market\]'"):
        require("no_such_module_here", "yfinance", "market")
