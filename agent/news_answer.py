"""Answer with news on file: headlines, each with its own footnote, the newest first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from agent.compose import mark
from agent.ledger import Ledger
from agent.state import DaySpan, Evidence, Found, Plan
from agent.wording import write_date
from tools.warehouse import Warehouse

SHOWN = 8
_SQL = """
SELECT min(news_id), published, title, any_value(text), any_value(url), source,
    any_value(as_of), coalesce(string_agg(DISTINCT ticker, ' ' ORDER BY ticker), '')
FROM news
WHERE ($ciks IS NULL OR list_contains($ciks, cik) OR list_contains($tickers, ticker))
    AND published::DATE BETWEEN $first AND $last
GROUP BY published, title, source
ORDER BY published DESC, min(news_id)
"""


def find_news(plan: Plan, warehouse: Warehouse, ledger: Ledger) -> Found:
    """Enter the news of a plan's companies, days and topic; or say what is missing."""
    ciks = [company.cik for company in plan.companies]
    rows = warehouse.connection.execute(
        "SELECT tickers FROM company WHERE list_contains(?::BIGINT[], cik)", [ciks]
    ).fetchall()
    tickers = [ticker for (many,) in rows for ticker in many]
    first, last = _range(plan, warehouse)
    found = warehouse.connection.execute(
        _SQL,
        {"ciks": ciks or None, "tickers": tickers, "first": first, "last": last},
    ).fetchall()
    speaking = [row for row in found if _speaks(row, plan.topic)]
    if not speaking:
        return Found(missing=(_none(plan, len(found)),))
    items = [ledger.keep(_evidence(row, plan)) for row in speaking[:SHOWN]]
    keys = tuple(item.key for item in items)
    return Found(ledger.items, {"news": keys, "more": len(speaking) > SHOWN})


def news_text(plan: Plan, found: Found) -> str:
    """Write the headlines, a line each."""
    by_key = {item.key: item for item in found.evidence}
    names = " and ".join(company.name for company in plan.companies)
    head = f"News on file{f' on {names}' if names else ''}, the newest first:"
    lines = [head]
    for key in found.roles["news"]:
        item = by_key[key]
        day = date.fromisoformat(str(item.source["published"])[:10])
        title = str(item.source["quote"]).translate(str.maketrans('“”"', "‘’'"))
        lines.append(f"{write_date(day)}: “{title}”{mark(key)}")
    if found.roles["more"]:
        lines.append("Older items are left out.")
    return "\n".join(lines)


def _range(plan: Plan, warehouse: Warehouse) -> tuple[date, date]:
    """Return the days of publication asked for; days back count from the newest item."""
    days = plan.days or DaySpan()
    last = min((day for day in (days.last, plan.as_of) if day), default=date.max)
    [(newest,)] = warehouse.connection.execute(
        "SELECT max(published)::DATE FROM news WHERE published::DATE <= ?", [last]
    ).fetchall()
    if newest and days.back:
        return newest - timedelta(days=days.back), last
    if newest and days.to_date:
        return date(newest.year, 1, 1), last
    return days.first or date.min, last


def _speaks(row: tuple[Any, ...], topic: str) -> bool:
    """Return whether an item holds every word of the topic, but for its ending."""
    words = f"{row[2]} {row[3] or ''}".lower()
    return all(_stem(word) in words for word in topic.split())


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _none(plan: Plan, on_file: int) -> str:
    names = " and ".join(company.name for company in plan.companies) or "any company"
    if on_file and plan.topic:
        return f"None of the news on {names} on file speaks of “{plan.topic}”."
    ticker = plan.companies[0].ticker if plan.companies else "TICKER"
    days = " for that time" if plan.days and plan.days != DaySpan() else ""
    return (
        f"No news on {names} is on file{days}. `footnote fetch news {ticker} --from finnhub "
        "--start 2025-01-01` brings it, or `footnote ingest news.json` from a file."
    )


def _evidence(row: tuple[Any, ...], plan: Plan) -> Evidence:
    number, published, title, text, url, source, as_of, tickers = row
    whose = [one for one in plan.companies if one.ticker in tickers.split()]
    return Evidence(
        key="",
        kind="news",
        label=title,
        company=whose[0].name if whose else "",
        ticker=tickers,
        source={
            "news_id": number,
            "source": source,
            "published": published.isoformat(sep=" ", timespec="minutes"),
            "quote": title,
            "body": text or "",
            "url": url,
            "as_of": as_of.isoformat(sep=" ", timespec="minutes") if as_of else "not known",
            "text": title,
            "sql": "SELECT title AS value FROM news WHERE news_id = ?",
            "params": [number],
        },
    )
