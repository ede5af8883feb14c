"""`footnote serve`: the embedded model behind OpenAI's chat API."""

from __future__ import annotations

from agent.config import Settings
from agent.errors import SetupError


def serve_model(settings: Settings, *, host: str, port: int, api_key: str) -> None:
    """Load the model and serve it until interrupted.

    Raises:
        SetupError: The extra is not installed, or the settings name another model.
    """
    try:
        import uvicorn

        from adapters.server import application
    except ImportError as error:
        raise SetupError(
            f"{error.name} is missing; install the extra with "
            "`.venv/bin/pip install 'footnote[serve]'`."
        ) from error
    from contextlib import closing

    from adapters.chat_model import EmbeddedChatModel
    from agent.assemble import Parts

    with closing(Parts(settings)) as parts:
        model = parts.model
        if not isinstance(model, EmbeddedChatModel):
            raise SetupError(f"Only the embedded model is served, not {settings.model}.")
        uvicorn.run(application(model, api_key=api_key), host=host, port=port, log_level="info")
