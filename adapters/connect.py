"""From a model's configuration to a LangChain chat model."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel

from adapters import base_model
from adapters.errors import SetupError
from adapters.scripted import ScriptedChatModel, first_choice

LANGCHAIN_PREFIX = "langchain:"


@dataclass(frozen=True)
class ModelSpec:
    """Which language model to use.

    Attributes:
        kind: "embedded", "scripted", "openai" (any OpenAI-compatible server), or
            "langchain:package.module:ClassName".
        source: For "embedded" the base: "embedded" (SmolLM2), a folder, or a hub id. For
            "openai" and "langchain" the model's name. For "scripted" a JSON file with a list
            of replies; empty replies with the first choice.
        quantization: "nf4" or "none", for "embedded".
        device: "auto", "cpu" or "cuda:0", for "embedded".
        cache_dir: Footnote's cache folder, for "embedded".
        own_adapters: Folder of the user's adapters, for "embedded".
        url: The server's address, for "openai".
        api_key: Its key, for "openai"; local servers take any.
        arguments: More constructor arguments, for "openai" and "langchain".
    """

    kind: str = "embedded"
    source: str = "embedded"
    quantization: base_model.Quantization = "nf4"
    device: str = "auto"
    cache_dir: Path | None = None
    own_adapters: Path | None = None
    url: str = ""
    api_key: str = field(default="", repr=False)
    arguments: dict[str, Any] = field(default_factory=dict)


def connect(spec: ModelSpec, *, progress: base_model.Progress | None = None) -> BaseChatModel:
    """Build the chat model that a specification names.

    Raises:
        SetupError: The model cannot be had; the message says how to change that.
    """
    if spec.kind == "embedded":
        return _embedded(spec, progress)
    if spec.kind == "scripted":
        return _scripted(spec)
    if spec.kind == "openai":
        return _openai(spec)
    if spec.kind.startswith(LANGCHAIN_PREFIX):
        return _imported(spec)
    raise SetupError(
        f"there is no model kind {spec.kind!r}; set it to embedded, scripted, openai or "
        f"{LANGCHAIN_PREFIX}package.module:ClassName"
    )


def _embedded(spec: ModelSpec, progress: base_model.Progress | None) -> BaseChatModel:
    from adapters.chat_model import EmbeddedChatModel
    from adapters.registry import Registry

    folder = base_model.prepare(spec.source, spec.cache_dir, progress=progress)
    base = base_model.load(folder, spec.quantization, device=spec.device)
    registry = Registry.open(
        base_name=base.name, base_hash=base.base_hash, own_folder=spec.own_adapters
    )
    return EmbeddedChatModel(base=base, registry=registry)


def _scripted(spec: ModelSpec) -> BaseChatModel:
    if spec.source in ("", "embedded"):
        return ScriptedChatModel(otherwise=first_choice)
    try:
        replies = json.loads(Path(spec.source).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError(
            f"{spec.source} cannot be read as a list of replies ({error}); "
            "give a JSON file with a list of strings"
        ) from error
    if not isinstance(replies, list) or not all(isinstance(reply, str) for reply in replies):
        raise SetupError(f"{spec.source} must hold a JSON list of strings; correct it")
    return ScriptedChatModel(replies=replies)


def _openai(spec: ModelSpec) -> BaseChatModel:
    if not spec.url and not spec.api_key:
        raise SetupError("an OpenAI-compatible model needs an address; set the model's url")
    module = _module(
        "langchain_openai", "install the extra with `.venv/bin/pip install 'footnote[openai]'`"
    )
    names = _served_names(spec)

    class Served(module.ChatOpenAI):  # type: ignore[misc, name-defined]
        # Models of the server by name: where a task's name is among them, it is an adapter.
        adapter_models: tuple[str, ...] = names

    model = Served(
        model=spec.source,
        base_url=spec.url or None,
        api_key=spec.api_key or "none",
        temperature=0,
        **spec.arguments,
    )
    return _checked(model, spec)


def _served_names(spec: ModelSpec) -> tuple[str, ...]:
    """Ask a server of ours for its models; vLLM and Footnote list adapters among them.

    A server that does not answer now, or lists nothing, has no adapters for us: the first
    call says what is wrong with it.
    """
    import httpx

    if not spec.url:
        return ()
    headers = {"Authorization": f"Bearer {spec.api_key or 'none'}"}
    try:
        reply = httpx.get(f"{spec.url.rstrip('/')}/models", headers=headers, timeout=5)
        return tuple(str(model["id"]) for model in reply.json()["data"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return ()


def _imported(spec: ModelSpec) -> BaseChatModel:
    path = spec.kind.removeprefix(LANGCHAIN_PREFIX)
    module_name, _, class_name = path.partition(":")
    module = _module(module_name, "install the package that has it")
    if not class_name or not hasattr(module, class_name):
        raise SetupError(
            f"{module_name} has no class {class_name!r}; "
            f"write {LANGCHAIN_PREFIX}package.module:ClassName"
        )
    arguments = dict(spec.arguments)
    if spec.source not in ("", "embedded"):
        arguments.setdefault("model", spec.source)
    return _checked(getattr(module, class_name)(**arguments), spec)


def _module(name: str, fix: str) -> Any:
    try:
        return importlib.import_module(name)
    except (ImportError, ValueError) as error:
        raise SetupError(f"the model's module {name!r} cannot be imported: {fix}") from error


def _checked(model: object, spec: ModelSpec) -> BaseChatModel:
    if not isinstance(model, BaseChatModel):
        raise SetupError(f"{spec.kind} is not a LangChain chat model; name a class that is one")
    return model
