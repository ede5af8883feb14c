import json
from pathlib import Path

from typer.testing import CliRunner

from agent.cli import app


def test_sources_of_the_sample_are_printed(sample_home: Path) -> None:
    runner = CliRunner()
    shown = runner.invoke(app, ["sources", "--home", str(sample_home)])
    assert shown.exit_code == 0, shown.output
    assert "Apple Inc." in shown.output and "3,422" in shown.output
    shown = runner.invoke(app, ["sources", "AAPL", "--home", str(sample_home)])
    assert "footnote ingest AAPL --years 2019-2025 --forms 10-K" in shown.output
    shown = runner.invoke(app, ["sources", "HLDN", "--json", "--home", str(sample_home)])
    held = json.loads(shown.output)
    assert (held["cik"], held["missing"], held["facts"][0]["facts"]) == (9990001, [], 722)
