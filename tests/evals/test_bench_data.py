import json

from typer.testing import CliRunner

from agent.cli import _add_commands, app
from evals.bench.data import run_data_bench
from evals.bench.measure import measure


def test_goal_is_told_of_the_median_or_of_the_ratio() -> None:
    assert measure([1.0, 3.0, 2.0], "s", "< 2.5 s").is_met is True
    assert measure([1.0, 3.0, 2.0], "s", ">= 2.5 s").is_met is False
    over_peer = measure([1.0], "s", ">= 50 x", ratios=[40.0, 60.0, 70.0], peers=[60.0])
    assert (over_peer.ratio, over_peer.is_met) == (60.0, True)
    assert measure([1.0], "s", ">= 50 x").is_met is None


def test_screen_over_synthesised_companies_finds_some_and_not_all() -> None:
    [(name, found)] = run_data_bench(None, "screen")
    assert (name, found.unit, found.n) == ("screen", "s", 20)
    passing = int(found.note.rsplit("; ", 1)[1].split()[0])
    assert found.note.startswith("500 companies")
    assert 50 < passing < 450


def test_bench_data_prints_json() -> None:
    _add_commands()
    shown = CliRunner().invoke(app, ["bench", "data", "--only", "facts_of", "--json"])
    found = json.loads(shown.stdout)["measures"]["facts_of_10k"]
    assert found["n"] == 5
    assert 0 < found["min"] <= found["median"] <= found["max"]
