"""Subcommands about adapters: train one, list them, estimate a model's memory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.options import Home, settings_of


def train(
    task: Annotated[str, typer.Argument(help="plan, program, ...")],
    recipe: Annotated[
        Path | None, typer.Option("--recipe", help="TOML file; the task's shipped one without it.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Rows in JSON lines, or a folder of them.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder of checkpoint, log and adapter.")
    ] = None,
    refuse: Annotated[
        Path | None, typer.Option("--refuse", help="Questions that no row may hold.")
    ] = None,
    home: Home = None,
) -> None:
    """Train a task's adapter; run it again to go on where it was cut off."""
    from agent.training import train_adapter

    train_adapter(
        settings_of(home=home), task, recipe=recipe, data=data, out=out, refuse_texts=refuse
    )


def list_adapters(
    json_output: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    home: Home = None,
) -> None:
    """List the adapters with their scores; exit code 1 where one can't be used, and why."""
    from agent.models import show_adapters

    if not show_adapters(settings_of(home=home), as_json=json_output):
        raise typer.Exit(1)


def plan_model(
    model: Annotated[str, typer.Argument(help="Hub id, folder, or embedded.")] = "embedded",
    adapters: Annotated[int, typer.Option(help="Adapters in memory.")] = 5,
    rank: Annotated[int, typer.Option(help="Their rank.")] = 16,
    sequences: Annotated[int, typer.Option(help="Answered at once.")] = 8,
    tokens: Annotated[int, typer.Option(help="Length of each, prompt and reply.")] = 2048,
    pass_tokens: Annotated[int, typer.Option(help="Of a training pass.")] = 2048,
    json_output: Annotated[bool, typer.Option("--json", help="Print bytes as JSON.")] = False,
    home: Home = None,
) -> None:
    """Estimate a Llama's memory before loading it: weights, adapters, cache, activations."""
    from adapters.memory_plan import Use
    from agent.models import show_plan

    use = Use(
        adapters=adapters, rank=rank, sequences=sequences, tokens=tokens, pass_tokens=pass_tokens
    )
    show_plan(settings_of(home=home), model, use, as_json=json_output)
