"""The embedded model as a LangChain chat model.

Call arguments (also through `bind`): `task` (its name, which selects the adapter that the
registry has for it), `adapter` (a name, instead of the task's), `grammar`, `max_new_tokens`,
`deadline_seconds`, `cancelled` (a function that says yes to stop), `prompt_hash` (of the
task's template: an adapter trained with another one refuses to serve).

On the CPU the engine computes (`adapters.engine`), many calls together; elsewhere, and for
architectures that it does not know, transformers does, one call at a time.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, PrivateAttr

from adapters.grammar import Grammar
from adapters.registry import Registry

if TYPE_CHECKING:
    from adapters.decode import Piece, Stop
    from adapters.engine.serving import Engine
    from adapters.likelihood import Normalisation
    from adapters.prompt import Prompt

DEFAULT_MAX_NEW_TOKENS = 256
_LOCK_POLL_SECONDS = 0.05


class EmbeddedChatModel(BaseChatModel):
    """Greedy, grammar-held decoding with a local model and an adapter a task; thread-safe.

    Attributes:
        base: A loaded `adapters.base_model.BaseModel`.
        registry: The adapters at hand.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    base: Any
    registry: Registry = Field(default_factory=Registry)

    # What `adapters.completion` may rely on.
    takes_task: bool = True
    decodes_grammar: bool = True

    _runner: Any = PrivateAttr(default=None)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "footnote-embedded"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"base": self.base.name, "quantization": self.base.quantization}

    def count_prompt_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """Count the tokens that messages take as a prompt."""
        from adapters.prompt import encode

        return len(encode(self.base, messages, reply_tokens=0).tokens)

    def adapter_for(self, task: str) -> str:
        """Return the adapter that serves a task, "base" for none."""
        return self.registry.adapter_for(task)

    @property
    def engine(self) -> Engine | None:
        """The engine that computes, made at its first use; None where transformers does."""
        runner = self._running()
        return runner.engine if isinstance(runner, _EngineRunner) else None

    def score_choices(
        self,
        messages: list[BaseMessage],
        choices: tuple[str, ...],
        *,
        normalisation: Normalisation = "mean",
        **kwargs: Any,
    ) -> AIMessage:
        """Reply with the likeliest choice.

        Args:
            messages: The prompt.
            choices: The possible replies.
            normalisation: "mean" compares log-probabilities per token, "sum" in total.
            **kwargs: Call arguments, see the module's text.

        Returns:
            The choice; `response_metadata["scores"]` has (choice, natural log-probability)
            pairs, best first, earlier choices first on a tie.
        """
        from adapters.prompt import encode

        stop, adapter = _stop(kwargs), self._adapter(kwargs)
        stop.check()
        sequences = [self._reply_tokens(choice) for choice in choices]
        longest = max(len(sequence) for sequence in sequences)
        prompt = encode(self.base, messages, reply_tokens=longest)
        scores = self._running().score(prompt, sequences, adapter, stop, normalisation)
        ranked = sorted(zip(choices, scores, strict=True), key=lambda pair: -pair[1])
        return AIMessage(
            content=ranked[0][0],
            usage_metadata=_usage(len(prompt.tokens), sum(map(len, sequences))),
            response_metadata={"adapter": adapter, "scores": ranked},
        )

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        chunks = list(self._stream(messages, stop, run_manager, **kwargs))
        last = chunks[-1].message
        assert isinstance(last, AIMessageChunk)
        message = AIMessage(
            content="".join(chunk.text for chunk in chunks),
            usage_metadata=last.usage_metadata,
            response_metadata=last.response_metadata,
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        from adapters.decode import ReplyText
        from adapters.prompt import encode

        if stop:
            raise ValueError("the embedded model takes a grammar, not stop words")
        limits, adapter = _stop(kwargs), self._adapter(kwargs)
        limits.check()
        grammar: Grammar | None = kwargs.get("grammar")
        prompt = encode(self.base, messages, reply_tokens=limits.max_new_tokens)
        reply, forced_count = ReplyText(self.base), 0
        for piece in self._running().generate(prompt, adapter, grammar, limits):
            forced_count += len(piece.tokens) if piece.forced else 0
            if text := reply.add(piece.tokens):
                yield _chunk(text, run_manager)
        last = _chunk(reply.rest(), run_manager)
        assert isinstance(last.message, AIMessageChunk)
        last.message.usage_metadata = _usage(len(prompt.tokens), len(reply.tokens))
        last.message.response_metadata = {"adapter": adapter, "forced_tokens": forced_count}
        yield last

    def _adapter(self, kwargs: dict[str, Any]) -> str:
        """Return the adapter that a call asks for by name or task."""
        named: str | None = kwargs.get("adapter")
        task = str(kwargs.get("task", ""))
        name = named or self.registry.adapter_for(task)
        self.registry.check_prompt(name, task, kwargs.get("prompt_hash"))
        return name

    def _reply_tokens(self, reply: str) -> list[int]:
        tokenizer = self.base.tokenizer
        ids: list[int] = tokenizer(reply, add_special_tokens=False)["input_ids"]
        return [*ids, tokenizer.eos_token_id]

    def _running(self) -> _EngineRunner | _DecoderRunner:
        """Return what computes, made once."""
        with self._lock:
            if self._runner is None:
                from adapters.engine.weights import unsupported

                if unsupported(self.base) is None:
                    self._runner = _EngineRunner(self.base, self.registry)
                    weakref.finalize(self, self._runner.engine.close)
                else:
                    self._runner = _DecoderRunner(self.base, self.registry)
            runner: _EngineRunner | _DecoderRunner = self._runner
            return runner


class _EngineRunner:
    """Many calls at once, by the engine."""

    def __init__(self, base: Any, registry: Registry) -> None:
        from adapters.engine.serving import Engine

        self.engine: Engine = Engine(base)
        for card in registry.cards:
            self.engine.register(card.name, card.folder)

    def generate(
        self, prompt: Prompt, adapter: str, grammar: Grammar | None, stop: Stop
    ) -> Iterator[Piece]:
        from adapters.engine.job import Request

        ticket = self.engine.submit(Request(prompt, adapter, grammar, stop))
        try:
            yield from ticket
        finally:
            ticket.cancel()  # of effect only where the reply was not read to its end

    def score(
        self,
        prompt: Prompt,
        sequences: list[list[int]],
        adapter: str,
        stop: Stop,
        normalisation: Normalisation,
    ) -> list[float]:
        from adapters.engine.job import Request

        choices = tuple(tuple(sequence) for sequence in sequences)
        ticket = self.engine.submit(Request(prompt, adapter, None, stop, choices))
        for _ in ticket:
            pass
        totals = [sum(found) for found in ticket.log_probabilities]
        if normalisation == "sum":
            return totals
        return [total / len(sequence) for total, sequence in zip(totals, sequences, strict=True)]


class _DecoderRunner:
    """One call at a time, by transformers; adapters through PEFT."""

    def __init__(self, base: Any, registry: Registry) -> None:
        from adapters.decode import Decoder

        self._decoder = Decoder(base, folders={card.name: card.folder for card in registry.cards})
        self._lock = threading.Lock()

    def generate(
        self, prompt: Prompt, adapter: str, grammar: Grammar | None, stop: Stop
    ) -> Iterator[Piece]:
        with self._held(stop):
            self._decoder.use(adapter)
            yield from self._decoder.generate(prompt, grammar, stop)

    def score(
        self,
        prompt: Prompt,
        sequences: list[list[int]],
        adapter: str,
        stop: Stop,
        normalisation: Normalisation,
    ) -> list[float]:
        from adapters.likelihood import log_probabilities

        with self._held(stop):
            self._decoder.use(adapter)
            context = self._decoder.read(prompt, stop)
            stop.check()
            return log_probabilities(
                self._decoder.base, context, sequences, normalisation=normalisation
            )

    @contextmanager
    def _held(self, stop: Stop) -> Iterator[None]:
        """Hold the model, heeding the caller's limits while waiting for it."""
        while not self._lock.acquire(timeout=_LOCK_POLL_SECONDS):
            stop.check()
        try:
            stop.check()
            yield
        finally:
            self._lock.release()


def _stop(kwargs: dict[str, Any]) -> Stop:
    from adapters.decode import Stop

    seconds: float | None = kwargs.get("deadline_seconds")
    cancelled: Callable[[], bool] | None = kwargs.get("cancelled")
    return Stop(
        max_new_tokens=kwargs.get("max_new_tokens", DEFAULT_MAX_NEW_TOKENS),
        deadline=None if seconds is None else time.monotonic() + seconds,
        cancelled=cancelled,
    )


def _usage(prompt_tokens: int, output_tokens: int) -> UsageMetadata:
    return {
        "input_tokens": prompt_tokens,
        "output_tokens": output_tokens,
        "total_tokens": prompt_tokens + output_tokens,
    }


def _chunk(text: str, run_manager: CallbackManagerForLLMRun | None) -> ChatGenerationChunk:
    chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
    if run_manager and text:
        run_manager.on_llm_new_token(text, chunk=chunk)
    return chunk
