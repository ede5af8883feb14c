"""The server on loopback, asked by OpenAI's own client."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra `serve` is not installed")

MESSAGES = [{"role": "system", "content": "Pick."}, {"role": "user", "content": "net?"}]
SCHEMA = {
    "type": "object",
    "properties": {"metric": {"enum": ["revenue", "assets"]}},
    "required": ["metric"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "plan", "schema": SCHEMA}}


@pytest.fixture(scope="module")
def served(tiny_base: Any, adapter_folders: list[Path]) -> Iterator[Any]:
    """The model and OpenAI's client of a server over it, adapters a0 to a7 registered."""
    import uvicorn
    from openai import OpenAI

    from adapters.chat_model import EmbeddedChatModel
    from adapters.registry import AdapterCard, Registry
    from adapters.server import application

    cards = tuple(
        AdapterCard(folder.name, folder, {folder.name: "0"}, "tiny", tiny_base.base_hash)
        for folder in adapter_folders[:8]
    )
    model = EmbeddedChatModel(base=tiny_base, registry=Registry(cards))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(application(model, api_key="k"), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    client = OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="k", max_retries=0)
    for _ in range(200):
        try:
            client.models.list()
            break
        except Exception:
            time.sleep(0.05)
    yield model, client, f"http://127.0.0.1:{port}/v1"
    server.should_exit = True
    thread.join()


def test_adapters_are_listed_as_models(served: Any, tiny_base: Any) -> None:
    names = [model.id for model in served[1].models.list()]
    assert names == [tiny_base.name, *(f"a{i}" for i in range(8))]


def test_a_json_schema_holds_and_the_adapter_is_the_model_name(served: Any) -> None:
    model, client, _ = served
    reply = client.chat.completions.create(
        model="a1", messages=MESSAGES, response_format=FORMAT, max_tokens=60
    )
    text = reply.choices[0].message.content
    assert json.loads(text)["metric"] in ("revenue", "assets")
    assert reply.usage.completion_tokens > 4
    from langchain_core.messages import HumanMessage, SystemMessage

    from adapters.grammar import Grammar

    messages = [SystemMessage("Pick."), HumanMessage("net?")]
    same = model.invoke(messages, adapter="a1", grammar=Grammar.of_json_schema(SCHEMA))
    assert same.text == text


def test_a_stream_gives_the_same_text_and_usage(served: Any) -> None:
    asked = {"model": "a2", "messages": MESSAGES, "max_tokens": 12}
    grammar = {"grammar": {"kind": "regex", "source": "[a-z]{12}"}}
    client = served[1]
    whole = client.chat.completions.create(**asked, extra_body=grammar)
    chunks = list(
        client.chat.completions.create(
            **asked, extra_body=grammar, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert len(text) == 12
    assert chunks[-1].usage == whole.usage


def test_errors_come_as_openai_has_them(served: Any) -> None:
    import openai

    client = served[1]
    with pytest.raises(openai.NotFoundError, match="no model 'nobody'"):
        client.chat.completions.create(model="nobody", messages=MESSAGES)
    with pytest.raises(openai.BadRequestError, match="stop is not supported"):
        client.chat.completions.create(model="a1", messages=MESSAGES, stop=["x"])
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model="a1", messages=[{"role": "user", "content": "net " * 600}]
        )
    assert caught.value.code == "context_length_exceeded"
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="wrong").models.list()


def test_hanging_up_cancels_the_request(served: Any) -> None:
    model, client, _ = served
    grammar = {"grammar": {"kind": "regex", "source": "[a-z]{400}"}}
    stream = client.chat.completions.create(
        model="a3", messages=MESSAGES, max_tokens=400, stream=True, extra_body=grammar
    )
    next(iter(stream))
    stream.close()
    for _ in range(400):
        if model.engine.record().requests.get("cancelled") == 1:
            break
        time.sleep(0.05)
    assert model.engine.record().requests["cancelled"] == 1


def test_the_agent_asks_a_server_for_the_adapter_of_each_task(served: Any, tiny_base: Any) -> None:
    pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")
    from adapters.completion import complete
    from adapters.connect import ModelSpec, connect
    from adapters.tasks.spec import TaskSpec, Turn

    remote = connect(ModelSpec("openai", source=tiny_base.name, url=served[2], api_key="k"))
    assert "a4" in remote.adapter_models  # type: ignore[attr-defined]
    for name, adapter in (("a4", "a4"), ("unknown", "base")):
        task = TaskSpec(name, (Turn("user", "{q}"),))
        text = complete(remote, task, {"q": "net?"}).text
        messages = task.render(q="net?")
        assert text == served[0].invoke(messages, adapter=adapter).text.strip() or text == (
            served[0].invoke(messages, adapter=adapter).text
        )
