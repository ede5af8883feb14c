"""Greedy decoding under a grammar, with a key-value cache kept per prompt prefix.

Where the grammar leaves one way to go on, its tokens are appended without asking the model
("jumped over"): they cost their share of the next forward pass and no sampling. Decoding
is deterministic: the same base, prompt and grammar give the same reply, whatever was asked
before, since a prompt is always computed in the same pieces, cached or not.
"""

from __future__ import annotations

import copy
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer

from adapters.base_model import BaseModel
from adapters.errors import (
    AdapterError,
    DeadlineExceededError,
    GenerationCancelledError,
    ModelOutputError,
)
from adapters.grammar import Grammar
from adapters.prompt import Prompt
from adapters.registry import NO_ADAPTER

# A prompt is computed in pieces of this many tokens, between which a cancel is heard.
PIECE_TOKENS = 512


@dataclass(frozen=True)
class Stop:
    """When to give up decoding.

    Attributes:
        max_new_tokens: Longest reply, tokens.
        deadline: Moment on the `time.monotonic` clock, seconds; None for no limit.
        cancelled: Asked before every forward pass.
    """

    max_new_tokens: int = 256
    deadline: float | None = None
    cancelled: Callable[[], bool] | None = None

    def check(self) -> None:
        """Raise if it is time to stop.

        Raises:
            GenerationCancelledError: The caller cancelled.
            DeadlineExceededError: The deadline passed.
        """
        if self.cancelled and self.cancelled():
            raise GenerationCancelledError("decoding was cancelled")
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise DeadlineExceededError("decoding took longer than its deadline")


@dataclass(frozen=True)
class Piece:
    """Reply tokens as they come.

    Attributes:
        tokens: Token ids, at least one.
        forced: Whether the grammar dictated them.
    """

    tokens: tuple[int, ...]
    forced: bool


@dataclass
class Context:
    """A sequence under computation: the cache of what was computed, and what it says.

    Attributes:
        cache: The transformers cache.
        logits: Scores of the next token, float32 [vocab]; None before the first pass.
    """

    cache: Any
    logits: torch.Tensor | None = None

    def fork(self) -> Context:
        """Return a copy that can be extended without touching this one.

        Extending a dynamic cache makes new tensors, so the old ones can be shared.
        """
        cache = copy.copy(self.cache)
        cache.layers = [copy.copy(layer) for layer in self.cache.layers]
        return Context(cache, self.logits)


