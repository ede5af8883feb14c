"""The command line: its commands by name. What they parse and call is in `agent/commands`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

import typer

from agent.commands import asking, loading, remembering, serving, showing, training

COMMANDS: dict[str, Callable[..., Any]] = {
    "ingest": loading.ingest,
    "show": showing.show,
    "search": showing.search_passages,
    "index": loading.index_passages,
    "figure": showing.figure,
    "screen": showing.screen,
    "audit": showing.audit,
    "sources": showing.sources,
    "ask": asking.ask,
    "chat": asking.chat,
    "extract": asking.extract,
    "why": asking.why,
    "replay": asking.replay,
    "runs": asking.list_runs,
    "teach": remembering.teach,
    "tool": showing.tool,
    "prepare": loading.prepare,
    "demo": loading.demo,
    "doctor": loading.doctor,
    "train": training.train,
    "adapters": training.list_adapters,
    "serve": serving.serve,
}
GROUPS: dict[str, tuple[str, dict[str, Callable[..., Any]]]] = {
    "model": ("The language model.", {"plan": training.plan_model}),
    "memory": (
        "What is remembered.",
        {
            "list": remembering.list_memory,
            "forget": remembering.forget_memory,
            "rebuild": remembering.rebuild_memory,
        },
    ),
    "fetch": (
        "Fetch prices, news and single EDGAR concepts.",
        {
            "bars": loading.fetch_bars,
            "news": loading.fetch_news,
            "frames": loading.fetch_frames,
            "concept": loading.fetch_concept,
        },
    ),
}


def _application() -> typer.Typer:
    """Put the commands together."""
    whole = typer.Typer(
        name="footnote",
        help="An analyst over SEC filings that footnotes every number.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for name, command in COMMANDS.items():
        whole.command(name)(command)
    for name, (purpose, commands) in GROUPS.items():
        group = typer.Typer(help=purpose, no_args_is_help=True)
        for word, command in commands.items():
            group.command(word)(command)
        whole.add_typer(group, name=name)
    return whole


app = _application()


def _add_commands() -> None:
    """Add the subcommands that other packages bring, such as `bench`."""
    for entry in entry_points(group="footnote.commands"):
        app.command(entry.name)(entry.load())


def main() -> None:
    """Run the command line; a person's mistake is one line on stderr and exit code 2."""
    _add_commands()
    if len(sys.argv) > 1 and not any(word in sys.argv for word in ("--help", "-h")):
        from agent.errors import SETUP_ERRORS

        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # says it lacks a GPU kernel
        try:
            app()
        except SETUP_ERRORS as error:
            typer.echo(f"footnote: {error}", err=True)
            sys.exit(2)
        except BrokenPipeError:
            sys.exit(0)
        except KeyboardInterrupt:
            sys.exit(130)
        return
    app()
