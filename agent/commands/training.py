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
    home: Home = None,
) -> None:
    """Train a task's adapter; run it again to go on where it was cut off."""
    from agent.training import train_adapter

    train_adapter(settings_of(home=home), task, recipe=recipe, data=data, out=out)