@dataclass
class Decoder:
    """Runs one base model; not thread-safe, its caller holds a lock.

    Attributes:
        base: The model.
        max_prefixes: How many prompt prefixes stay computed, least recently used out first.
        folders: Adapters by name, in PEFT's form.
    """

    base: BaseModel
    max_prefixes: int = 8
    folders: Mapping[str, Path] = field(default_factory=dict)
    _prefixes: OrderedDict[tuple[str, tuple[int, ...]], Context] = field(
        default_factory=OrderedDict
    )
    _adapter: str = NO_ADAPTER
    _adapted: Any = None
    _peft: Any = None
    _matchers: OrderedDict[str, LLMatcher] = field(default_factory=OrderedDict)
    _grammar_tokenizer: LLTokenizer | None = None

    def use(self, adapter: str) -> None:
        """Compute with an adapter from now on, through PEFT; "base" for none.

        Raises:
            AdapterError: There is none of this name.
        """
        if adapter == self._adapter:
            return
        if adapter == NO_ADAPTER:
            self._adapted.disable_adapter_layers()
        else:
            self._load(adapter)
            self._adapted.enable_adapter_layers()
            self._adapted.set_adapter(adapter)
        self._adapter = adapter

    def _load(self, adapter: str) -> None:
        from peft import PeftModel

        if adapter not in self.folders:
            raise AdapterError(adapter, "there is none of this name")
        folder = str(self.folders[adapter])
        if self._adapted is None:
            # PEFT puts its layers into the base itself: `base.model` computes with them.
            wrapped = PeftModel.from_pretrained(self.base.model, folder, adapter_name=adapter)
            self._adapted = wrapped.base_model
            self._peft = wrapped
        elif adapter not in self._peft.peft_config:
            self._peft.load_adapter(folder, adapter_name=adapter)

    def read(self, prompt: Prompt, stop: Stop, *, more: Sequence[int] = ()) -> Context:
        """Compute a prompt, from its cached prefix if there is one.

        Args:
            prompt: The prompt.
            stop: Checked between pieces.
            more: Reply tokens to compute along with it.
        """
        prefix = prompt.tokens[: prompt.prefix_length]
        context = self._read_prefix(prefix, stop) if prefix else self._empty()
        self.extend(context, [*prompt.tokens[len(prefix) :], *more], stop)
        return context

    def extend(self, context: Context, tokens: Sequence[int], stop: Stop) -> None:
        """Append tokens to a context, in place."""
        for start in range(0, len(tokens), PIECE_TOKENS):
            stop.check()
            piece = tokens[start : start + PIECE_TOKENS]
            ids = torch.tensor([piece], device=self.base.model.device)
            with torch.inference_mode():
                output = self.base.model(
                    input_ids=ids, past_key_values=context.cache, use_cache=True, logits_to_keep=1
                )
            context.logits = output.logits[0, -1].float()

    def generate(self, prompt: Prompt, grammar: Grammar | None, stop: Stop) -> Iterator[Piece]:
        """Yield the reply's tokens until the grammar or the model ends it.

        Raises:
            ModelOutputError: The limit came before the grammar was satisfied.
        """
        matcher = self._matcher(grammar) if grammar else None
        context: Context | None = None
        pending: list[int] = []  # reply tokens that no forward pass has seen yet
        count = 0
        while True:
            if matcher and (forced := matcher.compute_ff_tokens()):
                _consume(matcher, forced)
                pending.extend(forced)
                count += len(forced)
                yield Piece(tuple(forced), forced=True)
            if matcher and matcher.is_stopped():
                return
            if count >= stop.max_new_tokens:
                break
            if context is None:
                context = self.read(prompt, stop, more=pending)
            else:
                self.extend(context, pending, stop)
            token = self._pick(context, matcher)
            if token in end_tokens(self.base):
                return
            if matcher:
                _consume(matcher, [token])
            pending = [token]
            count += 1
            yield Piece((token,), forced=False)
        if matcher and not matcher.is_accepting():
            raise ModelOutputError(
                f"the reply was cut off at {stop.max_new_tokens} tokens, "
                "before it was what the grammar asks for"
            )

    def _read_prefix(self, prefix: tuple[int, ...], stop: Stop) -> Context:
        key = (self._adapter, prefix)
        if key not in self._prefixes:
            context = self._empty()
            self.extend(context, prefix, stop)
            self._prefixes[key] = context
            if len(self._prefixes) > self.max_prefixes:
                self._prefixes.popitem(last=False)
        self._prefixes.move_to_end(key)
        return self._prefixes[key].fork()

    def _empty(self) -> Context:
        from transformers import DynamicCache

        return Context(DynamicCache(config=self.base.model.config))

    def _pick(self, context: Context, matcher: LLMatcher | None) -> int:
        """Return the likeliest token that the grammar allows (the lowest id on a tie)."""
        assert context.logits is not None
        logits = context.logits.cpu().numpy()
        if matcher is None:
            return int(logits.argmax())
        mask = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
        allowed = np.flatnonzero(np.unpackbits(mask, bitorder="little")[: logits.size])
        if not allowed.size:
            raise ModelOutputError(f"the grammar allows no token here: {matcher.get_error()}")
        return int(allowed[logits[allowed].argmax()])

    def _matcher(self, grammar: Grammar) -> LLMatcher:
        """Return a fresh matcher; compiled ones are kept by grammar hash."""
        if grammar.hash not in self._matchers:
            matcher = LLMatcher(self._tokenizer(), grammar.compiled(), log_level=0)
            if matcher.is_error():
                raise ValueError(f"grammar is not valid: {matcher.get_error()}")
            self._matchers[grammar.hash] = matcher
            if len(self._matchers) > 64:
                self._matchers.popitem(last=False)
        return self._matchers[grammar.hash].deep_copy()

    def _tokenizer(self) -> LLTokenizer:
        if self._grammar_tokenizer is None:
            self._grammar_tokenizer = from_tokenizer(
                self.base.tokenizer, n_vocab=self.base.model.config.vocab_size
            )
        return self._grammar_tokenizer


class ReplyText:
    """A reply's text as its tokens come, without control tokens and half characters."""

    def __init__(self, base: BaseModel) -> None:
        self.tokens: list[int] = []
        self._tokenizer = base.tokenizer
        self._sent = ""

    def add(self, tokens: Sequence[int]) -> str:
        """Take tokens and return the text that is complete and was not returned yet."""
        self.tokens.extend(tokens)
        text = self._text()
        if text.endswith("\ufffd"):  # half a character: wait for the rest
            return ""
        new, self._sent = text[len(self._sent) :], text
        return new

    def rest(self) -> str:
        """Return what was held back."""
        return self._text()[len(self._sent) :]

    def _text(self) -> str:
        return str(
            self._tokenizer.decode(
                self.tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )


def end_tokens(base: BaseModel) -> frozenset[int]:
    """Ids that end a reply: the tokenizer's own and those of the generation settings."""
    configured = base.model.generation_config.eos_token_id
    more = configured if isinstance(configured, list) else [configured]
    ids = [base.tokenizer.eos_token_id, *more]
    return frozenset(int(token) for token in ids if token is not None)


def _consume(matcher: LLMatcher, tokens: Sequence[int]) -> None:
    if not matcher.consume_tokens(list(tokens)):
        raise ModelOutputError(f"the grammar refused its own tokens: {matcher.get_error()}")
