"""Subcommands of `footnote` that measure; `pyproject.toml` names them for `agent.cli` to find."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def bench(
    file: Annotated[Path | None, typer.Option("--file", help="Questions, one a line.")] = None,
    home: Annotated[Path | None, typer.Option("--home", help="Folder to ask over.")] = None,
) -> None:
    """Time start, structured answers and passage answers: medians over questions."""
    from agent.config import read_settings
    from evals.bench.answers import run_bench

    run_bench(read_settings(home=home), file)
