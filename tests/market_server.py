"""A server on loopback that speaks the formats of Yahoo's charts, Kraken's and Finnhub's APIs.

Prices are invented; the shapes, and the order in which the libraries ask, are the real ones.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import ccxt
import pytest

Answer = tuple[int, Any]
Route = Callable[[dict[str, str]], Answer]


class MarketServer:
    """Answers a path with what its route gives: a status, and JSON or text; a context manager."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._http.daemon_threads = True
        self._http.market = self  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> MarketServer:
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def put(self, path: str, content: Any, status: int = 200) -> None:
        self.routes[path] = lambda _: (status, content)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        market: MarketServer = self.server.market  # type: ignore[attr-defined]
        parts = urlsplit("/" + self.path.lstrip("/"))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        market.asked.append((parts.path, query))
        route = market.routes.get(parts.path)
        status, content = route(query) if route else (404, "<html>Not found</html>")
        is_text = isinstance(content, str)
        body = (content if is_text else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if is_text else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def yahoo_chart(
    days: list[int], closes: list[float | None], adjusted: list[float | None], **more: Any
) -> dict[str, Any]:
    """A chart as Yahoo sends it; `days` are seconds since 1970."""
    tick = {"timezone": "EST", "gmtoffset": -18000}
    hours = {"start": days[-1], "end": days[-1] + 23_400, **tick}
    meta = {
        "currency": "USD", "symbol": "KTL", "exchangeName": "NMS", "instrumentType": "EQUITY",
        "firstTradeDate": 345479400, "regularMarketTime": days[-1] + 23_400, "gmtoffset": -18000,
        "timezone": "EST", "exchangeTimezoneName": "America/New_York", "priceHint": 2,
        "regularMarketPrice": closes[-1], "dataGranularity": "1d", "range": "",
        "currentTradingPeriod": {"pre": hours, "regular": hours, "post": hours},
        "validRanges": ["1d", "5d", "1mo", "max"],
    }  # fmt: skip
    quote = {
        "open": closes, "high": closes, "low": closes, "close": closes,
        "volume": [None if close is None else 1_600_000_123 for close in closes],
    }  # fmt: skip
    indicators = {"quote": [quote], "adjclose": [{"adjclose": adjusted}]}
    result = {"meta": meta, "timestamp": days, "indicators": indicators, **more}
    return {"chart": {"result": [result], "error": None}}


KRAKEN_ASSETS = {
    "XXBT": {
        "aclass": "currency", "altname": "XBT", "decimals": 10, "display_decimals": 5,
        "collateral_value": 1.0, "status": "enabled",
    },
    "ZUSD": {
        "aclass": "currency", "altname": "USD", "decimals": 4, "display_decimals": 2,
        "collateral_value": 1.0, "status": "enabled",
    },
}  # fmt: skip
KRAKEN_PAIRS = {
    "XXBTZUSD": {
        "altname": "XBTUSD", "wsname": "XBT/USD", "aclass_base": "currency", "base": "XXBT",
        "aclass_quote": "currency", "quote": "ZUSD", "lot": "unit", "cost_decimals": 5,
        "pair_decimals": 1, "lot_decimals": 8, "lot_multiplier": 1, "leverage_buy": [2, 3],
        "leverage_sell": [2, 3], "fees": [[0, 0.4]], "fees_maker": [[0, 0.25]],
        "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40, "ordermin": "0.00005",
        "costmin": "0.5", "tick_size": "0.1", "status": "online",
    },
}  # fmt: skip


def kraken(answer: Any) -> dict[str, Any]:
    """An answer in Kraken's envelope."""
    return {"error": [], "result": answer}


def redirect_kraken(server: MarketServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ccxt's Kraken ask the server, which knows one pair."""

    class Redirected(ccxt.kraken):  # type: ignore[misc]
        def describe(self) -> Any:
            urls = {"api": {"public": server.url, "private": server.url}}
            return self.deep_extend(super().describe(), {"urls": urls, "rateLimit": 1})

    monkeypatch.setattr(ccxt, "kraken", Redirected)
    server.put("/0/public/Assets", kraken(KRAKEN_ASSETS))
    server.put("/0/public/AssetPairs", kraken(KRAKEN_PAIRS))
