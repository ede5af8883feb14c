"""Files of invented news, in the spellings of well-known sources."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import SetupError
from tools.ingestion import news_reader, prices_reader
from tools.ingestion.readers import reader_of
from tools.ingestion.run import ingest
from tools.ingestion.sources import Document
from tools.market.news_columns import ReadNews
from tools.toolbox.market import get_news
from tools.toolbox.sources import Sources
from tools.warehouse import Warehouse

NOON = datetime(2024, 5, 2, 12)
EPOCH = 1714651200  # NOON


def read(name: str, data: str) -> ReadNews:
    document = Document(name, data.encode(), "0", Path(name))
    assert reader_of(document).kind == "news"
    return news_reader.prepare(document).read


@pytest.mark.parametrize(
    "content",
    [
        [{"datetime": EPOCH, "headline": "Kettle up", "related": "KTL", "source": "Wire",
          "summary": "It rose.", "url": "https://w.example/1", "image": "", "id": 7}],
        {"status": "ok", "articles": [
            {"source": {"id": None, "name": "Wire"}, "title": "Kettle up", "ticker": "ktl",
             "publishedAt": "2024-05-02T14:00:00+02:00", "url": "https://w.example/1",
             "content": None, "description": "It rose."}]},
        {"items": "1", "feed": [
            {"title": "Kettle up", "time_published": "20240502T120000", "summary": "It rose.",
             "url": "https://w.example/1", "source": "Wire",
             "ticker_sentiment": [{"ticker": "KTL", "relevance_score": "0.9"}]}]},
        [{"id": "x", "content": {"title": "Kettle up", "pubDate": "2024-05-02T12:00:00Z",
          "summary": "It rose.", "provider": {"displayName": "Wire"}, "symbol": "$KTL",
          "canonicalUrl": {"url": "https://w.example/1"}}}],
        {"title": "Kettle up", "date": "Thu, 02 May 2024 12:00:00 GMT", "text": "It rose.",
         "link": "https://w.example/1", "publisher": {"name": "Wire"}, "tickers": ["NASDAQ:KTL"]},
    ],
)  # fmt: skip
def test_spellings_of_json(content: Any) -> None:
    [item] = read("news.json", json.dumps(content)).articles
    assert (item.published, item.as_of, item.title) == (NOON, NOON, "Kettle up")
    assert (item.text, item.url, item.source) == ("It rose.", "https://w.example/1", "Wire")
    assert item.tickers == ("KTL",)


def test_csv_with_lines_within_a_cell_names_the_right_line() -> None:
    found = read(
        "headlines.csv",
        "Date;Headline;Text;Symbols\n"
        '2024-05-02 12:00:00;Kettle up;"It rose.\nA lot.";KTL|PAN\n'
        "soon;Kettle down;;KTL\n"
        "2024-05-03;;;KTL\n"
        "2024-05-03;Not of a company;;Kettle Incorporated\n"
        "2024-05-03;Too many;;KTL;1\n"
        "2124-05-03;Too soon;;KTL\n",
    )
    [item] = found.articles
    assert (item.text, item.tickers, item.published) == ("It rose.\nA lot.", ("KTL", "PAN"), NOON)
    assert found.problems == [
        "line 4: 'soon' is not a date",
        "line 5: no headline",
        "line 6: 'KETTLE INCORPORATED' is not a ticker",
        "line 8: published in the future, 2124-05-03 00:00:00",
        "line 7: 5 cells under 4 headings",
    ]


def test_json_lines_name_the_broken_line() -> None:
    row = json.dumps({"title": "Kettle up", "published": EPOCH * 1000})
    found = read("KTL_news.jsonl", f'{row}\n\n{{"title": "cut\n[1]\n{row}\n')
    assert [(item.title, item.published, item.tickers) for item in found.articles] == [
        ("Kettle up", NOON, ("KTL",))
    ]
    assert found.problems == ["line 3: broken JSON", "line 4: broken JSON"]


def test_a_fetched_time_is_since_when_it_is_known() -> None:
    rows = [
        {"title": "a", "date": "2024-05-02", "fetched_at": "2024-05-04T01:00:00Z"},
        {"title": "b", "date": "2024-05-02", "fetched_at": "2024-04-04"},
    ]
    found = read("n.json", json.dumps(rows))
    assert [item.as_of for item in found.articles] == [datetime(2024, 5, 4, 1)]
    assert "before it was published" in found.problems[0]


def test_days_before_months_are_refused() -> None:
    with pytest.raises(SetupError, match=r"line 3.*YYYY-MM-DD"):
        read("n.csv", "date,title\n02/01/2024,a\n13/01/2024,b\n")


def test_headings_tell_prices_from_news() -> None:
    prices, news = b"date,close\n2024-05-02,10\n", b"date,title\n2024-05-02,a\n"
    kinds = [reader_of(Document("KTL.csv", data, "0", Path("x"))).kind for data in (prices, news)]
    assert kinds == ["prices", "news"]
    both = Document("KTL.csv", b"date,close,title\n2024-05-02,10,a\n", "0", Path("x"))
    with pytest.raises(SetupError, match="two files"):
        prices_reader.prepare(both)


def test_other_json_is_not_taken() -> None:
    tickers = b'{"0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."}}'
    assert not news_reader.accepts("company_tickers.json", tickers)
    with pytest.raises(SetupError, match="no row is news: item 1: no headline"):
        read("n.json", '[{"title": "", "date": "2024-05-02"}]')


def test_news_goes_in_once_and_says_what_it_gave(tmp_path: Path) -> None:
    item = {"headline": "Kettle up", "datetime": EPOCH, "url": "https://w.example/1"}
    first = tmp_path / "news.json"
    first.write_text(json.dumps([item | {"related": "KTL,PAN"}] * 2 + [{"headline": "x"}]))
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        summary = ingest(warehouse, [first])
        assert (summary.skipped, summary.unreadable) == ([], 1)
        assert summary.notes == [
            "news.json: 1 news items; 1 were there already; "
            "1 rows left out: item 3: '' is not a date"
        ]
        ask = "SELECT news_id, ticker, published, as_of, source FROM news ORDER BY ticker"
        rows = warehouse.connection.execute(ask).fetchall()
        assert [row[1:] for row in rows] == [
            ("KTL", NOON, NOON, "file"),
            ("PAN", NOON, NOON, "file"),
        ]
        assert ingest(warehouse, [first]).unchanged == 1
        again = tmp_path / "again.csv"
        again.write_text(
            "title,date,url,ticker,text\nKettle up,2024-05-02,https://w.example/1,KTL,"
        )
        assert ingest(warehouse, [again]).notes == ["again.csv: 0 news items; 1 were there already"]
        assert warehouse.connection.execute(ask).fetchall() == rows


def test_the_tool_finds_news_of_a_company_as_of_a_day(tmp_path: Path) -> None:
    file = tmp_path / "news.csv"
    file.write_text("date,title,ticker\n2024-05-02,old,KTL\n2024-05-09,new,KTL\n2024-05-09,x,PAN\n")
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        ingest(warehouse, [file])
        warehouse.connection.execute(
            "INSERT INTO company VALUES (9, 'Kettle', ['KTL'], [], '', '')"
        )

        def unused() -> Any:
            raise AssertionError("needs neither sandbox nor embedder")

        sources = Sources(warehouse, unused, unused)
        titles = [item.title for item in get_news(sources, "KTL").items]
        earlier = get_news(sources, "KTL", as_of=date(2024, 5, 8)).items
    assert (titles, [item.title for item in earlier]) == (["new", "old"], ["old"])


@settings(max_examples=60, deadline=timedelta(seconds=5))
@given(st.text(max_size=300), st.sampled_from(["n.csv", "n.json", "n.jsonl"]))
def test_malformed_news_is_read_or_refused(text: str, name: str) -> None:
    head = "title,date\n" if name.endswith("csv") else '[{"title": "a", "date": "2024-05-02"},'
    try:
        news_reader.prepare(Document(name, (head + text).encode(), "0", Path(name)))
    except SetupError as error:
        assert str(error)
