"""Commands that answer, and those that open what was answered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.options import Home, Model, settings_of, stop


def ask(
    question: Annotated[str | None, typer.Argument(help="A question in plain words.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Questions, one a line or JSON lines; - for stdin."),
    ] = None,
    model: Model = None,
    home: Home = None,
) -> None:
    """Answer one question, or a file of them."""
    from agent import asking

    if (question is None) == (file is None):
        stop("Give one question, or --file with one question a line.")
    settings = settings_of(home=home, model=model)
    if file is not None:
        failed = asking.ask_file(settings, file, json_output=json_output)
    else:
        failed = asking.ask_once(settings, question or "", json_output=json_output)
    if failed:
        raise typer.Exit(1)


def chat(model: Model = None, home: Home = None) -> None:
    """Talk: steps stream as they happen, /why N opens a footnote, /help lists the rest."""
    from agent.chat import chat as talk

    talk(settings_of(home=home, model=model))


def why(
    run: Annotated[str, typer.Argument(help="Run id, or `last`.")],
    n: Annotated[int, typer.Argument(help="Number of the footnote.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    home: Home = None,
) -> None:
    """Open footnote N of a run: where its figure comes from."""
    from agent.footnotes import print_footnote
    from agent.runs import RunStore

    print_footnote(RunStore(settings_of(home=home).runs_path).load(run), n, as_json=json_output)


def replay(
    runs: Annotated[list[str], typer.Argument(help="Run ids, `last`, or `all`.")],
    home: Home = None,
) -> None:
    """Run the SQL and programs of recorded runs again and compare every figure."""
    from agent.replay import replay_runs

    if not replay_runs(settings_of(home=home), runs):
        raise typer.Exit(1)


def list_runs(
    limit: Annotated[int, typer.Option(help="At most so many.")] = 20, home: Home = None
) -> None:
    """List recorded runs, the newest first."""
    from agent.runs import RunStore

    for record in RunStore(settings_of(home=home).runs_path).list(limit):
        status = (record.get("answer") or {}).get("status", "failed")
        typer.echo(f"{record['run']}  {status:<9}  {record['question'][:80]}")


def extract(
    file: Annotated[Path, typer.Argument(help="XBRL instance, inline filing, or XML elements.")],
    question: Annotated[str, typer.Argument(help="Such as: current ratio, as a formula")],
    json_output: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    model: Model = None,
    home: Home = None,
) -> None:
    """Name a concept, a value or a formula of one XBRL file, without ingesting it."""
    from agent.xbrl.asking import print_extract

    print_extract(settings_of(model=model, home=home), file, question, as_json=json_output)
