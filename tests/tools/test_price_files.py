"""Files of invented prices, in the spellings of well-known sources."""

import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tools.errors import SetupError
from tools.ingestion.prices_reader import accepts, prepare, ticker_in_name
from tools.ingestion.run import ingest
from tools.ingestion.sources import Document
from tools.market.price_columns import Read
from tools.market.prices import get_bars
from tools.warehouse import Warehouse


def read(name: str, data: str | bytes) -> Read:
    content = data.encode() if isinstance(data, str) else data
    assert accepts(name, content[:20_000])
    return prepare(Document(name, content, "0", Path(name))).read


def shown(found: Read) -> list[tuple[str, str, str, str]]:
    return [(b.ticker, b.day.isoformat(), b.adjustment, f"{b.close:g}") for b in found.bars]


def test_yahoo_prices_are_corrected_for_splits() -> None:
    found = read(
        "KTL.csv",
        "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,9,11,8,10,9.5,1200\n",
    )
    assert shown(found) == [
        ("KTL", "2024-01-02", "splits", "10.0000000000"),
        ("KTL", "2024-01-02", "total", "9.5000000000"),
    ]
    assert (found.bars[0].volume, found.bars[1].open) == (Decimal(1200), None)


def test_tables_that_yfinance_writes_are_adjusted_and_so_are_their_dividends() -> None:
    tail = "Volume,Dividends,Stock Splits"
    plain = read("KTL.csv", f"Date,Open,High,Low,Close,{tail}\n2024-01-02,9,11,8,10,1,0.5,0.0\n")
    both = read(
        "KTL.csv", f"Date,Open,High,Low,Close,Adj Close,{tail}\n2024-01-02,9,11,8,10,9,1,0,2\n"
    )
    assert [bar.adjustment for bar in plain.bars] == ["total"]
    assert [bar.adjustment for bar in both.bars] == ["splits", "total"]
    assert [action.adjustment for action in plain.actions + both.actions] == ["splits", "none"]


@pytest.mark.parametrize(
    "name, text",
    [
        ("ktl_us_d.csv", "Date,Open,High,Low,Close,Volume\n2024-01-02,9,11,8,10,1200\n"),
        ("x.txt", "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\n"
                  "KTL,D,20240102,000000,9,11,8,10,1200\n"),
        ("p.csv", "Symbol;Date;Close/Last;Volume;Open;High;Low\n"
                  "ktl;01/02/2024;$10.00;1,200;$9.00;$11.00;$8.00\n"),
    ],
)  # fmt: skip
def test_spellings_of_prices_as_traded(name: str, text: str) -> None:
    [bar] = read(name, text).bars
    assert (bar.ticker, bar.day, bar.adjustment) == ("KTL", date(2024, 1, 2), "none")
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (9, 11, 8, 10, 1200)


def test_alpha_vantage_json_and_its_splits() -> None:
    row = {
        "1. open": "9", "2. high": "11", "3. low": "8", "4. close": "10",
        "5. adjusted close": "5", "7. dividend amount": "0.25", "8. split coefficient": "2.0",
    }  # fmt: skip
    content = {"Meta Data": {"2. Symbol": "KTL"}, "Time Series (Daily)": {"2024-01-02": row}}
    found = read("KTL.json", json.dumps(content))
    assert [(b.adjustment, b.close) for b in found.bars] == [("none", 10), ("total", 5)]
    assert [(a.kind, a.value) for a in found.actions] == [
        ("dividend", Decimal("0.25")),
        ("split", 2),
    ]


def test_parquet_with_times_of_day() -> None:
    times = [datetime(2024, 1, 2, hour) for hour in (14, 15, 16)]
    table = pa.table({"ticker": ["KTL"] * 3, "timestamp": times, "close": [10.1, 10.2, 10.3]})
    stream = io.BytesIO()
    pq.write_table(table, stream)
    bars = read("prices.parquet", stream.getvalue()).bars
    assert [(b.timeframe, b.opened.hour, b.close) for b in bars] == [
        ("1h", 14, Decimal("10.1")),
        ("1h", 15, Decimal("10.2")),
        ("1h", 16, Decimal("10.3")),
    ]


def test_bad_rows_are_named_and_the_others_stay() -> None:
    found = read(
        "KTL.csv",
        "date,open,high,low,close\n2024-01-02,9,11,8,10\n2024-01-03,9,7,8,10\n"
        "soon,9,11,8,10\n2024-01-02,9,11,8,10\n2024-01-04,9,11,8,-1\n2024-01-05,9,11,8,ten\n"
        "2024-01-08,9,11,8,\n",
    )
    assert shown(found) == [("KTL", "2024-01-02", "none", "10.0000000000")]
    assert [problem.split(":")[0] for problem in found.problems] == [
        f"line {n}" for n in range(3, 9)
    ]
    assert "high 7.0000000000 is below low" in found.problems[0]
    assert "twice" in found.problems[2]
    assert "negative" in found.problems[3]


def test_days_before_months_are_refused() -> None:
    with pytest.raises(SetupError, match=r"line 3.*YYYY-MM-DD"):
        read("KTL.csv", "date,close\n02/01/2024,10\n13/01/2024,11\n")


def test_prices_of_nobody_are_refused() -> None:
    with pytest.raises(SetupError, match=r"AAPL\.csv"):
        read("prices.csv", "date,close\n2024-01-02,10\n")


def test_ticker_of_a_file_name() -> None:
    names = ["AAPL.csv", "aapl.us.csv", "MSFT_2020-2024.csv", "prices.csv", "my_notes.csv"]
    assert [ticker_in_name(name) for name in names] == ["AAPL", "AAPL", "MSFT", None, None]


def test_other_tables_are_not_taken() -> None:
    assert not accepts("MANIFEST.csv", b"ticker,date,file\nA,2024-01-02,x.htm\n")
    assert not accepts("companyfacts.json", b'{"cik": 1, "facts": {}}')


def test_a_file_of_prices_is_ingested_once_and_says_what_it_gave(tmp_path: Path) -> None:
    path = tmp_path / "KTL.csv"
    path.write_text("date,close,high,low\n2024-01-02,10,11,8\n2024-01-03,10,7,8\n")
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        summary = ingest(warehouse, [path])
        assert (summary.skipped, summary.unreadable) == ([], 1)
        assert summary.notes == [
            "KTL.csv: 1 bars of KTL; 1 rows left out: "
            "line 3: high 7.0000000000 is below low 8.0000000000"
        ]
        start = date(2024, 1, 1)
        [bar] = get_bars(warehouse.connection, "KTL", start, date(2024, 12, 31))
        assert (bar.close, bar.source) == (10, "file")
        assert ingest(warehouse, [path]).unchanged == 1
