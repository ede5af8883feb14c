"""News on a company from Finnhub, through finnhub-python.

Finnhub cuts a long answer at its oldest end, so the time before the oldest item is asked for again
until nothing new comes. Its free plan allows 60 requests a minute; the library knows no limit, so
requests are a second apart.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tools.errors import SetupError
from tools.market.fetched import FetchError, require
from tools.market.news_columns import ReadNews, read_rows

SOURCE = "finnhub"


def fetch_news(
    key: str, ticker: str, start: date, end: date, *, now: datetime, pause_seconds: float = 1.0
) -> ReadNews:
    """Fetch a company's news from one day to another, both included.

    Args:
        key: Finnhub's API key.
        ticker: As Finnhub writes it.
        start: First day (UTC).
        end: Last day.
        now: UTC, with its zone: when it is fetched.
        pause_seconds: Between two requests.

    Raises:
        SetupError: finnhub-python is not installed, or the key is missing or refused.
        FetchError: Finnhub can't be reached or refuses.
    """
    if not key:
        raise SetupError(
            "Finnhub wants an API key (free at finnhub.io): set FOOTNOTE_FINNHUB_KEY or "
            "`finnhub_key` in the configuration."
        )
    finnhub = require("finnhub", "finnhub-python", "news")
    found: dict[str, dict[str, Any]] = {}
    with finnhub.Client(api_key=key) as client:
        while start <= end:
            page = _page(client, ticker, start, end)
            new = {str(item.get("id")) + str(item.get("url")): item for item in page}
            known = len(found)
            found |= new
            oldest = _oldest(page)
            if len(found) == known or oldest is None or oldest <= start:
                break
            end = oldest if oldest < end else end - timedelta(days=1)
            time.sleep(pause_seconds)
    rows = [(f"item {n}", item | {"related": ticker}) for n, item in enumerate(found.values(), 1)]
    fetched = now.astimezone(UTC).replace(tzinfo=None)
    return read_rows(rows, ticker=None, source=SOURCE, now=fetched, fetched=fetched)


def _page(client: Any, ticker: str, start: date, end: date) -> list[dict[str, Any]]:
    import finnhub
    import requests

    try:
        page = client.company_news(ticker, _from=start.isoformat(), to=end.isoformat())
    except finnhub.FinnhubAPIException as error:
        if error.status_code == 401:
            raise SetupError("Finnhub refuses the key: look at FOOTNOTE_FINNHUB_KEY.") from None
        busy = "; wait a minute" if error.status_code == 429 else ""
        reason = next(iter(str(error.message).splitlines()), "")[:200]
        raise FetchError(f"Finnhub refuses ({error.status_code}: {reason}){busy}") from None
    except requests.RequestException as error:  # its message holds the address, and so the key
        raise FetchError(f"Finnhub can't be reached ({type(error).__name__})") from None
    except finnhub.FinnhubRequestException:
        raise FetchError("Finnhub sent no news, but a page of another kind") from None
    if not isinstance(page, list) or not all(isinstance(item, dict) for item in page):
        raise FetchError("Finnhub sent no list of news")
    return page


def _oldest(page: list[dict[str, Any]]) -> date | None:
    times = [item["datetime"] for item in page if isinstance(item.get("datetime"), int)]
    return datetime.fromtimestamp(min(times), UTC).date() if times else None
