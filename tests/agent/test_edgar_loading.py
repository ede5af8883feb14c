import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.edgar_loading import split_words
from tests.edgar_server import EdgarServer, Fault
from tools.warehouse import Warehouse

ROOT = Path(__file__).resolve().parents[2]
Result = subprocess.CompletedProcess[str]
# A child of a background job ignores Ctrl-C; a terminal's does not.
CODE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from agent.cli import main; main()
"""


class Footnote:
    """Runs `footnote ingest` against the server, with a home and a cache of the test's own."""

    def __init__(self, edgar: EdgarServer, folder: Path, run_main: Callable[..., Result]) -> None:
        self.environment = {
            "FOOTNOTE_HOME": str(folder / "home"), "FOOTNOTE_CACHE": str(folder / "cache"),
            "FOOTNOTE_EDGAR_URL": edgar.url, "FOOTNOTE_EDGAR_DATA_URL": edgar.url,
            "FOOTNOTE_EDGAR_USER_AGENT": "Jane Doe jane@example.com",
            "HOME": str(folder), "COLUMNS": "200",
        }  # fmt: skip
        self._run_main = run_main

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start it in a process of its own."""
        command = [sys.executable, "-c", CODE, "ingest", *words]
        environment = {**self.environment, "PATH": "/usr/bin:/bin"}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, env=environment
        )

    def run_command(self, *words: str, user_agent: str | None = None) -> Result:
        """Run a command to its end, in this process."""
        environment = dict(self.environment)
        if user_agent is not None:
            environment["FOOTNOTE_EDGAR_USER_AGENT"] = user_agent
        return self._run_main(*words, environment=environment)

    def __call__(self, *words: str, user_agent: str | None = None) -> Result:
        return self.run_command("ingest", *words, user_agent=user_agent)


@pytest.fixture
def footnote(edgar: EdgarServer, tmp_path: Path, run_main: Callable[..., Result]) -> Footnote:
    return Footnote(edgar, tmp_path, run_main)


def test_paths_and_companies_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "AAPL").mkdir()
    words = [str(tmp_path / "AAPL"), "AAPL", "Home Depot", "facts.json", "./x", "BRK.B"]
    paths, companies = split_words(words)
    assert [path.name for path in paths] == ["AAPL", "facts.json", "x"]
    assert companies == ["AAPL", "Home Depot", "BRK.B"]


def test_a_ticker_brings_lists_and_filings_into_the_warehouse(
    footnote: Footnote, tmp_path: Path
) -> None:
    done = footnote("hldn", "--years", "2024", "--forms", "10-K")
    assert done.returncode == 0, done.stderr
    assert "Halden Marine Instruments, Inc. (CIK 9990001)" in done.stdout
    with Warehouse.open(tmp_path / "home" / "warehouse.duckdb", read_only=True) as warehouse:
        rows = warehouse.connection.execute(
            "SELECT accession FROM filing WHERE content_sha256 IS NOT NULL"
        ).fetchall()
    assert rows == [("0009990001-25-000001",)]


def test_facts_alone_bring_no_filing(footnote: Footnote, edgar: EdgarServer) -> None:
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
    footnote: Footnote, words: list[str], user_agent: str, said: str
) -> None:
    done = footnote(*words, user_agent=user_agent)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_bulk_files_can_be_cut_to_some_companies(
    footnote: Footnote, tmp_path: Path, edgar: EdgarServer
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


def test_an_interrupted_run_leaves_nothing_half_done_and_goes_on(
    footnote: Footnote, edgar: EdgarServer, tmp_path: Path
) -> None:
    edgar.faults.append(Fault("000999000197000001", "slow", seconds=60))
    words = ("HLDN", "--years", "1990-2024", "--forms", "10-K")
    started = footnote.start(*words)
    wait_for(lambda: edgar.paths("000999000197000001"))
    wait_for(lambda: list(tmp_path.glob("cache/**/0009990001-25-000001.txt")))
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=30)
    assert started.returncode == 130, said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("cache/**/0009990001-97-000001.txt"))
    assert not list(tmp_path.glob("cache/edgar/partial/*"))
    assert footnote(*words).returncode == 0
    assert len(edgar.paths("0009990001-25-000001.txt")) == 1
    assert list(tmp_path.glob("cache/**/0009990001-97-000001.txt"))


def wait_for(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_frames_and_single_concepts_come_by_command(
    footnote: Footnote, edgar: EdgarServer, tmp_path: Path
) -> None:
    fetch = footnote.run_command
    done = fetch("fetch", "frames", "us-gaap:Assets", "CY2023Q2I")
    assert done.returncode == 0, done.stderr
    assert "us-gaap:Assets CY2023Q2I USD:" in done.stdout
    done = fetch("fetch", "concept", "us-gaap:Assets", "AAPL")
    assert done.returncode == 0, done.stderr
    done = fetch("tool", "get_frame", "concept=us-gaap:Assets", "period=CY2023Q2I")
    # Apple's total assets on July 1, 2023, dated by its 10-Q now that its filings are listed
    assert "335038000000" in done.stdout
    assert "2023-08-04" in done.stdout
    assert len(edgar.paths("/frames/")) == 1


def test_a_frame_that_is_not_there_is_said_with_exit_code_1(footnote: Footnote) -> None:
    done = footnote.run_command("fetch", "frames", "us-gaap:Assets", "CY2023")
    assert done.returncode == 1
    assert "EDGAR has none in USD" in done.stdout


def test_frames_need_a_user_agent_too(footnote: Footnote) -> None:
    done = footnote.run_command("fetch", "frames", "Assets", "CY2023Q1I", user_agent="")
    assert done.returncode == 2
    assert "FOOTNOTE_EDGAR_USER_AGENT" in done.stderr
