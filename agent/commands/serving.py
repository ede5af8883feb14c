"""The subcommand that serves the model to other programs."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.commands.options import Home, settings_of


def serve(
    model_only: Annotated[
        bool, typer.Option("--model-only", help="The model behind OpenAI's chat API.")
    ] = False,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on.")] = 8000,
    api_key: Annotated[
        str, typer.Option("--api-key", envvar="FOOTNOTE_SERVE_KEY", help="What clients must send.")
    ] = "",
    home: Home = None,
) -> None:
    """Serve the embedded model and its adapters to any OpenAI client."""
    from agent.errors import SetupError
    from agent.serving import serve_model

    if not model_only:
        raise SetupError("Only the model can be served: add --model-only.")
    serve_model(settings_of(home=home), host=host, port=port, api_key=api_key)
