"""`footnote fetch` from the command line, against a loopback server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import finnhub
import pytest

from tests.market_server import MarketServer, kraken, redirect_kraken
from tools.warehouse import Warehouse

HOURS = [1704153600, 1704157200]  # the first two hours of 2 January 2024
CANDLES = [[hour, "10", "12", "9.5", "11.25", "11", "3.5", 7] for hour in HOURS]
KRAKEN = ["--from", "ccxt", "--exchange", "kraken", "--timeframe", "1h"]
RANGE = ["--start", "2024-01-02", "--end", "2024-01-02"]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MarketServer]:
    with MarketServer() as running:
        redirect_kraken(running, monkeypatch)
        monkeypatch.setattr(finnhub.Client, "API_URL", running.url)
        yield running


@pytest.fixture
def footnote(home: Path, run_main: Callable[..., Any]) -> Run:
    def run(*words: str) -> tuple[int, str, str]:
        done = run_main(*words, environment={})
        return done.returncode, done.stdout, done.stderr

    return run


def held(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with Warehouse.open(home / "warehouse.duckdb") as warehouse:
        return warehouse.connection.execute(sql).fetchall()


def test_bars_of_an_exchange_go_into_the_warehouse_once(
    footnote: Run, server: MarketServer, home: Path
) -> None:
    server.put("/0/public/OHLC", kraken({"XXBTZUSD": CANDLES, "last": 0}))
    for _ in range(2):
        code, out, err = footnote("fetch", "bars", "BTC/USD", *KRAKEN, *RANGE)
        assert (code, err) == (0, "")
        assert out.splitlines()[-1] == (
            "BTC/USD: bars from 2024-01-02 to 2024-01-02: 2 as traded; "
            "kraken gave nothing after 2024-01-02 01:00:00"
        )
    rows = held(home, "SELECT opened::VARCHAR, close::VARCHAR, source FROM bar ORDER BY 1")
    assert rows == [
        ("2024-01-02 00:00:00", "11.2500000000", "ccxt:kraken"),
        ("2024-01-02 01:00:00", "11.2500000000", "ccxt:kraken"),
    ]


def test_a_source_that_fails_half_way_leaves_nothing_and_exit_code_1(
    footnote: Run, server: MarketServer, home: Path
) -> None:
    pages = iter([(200, kraken({"XXBTZUSD": CANDLES, "last": 0})), (503, "<html>busy</html>")])
    server.routes["/0/public/OHLC"] = lambda _: next(pages)
    code, out, err = footnote("fetch", "bars", "BTC/USD", *KRAKEN, *RANGE)
    assert (code, out) == (1, "")
    assert err.startswith("footnote: kraken can't be reached or is too busy")
    assert err.count("\n") == 1
    assert held(home, "SELECT count(*) FROM bar") == [(0,)]


def test_news_goes_in_once_with_the_time_it_was_fetched(
    footnote: Run, server: MarketServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTNOTE_FINNHUB_KEY", "sesame")
    story = {"datetime": HOURS[0], "headline": "Kettle up", "id": 1, "source": "Wire",
             "summary": "It rose.", "related": "KTL", "url": "https://w.example/1"}  # fmt: skip
    server.put("/company-news", [story, story | {"headline": "", "id": 2}])
    said = [footnote("fetch", "news", "ktl", *RANGE)[:2] for _ in range(2)]
    assert said == [
        (0, "ktl: 1 news items; 1 left out: item 2: no headline\n"),
        (0, "ktl: 0 news items; 1 were there already; 1 left out: item 2: no headline\n"),
    ]
    ask = "SELECT ticker, title, source, as_of > published + INTERVAL 1 YEAR FROM news"
    assert held(home, ask) == [("KTL", "Kettle up", "Wire", True)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["news", "KTL", *RANGE], "FOOTNOTE_FINNHUB_KEY"),
        (["bars", "KTL", *RANGE, "--from", "nowhere"], "yfinance or ccxt"),
        (["bars", "BTC/USD", *RANGE, "--from", "ccxt"], "--exchange kraken"),
        (["bars", "KTL", "--start", "2024-01-02", "--end", "2023-01-02"], "is before"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(footnote: Run, words: list[str], said: str) -> None:
    code, _, err = footnote("fetch", *words)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
