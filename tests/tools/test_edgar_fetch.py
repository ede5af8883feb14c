import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.edgar_server import EdgarServer, Fault
from tools.edgar.client import Client
from tools.edgar.companies import Directory, ListedCompany
from tools.edgar.errors import EdgarError
from tools.edgar.fetch import Fetched, fetch, find_companies
from tools.edgar.listing import ListedFiling, Wanted, parse_forms, parse_years
from tools.edgar.settings import EdgarSettings
from tools.errors import SetupError
from tools.ingestion.run import ingest
from tools.warehouse import Warehouse

HALDEN = ListedCompany(9990001, "Halden Marine Instruments, Inc.", ("HLDN",))
TEN_K = "0009990001-25-000001"
ALL = Wanted(("10-K", "8-K"), (1990, 2030))
Fetch = Callable[..., Fetched]


@pytest.fixture
def run(edgar: EdgarServer, tmp_path: Path) -> Fetch:
    def fetch_halden(wanted: Wanted | None, *words: str, **options: object) -> Fetched:
        settings = EdgarSettings(
            "Jane Doe jane@example.com", tmp_path / "cache", edgar.url, edgar.url,
            backoff_seconds=0.01, attempts=2, requests_per_second=10,
        )  # fmt: skip
        with Client(settings) as client:
            return fetch(client, find_companies(client, words or ["HLDN"]), wanted, **options)

    return fetch_halden


@pytest.fixture
def directory() -> Directory:
    return Directory(
        [
            ListedCompany(354950, "HOME DEPOT, INC.", ("HD",)),
            ListedCompany(37996, "FORD MOTOR CO", ("F", "F-PB")),
            ListedCompany(38264, "FORWARD INDUSTRIES, INC.", ("FORD",)),
            ListedCompany(27904, "DELTA AIR LINES, INC.", ("DAL",)),
            ListedCompany(823094, "DELTA APPAREL, INC", ("DLA",)),
            ListedCompany(1067983, "BERKSHIRE HATHAWAY INC", ("BRK-B", "BRK-A")),
            ListedCompany(320193, "Apple Inc.", ("AAPL",)),
            ListedCompany(1418121, "Apple Hospitality REIT, Inc.", ("APLE",)),
        ]
    )


@pytest.mark.parametrize(
    ("words", "cik"),
    [
        ("HD", 354950), ("hd", 354950), ("Home Depot", 354950), ("the home depot", 354950),
        ("brk.b", 1067983), ("BRK/A", 1067983), ("ford", 37996), ("FORD", 38264), ("apple", 320193),
        ("0000320193", 320193), ("CIK320193", 320193), ("777", 777), ("Delta Air", 27904),
    ],
)  # fmt: skip
def test_tickers_names_and_numbers_are_resolved(directory: Directory, words: str, cik: int) -> None:
    assert directory.find(words).cik == cik


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("delta", r"may be DELTA AIR LINES, INC. \(DAL\), DELTA APPAREL"),
        ("Hone Depot", r"did you mean HOME DEPOT, INC. \(HD\)"),
        ("Zzyzx Holdings", "no file, ticker, CIK or company name"),
    ],
)
def test_words_that_mean_no_one_company_get_one_line(
    directory: Directory, words: str, said: str
) -> None:
    with pytest.raises(EdgarError, match=said) as caught:
        directory.find(words)
    assert "\n" not in str(caught.value)


def test_forms_and_years_are_read() -> None:
    assert parse_forms("10-k, 8-K/A") == ("10-K", "8-K")
    assert parse_years("2019-2024") == (2019, 2024)
    assert parse_years("2021") == (2021, 2021)
    for text in ("2024-2019", "19", "all"):
        with pytest.raises(SetupError, match="--years"):
            parse_years(text)
    with pytest.raises(SetupError, match="--forms"):
        parse_forms("10-K,,")


@pytest.mark.parametrize(
    ("form", "period_end", "yes"),
    [
        ("10-K405", date(1996, 12, 28), True), ("10-K/A", date(1996, 12, 28), True),
        ("10-K", None, False), ("10-Q", date(1996, 9, 30), False),
        ("NT 10-K", date(1996, 12, 28), False),
    ],
)  # fmt: skip
def test_wanted_goes_by_the_period_and_takes_variants(
    form: str, period_end: date | None, yes: bool
) -> None:
    filing = ListedFiling(1, "0000000001-97-000001", form, date(1997, 2, 20), period_end)
    assert Wanted(("10-K",), (1996, 1996)).accepts(filing) is yes


