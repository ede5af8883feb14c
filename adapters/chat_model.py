"""The embedded model as a LangChain chat model.

No adapter is shipped yet, so the base serves every task. Call arguments (also through
`bind`): `task` (its name), `grammar`, `max_new_tokens`, `deadline_seconds`, `cancelled` (a
function that says yes to stop).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, PrivateAttr

from adapters.grammar import Grammar
from adapters.registry import NO_ADAPTER

if TYPE_CHECKING:
    from adapters.decode import Decoder, Stop
    from adapters.likelihood import Normalisation

DEFAULT_MAX_NEW_TOKENS = 256
_LOCK_POLL_SECONDS = 0.05


class EmbeddedChatModel(BaseChatModel):
    """Greedy, grammar-held decoding with a local model; one call at a time, thread-safe.

    Attributes:
        base: A loaded `adapters.base_model.BaseModel`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    base: Any

    # What `adapters.completion` may rely on.
    takes_task: bool = True
    decodes_grammar: bool = True

    _decoder: Any = PrivateAttr(default=None)
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
        from adapters.likelihood import log_probabilities
        from adapters.prompt import encode

        stop = _stop(kwargs)
        with self._held(stop) as decoder:
            sequences = [self._reply_tokens(choice) for choice in choices]
            longest = max(len(sequence) for sequence in sequences)
            prompt = encode(self.base, messages, reply_tokens=longest)
            context = decoder.read(prompt, stop)
            stop.check()
            scores = log_probabilities(self.base, context, sequences, normalisation=normalisation)
        ranked = sorted(zip(choices, scores, strict=True), key=lambda pair: -pair[1])
        return AIMessage(
            content=ranked[0][0],
            usage_metadata=_usage(len(prompt.tokens), sum(map(len, sequences))),
            response_metadata={"adapter": NO_ADAPTER, "scores": ranked},
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
        from adapters.prompt import encode

        if stop:
            raise ValueError("the embedded model takes a grammar, not stop words")
        limits = _stop(kwargs)
        grammar: Grammar | None = kwargs.get("grammar")
        forced_count, tokens, sent = 0, list[int](), ""
        with self._held(limits) as decoder:
            prompt = encode(self.base, messages, reply_tokens=limits.max_new_tokens)
            for piece in decoder.generate(prompt, grammar, limits):
                tokens.extend(piece.tokens)
                forced_count += len(piece.tokens) if piece.forced else 0
                text = decoder.text(tokens)
                if text.endswith("\ufffd"):  # half a character: wait for the rest
                    continue
                if text != sent:
                    yield _chunk(text[len(sent) :], run_manager)
                    sent = text
            rest = decoder.text(tokens)[len(sent) :]
        last = _chunk(rest, run_manager)
        assert isinstance(last.message, AIMessageChunk)
        last.message.usage_metadata = _usage(len(prompt.tokens), len(tokens))
        last.message.response_metadata = {
            "adapter": NO_ADAPTER,
            "forced_tokens": forced_count,
        }
        yield last

    def _reply_tokens(self, reply: str) -> list[int]:
        tokenizer = self.base.tokenizer
        ids: list[int] = tokenizer(reply, add_special_tokens=False)["input_ids"]
        return [*ids, tokenizer.eos_token_id]

    @contextmanager
    def _held(self, stop: Stop) -> Iterator[Decoder]:
        """Hold the model, heeding the caller's limits while waiting for it."""
        while not self._lock.acquire(timeout=_LOCK_POLL_SECONDS):
            stop.check()
        try:
            if self._decoder is None:
                from adapters.decode import Decoder

                self._decoder = Decoder(self.base)
            stop.check()
            yield self._decoder
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
