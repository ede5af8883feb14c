"""The embedded model behind OpenAI's chat API, adapters as model names.

`GET /v1/models` and `POST /v1/chat/completions`, streamed or not. Decoding is greedy, so
`temperature` and `seed` change nothing. `response_format` takes a JSON schema; the field
`grammar` (`{"kind": "regex" | "lark" | "choices" | "json", "source": ...}`) goes beyond
OpenAI's API. What is not computed (several choices, tools, log-probabilities, stop words) is
refused, not ignored. A client that hangs up cancels its request.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage
from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from adapters.chat_model import DEFAULT_MAX_NEW_TOKENS, EmbeddedChatModel
from adapters.errors import (
    AdapterError,
    DeadlineExceededError,
    GenerationCancelledError,
    ModelOutputError,
    PromptTooLongError,
    QueueFullError,
)
from adapters.grammar import Grammar
from adapters.registry import NO_ADAPTER

_MESSAGES = {"system": SystemMessage, "developer": SystemMessage, "user": HumanMessage,
             "assistant": AIMessage}  # fmt: skip
_REFUSED = ("tools", "functions", "logprobs", "stop", "logit_bias", "audio")
_POLL_SECONDS = 0.1


class ApiError(Exception):
    """What is answered in OpenAI's error format."""

    def __init__(
        self, status: int, message: str, *, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param

    def response(self) -> JSONResponse:
        """Return the error as OpenAI's clients read it."""
        return JSONResponse({"error": self.content()}, status_code=self.status)

    def content(self) -> dict[str, Any]:
        """Return the error object."""
        kind = "invalid_request_error" if self.status < 429 else "server_error"
        if self.status == 429:
            kind = "rate_limit_error"
        return {"message": str(self), "type": kind, "param": self.param, "code": self.code}


@dataclass(frozen=True)
class ChatCall:
    """A checked request body.

    Attributes:
        is_stream: Whether chunks are sent as they come.
        with_usage: Whether a stream ends with a chunk of token counts.
    """

    model: str
    adapter: str
    messages: list[Any]
    max_new_tokens: int
    grammar: Grammar | None
    is_stream: bool
    with_usage: bool
    hung_up: threading.Event = field(default_factory=threading.Event)

    @property
    def arguments(self) -> dict[str, Any]:
        """Call arguments of the chat model."""
        return {
            "adapter": self.adapter,
            "grammar": self.grammar,
            "max_new_tokens": self.max_new_tokens,
            "cancelled": self.hung_up.is_set,
        }


def application(model: EmbeddedChatModel, *, api_key: str = "") -> Starlette:
    """Build the server's application.

    Args:
        model: Answers; it must be one that the engine computes.
        api_key: What clients have to send as bearer token; empty for anything.
    """
    began = int(time.time())

    async def models(request: Request) -> Response:
        data = [
            {"id": name, "object": "model", "created": began, "owned_by": "footnote"}
            for name in _names(model)
        ]
        return JSONResponse({"object": "list", "data": data})

    async def chat(request: Request) -> Response:
        call = _read(await request.body(), model)
        if call.is_stream:
            return StreamingResponse(_stream(model, call), media_type="text/event-stream")
        return await _answer(model, call, request)

    async def metrics(request: Request) -> Response:
        engine = model.engine
        return Response(
            engine.record().as_json() if engine else "{}", media_type="application/json"
        )

    def guarded(endpoint: Any) -> Any:
        async def run(request: Request) -> Response:
            try:
                if api_key and request.headers.get("authorization") != f"Bearer {api_key}":
                    raise ApiError(401, "wrong API key", code="invalid_api_key")
                response: Response = await endpoint(request)
                return response
            except Exception as error:
                return _as_api_error(error).response()

        return run

    return Starlette(
        routes=[
            Route("/v1/models", guarded(models)),
            Route("/v1/chat/completions", guarded(chat), methods=["POST"]),
            Route("/metrics", guarded(metrics)),
        ]
    )


def _names(model: EmbeddedChatModel) -> list[str]:
    return [model.base.name, *(card.name for card in model.registry.cards)]


def _read(body: bytes, model: EmbeddedChatModel) -> ChatCall:
    """Check a request body.

    Raises:
        ApiError: It is not one that can be answered.
    """
    try:
        given = json.loads(body)
    except ValueError:
        raise ApiError(400, "the body is not JSON") from None
    if not isinstance(given, dict):
        raise ApiError(400, "the body is not a JSON object")
    for field_name in _REFUSED:
        if given.get(field_name):
            raise ApiError(400, f"{field_name} is not supported", param=field_name)
    if given.get("n") not in (None, 1):
        raise ApiError(400, "only one choice is computed", param="n")
    name = given.get("model")
    if name not in (*_names(model), NO_ADAPTER):
        raise ApiError(404, f"there is no model {name!r}", code="model_not_found", param="model")
    limit = given.get("max_completion_tokens") or given.get("max_tokens") or DEFAULT_MAX_NEW_TOKENS
    if not isinstance(limit, int) or limit < 1:
        raise ApiError(400, "max_tokens is a positive whole number", param="max_tokens")
    options = given.get("stream_options") or {}
    return ChatCall(
        model=str(name),
        adapter=NO_ADAPTER if name == model.base.name else str(name),
        messages=_messages(given.get("messages")),
        max_new_tokens=limit,
        grammar=_grammar(given),
        is_stream=bool(given.get("stream")),
        with_usage=bool(options.get("include_usage")),
    )


def _messages(given: Any) -> list[Any]:
    if not isinstance(given, list) or not given:
        raise ApiError(400, "messages is a list, not empty", param="messages")
    found: list[Any] = []
    for message in given:
        role = message.get("role") if isinstance(message, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, list) and all(part.get("type") == "text" for part in content):
            content = "".join(part["text"] for part in content)
        if role not in _MESSAGES or not isinstance(content, str):
            raise ApiError(400, "messages have a role and a text", param="messages")
        found.append(_MESSAGES[role](content))
    return found


def _grammar(given: dict[str, Any]) -> Grammar | None:
    form, own = given.get("response_format") or {}, given.get("grammar")
    try:
        if own:
            makers: dict[str, Any] = {"regex": Grammar.of_regex, "lark": Grammar.of_lark,
                      "choices": Grammar.of_choices, "json": Grammar.of_json_schema}  # fmt: skip
            grammar: Grammar = makers[own["kind"]](own["source"])
            return grammar
        if form.get("type") == "json_schema":
            return Grammar.of_json_schema(form["json_schema"]["schema"])
        if form.get("type") == "json_object":
            return Grammar.of_json_schema({"type": "object"})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        name = "grammar" if own else "response_format"
        raise ApiError(400, f"{name} cannot be used: {error}", param=name) from error
    if form.get("type") not in (None, "text"):
        raise ApiError(400, f"there is no format {form['type']!r}", param="response_format")
    return None


async def _answer(model: EmbeddedChatModel, call: ChatCall, request: Request) -> Response:
    """Answer in one piece, giving up when the client hangs up."""
    work = asyncio.ensure_future(asyncio.to_thread(model.invoke, call.messages, **call.arguments))
    while not (await asyncio.wait({work}, timeout=_POLL_SECONDS))[0]:
        if await request.is_disconnected():
            call.hung_up.set()
    reply = work.result()
    choice = {
        "index": 0, "logprobs": None,
        "message": {"role": "assistant", "content": str(reply.text), "refusal": None},
        "finish_reason": _finish(reply, call),
    }  # fmt: skip
    return JSONResponse(
        {**_head(call, "chat.completion"), "choices": [choice], "usage": _usage(reply)}
    )


async def _stream(model: EmbeddedChatModel, call: ChatCall) -> AsyncIterator[str]:
    """Yield server-sent events; closing the generator cancels the request."""
    head = _head(call, "chat.completion.chunk")
    last: Any = None

    def event(delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event({**head, "choices": [choice]})

    try:
        yield event({"role": "assistant", "content": ""})
        async for chunk in iterate_in_threadpool(model.stream(call.messages, **call.arguments)):
            last = chunk if last is None else last + chunk
            if chunk.text:
                yield event({"content": str(chunk.text)})
        yield event({}, _finish(last, call))
        if call.with_usage:
            yield _event({**head, "choices": [], "usage": _usage(last)})
        yield "data: [DONE]\n\n"
    except Exception as error:
        # The status is sent already: OpenAI's clients raise on an error object, too.
        yield _event({"error": _as_api_error(error).content()})
    finally:
        call.hung_up.set()


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"


def _head(call: ChatCall, kind: str) -> dict[str, Any]:
    name = f"chatcmpl-{uuid.uuid4().hex}"
    return {"id": name, "object": kind, "created": int(time.time()), "model": call.model}


def _finish(reply: AIMessage | AIMessageChunk, call: ChatCall) -> str:
    usage = reply.usage_metadata
    is_cut = usage is not None and usage["output_tokens"] >= call.max_new_tokens
    return "length" if is_cut and call.grammar is None else "stop"


def _usage(reply: AIMessage | AIMessageChunk) -> dict[str, int]:
    usage = reply.usage_metadata
    assert usage is not None
    return {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["total_tokens"],
    }


def _as_api_error(error: Exception) -> ApiError:
    """Say an error in OpenAI's terms."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, PromptTooLongError):
        return ApiError(400, str(error), code="context_length_exceeded", param="messages")
    if isinstance(error, QueueFullError):
        return ApiError(429, str(error), code="queue_full")
    if isinstance(error, ModelOutputError):
        return ApiError(400, str(error), code="length", param="max_tokens")
    if isinstance(error, GenerationCancelledError | DeadlineExceededError):
        return ApiError(499, str(error), code="cancelled")
    if isinstance(error, AdapterError):
        return ApiError(503, str(error), code="adapter_unusable", param="model")
    return ApiError(500, f"{type(error).__name__}: {error}")
