"""Options that several commands have, and how a command ends that was called wrongly."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

Model = Annotated[str | None, typer.Option("--model", help="embedded, scripted, openai, ...")]
Home = Annotated[Path | None, typer.Option("--home", help="Folder for everything it keeps.")]
Start = Annotated[
    datetime, typer.Option("--start", formats=["%Y-%m-%d"], help="First day: 2024-01-31.")
]
End = Annotated[
    datetime | None,
    typer.Option("--end", formats=["%Y-%m-%d"], help="Last day, included; today without it."),
]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Only what was filed by this day."),
]


def settings_of(**flags: Any) -> Any:
    """Read the settings, of which flags that are not None come last."""
    from agent.config import read_settings

    return read_settings(**flags)


def stop(message: str) -> NoReturn:
    """Print what was wrong with the call on stderr, and end with exit code 2."""
    typer.echo(message, err=True)
    raise typer.Exit(2)
