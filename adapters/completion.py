"""Ask any LangChain chat model to do a task and hold its reply to a grammar.

The embedded model decodes under the grammar, so its reply is right by construction. Any
other model is asked in words, its reply is checked against the same grammar, and what was
wrong is fed back for a bounded number of repairs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from adapters.errors import DeadlineExceededError, GenerationCancelledError, ModelOutputError
from adapters.grammar import Grammar
from adapters.tasks.spec import TaskSpec, VariableValue

Method = Literal["decode", "choose"]


@dataclass(frozen=True)
class Limits:
    """When to stop waiting for a model.

    Attributes:
        max_repairs: How often a wrong reply is sent back with its error.
        deadline_seconds: Longest time for the whole completion, None for no limit.
        cancelled: Asked before every call, and by the embedded model before every token.
    """

    max_repairs: int = 2
    deadline_seconds: float | None = None
    cancelled: Callable[[], bool] | None = None


@dataclass(frozen=True)
class ScoredChoice:
    """A choice and its log-probability (natural log, per the scoring's normalisation)."""

    text: str
    log_probability: float


@dataclass(frozen=True)
class Completion:
    """A reply that its grammar accepts, and what it cost.

    Attributes:
        text: The reply.
        task: Name of the task.
        adapter: Adapter that served it; "base" for none, "" for a foreign model.
        method: "decode", "choose", or "forced" where the grammar left no choice and no
            model was called.
        prompt_tokens: Prompt tokens over all calls (words for the scripted model).
        output_tokens: Reply tokens over all calls, forced ones included.
        forced_tokens: Reply tokens that the grammar dictated.
        calls: Model calls made; 0 when forced.
        ms: Wall time, milliseconds.
        prompt_hash: Hash of the task's template.
        scores: Every choice with its score, best first; empty unless choosing by score.
    """

    text: str
    task: str
    adapter: str
    method: Literal["decode", "choose", "forced"]
    prompt_tokens: int
    output_tokens: int
    forced_tokens: int
    calls: int
    ms: float
    prompt_hash: str
    scores: tuple[ScoredChoice, ...] = ()


@runtime_checkable
class ScoresChoices(Protocol):
    """A chat model that can say how likely each choice is."""

    def score_choices(
        self, messages: list[BaseMessage], choices: tuple[str, ...], **kwargs: Any
    ) -> AIMessage:
        """Return the likeliest choice, with all scores in `response_metadata["scores"]`."""


def complete(
    model: BaseChatModel,
    task: TaskSpec,
    variables: Mapping[str, VariableValue],
    grammar: Grammar | None = None,
    *,
    method: Method = "decode",
    limits: Limits | None = None,
) -> Completion:
    """Have a model do one task.

    Args:
        model: Any LangChain chat model.
        task: The prompt and its limits.
        variables: Values of the task's template variables, exactly its set.
        grammar: What the reply must be; None allows any text.
        method: "choose" picks among a choice grammar's strings by likelihood where the
            model can score (the embedded one); elsewhere it asks, as "decode" does.
        limits: Repairs, deadline, cancellation.

    Raises:
        ModelOutputError: No acceptable reply after the last repair.
        DeadlineExceededError: The deadline passed.
        GenerationCancelledError: The caller cancelled.
        ValueError: Wrong variables, or "choose" without a choice grammar.
    """
    started = time.perf_counter()
    limits = limits or Limits()
    messages = task.render(**variables)
    choices = grammar.choices if grammar else ()
    if method == "choose" and not choices:
        raise ValueError("method 'choose' needs a grammar of choices")
    if len(choices) == 1:
        return _forced(task, choices[0], started)
    if method == "choose" and isinstance(model, ScoresChoices):
        kwargs = _call_arguments(task, None, limits, started)
        scoring = {"normalisation": task.normalisation}
        reply = model.score_choices(messages, choices, **scoring, **kwargs)
        return _completion(task, "choose", [reply], started)
    replies = _ask_until_accepted(model, task, messages, grammar, limits, started)
    return _completion(task, method, replies, started)


def _ask_until_accepted(
    model: BaseChatModel,
    task: TaskSpec,
    messages: list[BaseMessage],
    grammar: Grammar | None,
    limits: Limits,
    started: float,
) -> list[AIMessage]:
    """Return every reply, the accepted one last."""
    replies: list[AIMessage] = []
    conversation = messages
    native = bool(getattr(model, "decodes_grammar", False))
    if grammar and not native:
        conversation = [*messages[:-1], _with_expectation(messages[-1], grammar)]
    error: str | None = None
    for _ in range(1 if native else limits.max_repairs + 1):
        kwargs = _call_arguments(task, grammar, limits, started)
        reply = model.invoke(conversation, **_understood(model, task, kwargs))
        reply = reply.model_copy(update={"content": _bare(reply.text, grammar)})
        replies.append(reply)
        error = grammar.error_in(reply.text) if grammar else None
        if error is None:
            return replies
        conversation = [*conversation, reply, HumanMessage(error)]
    texts = tuple(str(reply.text) for reply in replies)
    raise ModelOutputError(f"task {task.name!r}, after {len(replies)} replies: {error}", texts)


def _call_arguments(
    task: TaskSpec, grammar: Grammar | None, limits: Limits, started: float
) -> dict[str, Any]:
    """Check the limits before a call is paid for, and pass on what is left of them."""
    if limits.cancelled and limits.cancelled():
        raise GenerationCancelledError(f"task {task.name!r} was cancelled")
    remaining = None
    if limits.deadline_seconds is not None:
        remaining = limits.deadline_seconds - (time.perf_counter() - started)
        if remaining <= 0:
            raise DeadlineExceededError(
                f"task {task.name!r} took longer than {limits.deadline_seconds:g} s"
            )
    return {
        "task": task.name,
        "grammar": grammar,
        "prompt_hash": task.prompt_hash,
        "max_new_tokens": task.max_new_tokens,
        "deadline_seconds": remaining,
        "cancelled": limits.cancelled,
    }


def _understood(model: BaseChatModel, task: TaskSpec, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that a model takes; a foreign API would refuse unknown ones.

    A server that has adapters as model names (`adapters.connect`) is asked for the task's.
    """
    if getattr(model, "takes_task", False):
        return kwargs
    if task.name in getattr(model, "adapter_models", ()):
        return {"model": task.name}
    return {}


def _with_expectation(message: BaseMessage, grammar: Grammar) -> BaseMessage:
    text = f"{message.text}\n\n{grammar.expectation()}"
    return message.model_copy(update={"content": text})


def _bare(text: str, grammar: Grammar | None) -> str:
    """Drop what chat models wrap around a reply: white space and a Markdown fence."""
    if grammar is None:
        return text
    lines = text.strip().splitlines()
    if len(lines) >= 3 and lines[0].startswith("```") and lines[-1] == "```":
        lines = lines[1:-1]
    return "\n".join(lines).strip()


def _forced(task: TaskSpec, text: str, started: float) -> Completion:
    return Completion(
        text=text,
        task=task.name,
        adapter="",
        method="forced",
        prompt_tokens=0,
        output_tokens=0,
        forced_tokens=0,
        calls=0,
        ms=(time.perf_counter() - started) * 1000,
        prompt_hash=task.prompt_hash,
    )


def _completion(
    task: TaskSpec, method: Method, replies: list[AIMessage], started: float
) -> Completion:
    usages = [reply.usage_metadata for reply in replies if reply.usage_metadata]
    last = replies[-1]
    return Completion(
        text=str(last.text),
        task=task.name,
        adapter=last.response_metadata.get("adapter", ""),
        method=method,
        prompt_tokens=sum(usage["input_tokens"] for usage in usages),
        output_tokens=sum(usage["output_tokens"] for usage in usages),
        forced_tokens=last.response_metadata.get("forced_tokens", 0),
        calls=len(replies),
        ms=(time.perf_counter() - started) * 1000,
        prompt_hash=task.prompt_hash,
        scores=tuple(
            ScoredChoice(text, score) for text, score in last.response_metadata.get("scores", ())
        ),
    )