def test_filings_come_whole_through_the_downloader(edgar: EdgarServer, run: Fetch) -> None:
    found = run(Wanted(("10-K",), (2024, 2024)))
    assert [path.name for path in found.paths] == ["CIK0009990001.json", f"{TEN_K}.txt"]
    folder = "/Archives/edgar/data/9990001/000999000125000001/"
    assert found.paths[1].read_bytes() == edgar.site.pages[f"{folder}{TEN_K}.txt"]
    # Only sec-edgar-downloader asks for this list.
    assert edgar.paths("company_tickers_exchange.json")
    assert {seen.headers["User-Agent"] for seen in edgar.requests} == {"Jane Doe jane@example.com"}


def test_older_pages_are_read_where_the_years_reach_them(edgar: EdgarServer, run: Fetch) -> None:
    run(Wanted(("10-K",), (2024, 2024)))
    assert not edgar.paths("submissions-001")
    found = run(ALL)
    assert edgar.paths("submissions-001")
    names = {path.stem for path in found.paths if path.suffix == ".txt"}
    assert names == {TEN_K, "0009990001-25-000009", "0009990001-97-000001", "0009990001-96-000001"}


def test_nothing_is_downloaded_twice(edgar: EdgarServer, run: Fetch) -> None:
    first = run(ALL)
    count = len(edgar.requests)
    again = run(ALL)
    assert len(edgar.requests) - count == 1  # companyfacts, which are not there, are looked for
    assert again.paths == first.paths


def test_a_filing_that_fails_is_named_and_the_next_run_fetches_only_it(
    edgar: EdgarServer, run: Fetch
) -> None:
    edgar.faults.append(Fault(f"{TEN_K}.txt", "truncated", times=2))
    first = run(ALL)
    assert [what for what, _ in first.problems] == [HALDEN.name, f"10-K {TEN_K}"]
    assert len([path for path in first.paths if path.suffix == ".txt"]) == 3
    count = len(edgar.paths("/Archives/"))
    second = run(ALL)
    assert len([path for path in second.paths if path.suffix == ".txt"]) == 4
    assert edgar.paths("/Archives/")[count:] == [
        f"/Archives/edgar/data/9990001/000999000125000001/{TEN_K}.txt"
    ]


def test_a_refusal_ends_the_run_with_one_line(edgar: EdgarServer, run: Fetch) -> None:
    edgar.faults.append(Fault("Archives", "undeclared", times=99))
    found = run(ALL)
    reasons = [reason for _, reason in found.problems]
    assert sum("undeclared tool" in reason for reason in reasons) == 1
    assert len(edgar.paths("/Archives/")) <= 4


def test_what_the_warehouse_holds_is_not_fetched(edgar: EdgarServer, run: Fetch) -> None:
    run(Wanted(("10-K",), (2024, 2024)), held={TEN_K})
    assert not edgar.paths("/Archives/")


def test_all_here_needs_no_connection(edgar: EdgarServer, run: Fetch) -> None:
    first = run(ALL)
    edgar.close()
    again = run(ALL)
    assert set(again.paths) == set(first.paths)


def test_fetched_files_are_ingested_under_their_accession(run: Fetch, tmp_path: Path) -> None:
    found = run(Wanted(("10-K",), (2024, 2024)), "HLDN", "AAPL")
    with Warehouse.open(tmp_path / "w.duckdb") as warehouse:
        summary = ingest(warehouse, found.paths)
        assert summary.skipped == []
        rows = warehouse.connection.execute(
            "SELECT c.name, f.accession, f.filed, f.content_sha256 IS NOT NULL "
            "FROM filing f JOIN company c USING (cik) WHERE cik = 9990001 AND form = '10-K' "
            "AND period_end > DATE '2000-01-01'"
        ).fetchall()
        assert rows == [("Halden Marine Instruments, Inc.", TEN_K, date(2025, 2, 19), True)]
        apple = warehouse.connection.execute("SELECT count(*) FROM fact WHERE cik = 320193")
        assert apple.fetchall()[0][0] > 500
    assert any("AAPL" not in what and "nothing at" in reason for what, reason in found.problems)


def test_a_list_of_another_shape_is_one_line(edgar: EdgarServer, run: Fetch) -> None:
    edgar.site.put_json("/submissions/CIK0009990001.json", {"filings": {"recent": {}}})
    found = run(ALL)
    assert "not submissions JSON" in found.problems[0][1]
    assert json.dumps(found.problems)
