import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.edgar_loading import split_words
from tests.edgar_server import EdgarServer
from tools.warehouse import Warehouse

ROOT = Path(__file__).resolve().parents[2]
Result = subprocess.CompletedProcess[str]
CODE = "import sys; from agent.cli import main; main()"


@pytest.fixture
def footnote(edgar: EdgarServer, tmp_path: Path) -> Callable[..., Result]:
    def run(*words: str, user_agent: str = "Jane Doe jane@example.com") -> Result:
        environment = {
            "FOOTNOTE_HOME": str(tmp_path / "home"), "FOOTNOTE_CACHE": str(tmp_path / "cache"),
            "FOOTNOTE_EDGAR_URL": edgar.url, "FOOTNOTE_EDGAR_DATA_URL": edgar.url,
            "FOOTNOTE_EDGAR_USER_AGENT": user_agent, "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path), "COLUMNS": "200",
        }  # fmt: skip
        command = [sys.executable, "-c", CODE, "ingest", *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)

    return run


def test_paths_and_companies_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "AAPL").mkdir()
    words = [str(tmp_path / "AAPL"), "AAPL", "Home Depot", "facts.json", "./x", "BRK.B"]
    paths, companies = split_words(words)
    assert [path.name for path in paths] == ["AAPL", "facts.json", "x"]
    assert companies == ["AAPL", "Home Depot", "BRK.B"]


def test_a_ticker_brings_lists_and_filings_into_the_warehouse(
    footnote: Callable[..., Result], tmp_path: Path
) -> None:
    done = footnote("hldn", "--years", "2024", "--forms", "10-K")
    assert done.returncode == 0, done.stderr
    assert "Halden Marine Instruments, Inc. (CIK 9990001)" in done.stdout
    with Warehouse.open(tmp_path / "home" / "warehouse.duckdb", read_only=True) as warehouse:
        rows = warehouse.connection.execute(
            "SELECT accession FROM filing WHERE content_sha256 IS NOT NULL"
        ).fetchall()
    assert rows == [("0009990001-25-000001",)]


def test_facts_alone_bring_no_filing(footnote: Callable[..., Result], edgar: EdgarServer) -> None:
    done = footnote("HLDN", "--facts-only")
    assert done.returncode == 0, done.stderr
    assert not edgar.paths("/Archives/")


@pytest.mark.parametrize(
    ("words", "user_agent", "said"),
    [
        (["HLDN"], "", "There is no file 'HLDN', and to ask EDGAR:"),
        (["HLDN", "--years", "soon"], "a@b.cd", "write one year or a range"),
        (["Nobody Knows Corp"], "a@b.cd", "no file, ticker, CIK or company name"),
    ],
)
def test_a_mistake_is_one_line(
    footnote: Callable[..., Result], words: list[str], user_agent: str, said: str
) -> None:
    done = footnote(*words, user_agent=user_agent)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_bulk_files_can_be_cut_to_some_companies(
    footnote: Callable[..., Result], tmp_path: Path, edgar: EdgarServer
) -> None:
    path = tmp_path / "companyfacts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in edgar.site.pages.items():
            if "companyfacts" in name:
                archive.writestr(name.rsplit("/", 1)[1], body)
    done = footnote(str(path), "--only", "AAPL,1045810", user_agent="a@b.cd")
    assert done.returncode == 0, done.stderr
    with Warehouse.open(tmp_path / "home" / "warehouse.duckdb", read_only=True) as warehouse:
        rows = warehouse.connection.execute("SELECT DISTINCT cik FROM fact ORDER BY 1").fetchall()
    assert rows == [(320193,), (1045810,)]
