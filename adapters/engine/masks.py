"""Grammars at work: which tokens may come next, and which must."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from llguidance import LLMatcher, LLTokenizer
from llguidance.hf import from_tokenizer

from adapters.errors import ModelOutputError
from adapters.grammar import Grammar

_MAX_COMPILED = 64


@dataclass
class Mask:
    """One reply's place in its grammar."""

    matcher: LLMatcher
    vocabulary: int

    def forced(self) -> tuple[int, ...]:
        """Take and return the tokens that the grammar leaves no choice about."""
        tokens = self.matcher.compute_ff_tokens()
        if tokens:
            self.take(tokens)
        return tuple(tokens)

    def take(self, tokens: Sequence[int]) -> None:
        """Go on by tokens.

        Raises:
            ModelOutputError: The grammar does not allow them.
        """
        if not self.matcher.consume_tokens(list(tokens)):
            error = self.matcher.get_error()
            raise ModelOutputError(f"the grammar refused its own tokens: {error}")

    def allowed(self) -> np.ndarray:
        """Return the ids that may come next, rising, int64.

        Raises:
            ModelOutputError: There is none.
        """
        mask = np.frombuffer(self.matcher.compute_bitmask(), dtype=np.uint8)
        bits = np.unpackbits(mask, bitorder="little")[: self.vocabulary]
        ids: np.ndarray = np.flatnonzero(bits)
        if not ids.size:
            error = self.matcher.get_error()
            raise ModelOutputError(f"the grammar allows no token here: {error}")
        return ids

    @property
    def is_stopped(self) -> bool:
        """Whether nothing more may come."""
        return bool(self.matcher.is_stopped())

    @property
    def is_accepting(self) -> bool:
        """Whether the reply may end here."""
        return bool(self.matcher.is_accepting())


@dataclass
class Masks:
    """Compiles grammars for one tokenizer and keeps the last ones."""

    tokenizer: Any
    vocabulary: int
    _compiled: OrderedDict[str, LLMatcher] = field(default_factory=OrderedDict)
    _grammar_tokenizer: LLTokenizer | None = None

    def begin(self, grammar: Grammar) -> Mask:
        """Return the beginning of a reply under a grammar.

        Raises:
            ValueError: The grammar is not valid.
        """
        if grammar.hash not in self._compiled:
            matcher = LLMatcher(self._tokenizer(), grammar.compiled(), log_level=0)
            if matcher.is_error():
                raise ValueError(f"grammar is not valid: {matcher.get_error()}")
            self._compiled[grammar.hash] = matcher
            if len(self._compiled) > _MAX_COMPILED:
                self._compiled.popitem(last=False)
        self._compiled.move_to_end(grammar.hash)
        return Mask(self._compiled[grammar.hash].deep_copy(), self.vocabulary)

    def _tokenizer(self) -> LLTokenizer:
        if self._grammar_tokenizer is None:
            self._grammar_tokenizer = from_tokenizer(self.tokenizer, n_vocab=self.vocabulary)
        return self._grammar_tokenizer
