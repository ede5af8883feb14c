"""Commands that teach, and that show and change what is remembered."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.commands.options import Home, settings_of


def teach(
    sentence: Annotated[str, typer.Argument(help='"By net debt we mean total debt less cash."')],
    yes: Annotated[bool, typer.Option("--yes", help="Remember it without asking.")] = False,
    home: Home = None,
) -> None:
    """Teach a term; what it would remember is shown before it is kept."""
    from agent.learn import teach_from_command_line

    if not teach_from_command_line(settings_of(home=home), sentence, accepted=yes):
        raise typer.Exit(1)


def list_memory(
    everything: Annotated[bool, typer.Option("--all", help="What shipped, too.")] = False,
    home: Home = None,
) -> None:
    """List what was taught."""
    from agent.learn import remembered

    for record in remembered(settings_of(home=home), everything=everything):
        typer.echo(f"{record.id}  ({record.taught_by}) {record.text}")


def forget_memory(
    record: Annotated[str, typer.Argument(help="Its id.")], home: Home = None
) -> None:
    """Stop remembering a record; its history stays."""
    from agent.learn import forget

    typer.echo(f"Forgotten: {forget(settings_of(home=home), record).text}")


def rebuild_memory(home: Home = None) -> None:
    """Write the vector index anew, after a change of the embedding model or a damaged index."""
    from agent.learn import rebuild

    typer.echo(f"{rebuild(settings_of(home=home))} vectors written")
