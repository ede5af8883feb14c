"""News on file: what was published when, of whom, and since when it is known here.

What was published was public from then on, whenever it was fetched; `as_of` says when our copy was
taken, or equals `published` where nothing says. An item on several companies is a row for each.
The copy that came first stays: a later one may have been rewritten after the fact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from tools.ingestion.merge import stable_id
from tools.warehouse import run_with_rows


@dataclass(frozen=True, slots=True)
class Article:
    """One news item.

    Attributes:
        published: UTC.
        title: Its headline.
        text: All of it, or a summary; None where there is only the headline.
        url: Where it was.
        source: Who published it; where nothing says, how it came here: `file`, `finnhub`.
        tickers: The companies it is about, in capitals; may be empty.
        cik: The company, where that is said.
        as_of: When it was fetched, UTC; else when it was published.
    """

    published: datetime
    title: str
    text: str | None
    url: str | None
    source: str
    tickers: tuple[str, ...]
    cik: int | None
    as_of: datetime

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes two copies the same item: address and headline, else source, time, headline.

        Some sources give every item the same address, hence the headline.
        """
        if self.url:
            return (self.url, self.title)
        return (self.source, self.published.isoformat(), self.title)


_SCHEMA = pa.schema(
    [
        ("news_id", pa.int64()),
        ("cik", pa.int64()),
        ("ticker", pa.string()),
        ("published", pa.timestamp("us")),
        ("title", pa.string()),
        ("text", pa.string()),
        ("url", pa.string()),
        ("source", pa.string()),
        ("as_of", pa.timestamp("us")),
    ]
)


def store_articles(connection: duckdb.DuckDBPyConnection, articles: Iterable[Article]) -> int:
    """Store news that is not on file already; return how many items were new."""
    rows: dict[int, dict[str, object]] = {}
    items: dict[int, tuple[str, ...]] = {}
    for article in articles:
        for ticker in article.tickers or (None,):
            key = stable_id("news", *article.identity, ticker, article.cik)
            items[key] = article.identity
            rows.setdefault(key, _row(key, ticker, article))
    held = connection.execute(
        "SELECT news_id FROM news WHERE list_contains(?::BIGINT[], news_id)", [[*rows]]
    ).fetchall()
    for (key,) in held:
        del rows[key]
    if rows:
        sql = "INSERT INTO news BY NAME SELECT * FROM incoming_rows"
        run_with_rows(connection, pa.Table.from_pylist([*rows.values()], schema=_SCHEMA), sql)
    return len({items[key] for key in rows})


def _row(key: int, ticker: str | None, article: Article) -> dict[str, object]:
    return {
        "news_id": key,
        "cik": article.cik,
        "ticker": ticker,
        "published": article.published,
        "title": article.title,
        "text": article.text,
        "url": article.url,
        "source": article.source,
        "as_of": article.as_of,
    }
