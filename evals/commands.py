"""Subcommands of `footnote` that measure; `pyproject.toml` names them for `agent.cli` to find."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def bench(
    what: Annotated[
        str, typer.Argument(help="answers, data, plan, serving, training.")
    ] = "answers",
    file: Annotated[Path | None, typer.Option("--file", help="Questions, one a line.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of real filings, for `data`.")
    ] = None,
    only: Annotated[str | None, typer.Option("--only", help="One measurement.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    runs: Annotated[int, typer.Option("--runs", help="Runs of `serving` and `training`.")] = 5,
    home: Annotated[Path | None, typer.Option("--home", help="Folder to ask over.")] = None,
) -> None:
    """Time answers, the data layer, serving or training: medians, against goals and peers.

    `plan` asks the hand-written plan questions (`--only` their split) and, with `--file`, the
    model for held-out rows; how many are right, with intervals.
    """
    from agent.errors import SetupError

    if what == "data":
        from evals.bench.data import run_data_bench
        from evals.bench.measure import as_json, machine, print_measures

        if data is not None and not (data / "filings" / "10k").is_dir():
            raise SetupError(f"No filings in {data}: expected {data / 'filings' / '10k'}.")
        found = run_data_bench(data, only)
        if json_output:
            print(as_json(found))
        else:
            print(machine())
            print_measures(found)
        return
    from agent.config import read_settings

    if what == "plan":
        from evals.plan_report import run_plan_report

        run_plan_report(read_settings(home=home), file, only)
        return
    if what == "serving":
        from evals.bench.serving import print_serving_bench, run_serving_bench

        serving = run_serving_bench(read_settings(home=home).cache, runs=runs, only=only)
        print_serving_bench(serving, as_json=json_output)
        return
    if what == "training":
        from evals.bench.training import print_training_bench

        print_training_bench(read_settings(home=home).cache, runs)
        return
    if what != "answers":
        raise SetupError(
            f"Nothing to time is called {what!r}: answers, data, plan, serving or training."
        )
    from evals.bench.answers import run_bench

    run_bench(read_settings(home=home), file)
