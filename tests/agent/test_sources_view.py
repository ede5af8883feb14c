import csv
import gzip
import io
import json
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

from typer.testing import CliRunner

from agent.cli import app
from agent.sources_view import missing_lines, report_lines
from tools.holdings.reports import Held, Report, missing_reports

FIRST_QUARTER = date(2021, 3, 31)


def annual(year: int, held: Held, form: str = "10-K") -> Report:
    end = date(year, 12, 31)
    return Report(1, f"{form}-{year}", form, end + timedelta(60), end, year, "FY", held)


def quarterly(number: int, held: Held) -> Report:
    end = FIRST_QUARTER + timedelta(91 * number)
    return Report(1, f"10-Q-{number}", "10-Q", end + timedelta(40), end, None, None, held)


def test_a_form_is_one_line_with_the_years_of_each_state() -> None:
    states: dict[int, Held] = {2018: "listed", 2019: "facts", 2021: "facts", 2022: "text"}
    reports = [annual(year, held) for year, held in states.items()]
    assert list(
        report_lines([*reports, annual(2023, "text"), annual(2020, "listed", "10-K/A")])
    ) == [
        "10-K: text FY2022-FY2023 (2); facts only FY2019, FY2021 (2); only listed FY2018 (1)",
        "10-K/A: only listed FY2020 (1)",
    ]


def test_missing_quarters_are_a_range_across_the_year_end() -> None:
    reports = [quarterly(number, "listed") for number in (0, 1, 2, 4, 5, 12)]
    missing = missing_reports(reports, "XYZ")
    assert list(missing_lines(missing)) == [
        "missing 10-Q, only listed (6): about 2021-03-31 to 2022-06-29, about 2024-03-27",
        "  footnote ingest XYZ --years 2021-2024 --forms 10-Q",
    ]
    [every, _] = missing_lines(missing, show_all=True)
    assert every.count("about") == 6


def _bundled_facts() -> list[dict[str, str]]:
    table = resources.files("tools.sample").joinpath("facts.csv.gz").read_bytes()
    return list(csv.DictReader(io.StringIO(gzip.decompress(table).decode("utf-8"))))


def test_sources_of_the_sample_are_printed(sample_home: Path) -> None:
    runner = CliRunner()
    shown = runner.invoke(app, ["sources", "--home", str(sample_home)])
    assert shown.exit_code == 0, shown.output
    held = sum(fact["cik"] == "320193" for fact in _bundled_facts())
    assert "Apple Inc." in shown.output and f"{held:,}" in shown.output
    shown = runner.invoke(app, ["sources", "AAPL", "--home", str(sample_home)])
    assert "footnote ingest AAPL --years 2019-2025 --forms 10-K" in shown.output
    assert "10-K: " in shown.output and "with text" not in shown.output
    shown = runner.invoke(app, ["sources", "AAPL", "--all", "--home", str(sample_home)])
    assert "fiscal year" in shown.output
    shown = runner.invoke(app, ["sources", "HLDN", "--json", "--home", str(sample_home)])
    held = json.loads(shown.output)
    assert (held["cik"], held["missing"], held["facts"][0]["facts"]) == (9990001, [], 722)
