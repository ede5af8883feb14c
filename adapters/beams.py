"""The likeliest replies to many prompts at once, by beam search under each one's grammar.

For measuring and for tasks that weigh several replies against each other; a conversation
decodes greedily (`adapters.chat_model`). Prompts share forward passes: give them sorted by
length, they are padded on the left.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher, LLTokenizer

from adapters.grammar import Grammar


@dataclass(frozen=True)
class Reply:
    """A reply that the grammar accepts.

    Attributes:
        text: The reply.
        log_probability: Natural log of its probability among the replies that the grammar
            allows.
    """

    text: str
    log_probability: float


@dataclass(frozen=True)
class Asked:
    """A tokenized prompt and what its reply may be."""

    tokens: tuple[int, ...]
    grammar: Grammar


@dataclass
class _Beam:
    """One unfinished reply."""

    matcher: LLMatcher
    tokens: list[int] = field(default_factory=list)
    log_probability: float = 0.0


@dataclass
class BeamSearch:
    """Beam search with a causal model of transformers, which is not changed.

    Attributes:
        model: The model, its adapter merged or active.
        tokenizer: Its tokenizer.
        grammar_tokenizer: The same for llguidance.
        width: Beams per prompt; 1 is greedy.
        max_new_tokens: Longest reply, tokens.
    """

    model: Any
    tokenizer: Any
    grammar_tokenizer: LLTokenizer
    width: int = 4
    max_new_tokens: int = 48

    def replies(self, asked: Sequence[Asked]) -> list[list[Reply]]:
        """Return up to `width` distinct replies per prompt, likeliest first."""
        cache, logits = self._read(asked)
        lengths = [len(one.tokens) for one in asked]
        beams = [[_Beam(self._matcher(one.grammar))] for one in asked]
        ended: list[list[_Beam]] = [[] for _ in asked]
        mask = _attention(lengths)
        for _ in range(self.max_new_tokens):
            kept = list(self._step(beams, ended, logits))
            if not kept:
                break
            rows = torch.tensor([row for row, _ in kept])
            cache.reorder_cache(rows)
            mask = torch.cat([mask[rows], torch.ones(len(rows), 1, dtype=mask.dtype)], dim=1)
            last = torch.tensor([[beam.tokens[-1]] for _, beam in kept])
            logits = self._forward(last, mask, cache)
        for found, group in zip(ended, beams, strict=True):
            found.extend(beam for beam in group if beam.matcher.is_accepting())
        return [self._ranked(found) for found in ended]

    def _step(
        self, beams: list[list[_Beam]], ended: list[list[_Beam]], logits: torch.Tensor
    ) -> Iterator[tuple[int, _Beam]]:
        """Extend every beam by its likeliest tokens; yield (row of its parent, beam).

        `beams` and `ended` are updated in place.
        """
        row = 0
        for place, group in enumerate(beams):
            options: list[tuple[float, int, int, _Beam]] = []
            for beam in group:
                for token, log_p in self._likeliest(beam, logits[row]):
                    options.append((beam.log_probability + log_p, row, token, beam))
                row += 1
            options.sort(key=lambda option: -option[0])
            beams[place] = []
            for total, parent, token, beam in options[: self.width - len(ended[place])]:
                grown = _grown(beam, token, total)
                if grown.matcher.is_stopped() or token == self.tokenizer.eos_token_id:
                    ended[place].append(grown)
                else:
                    beams[place].append(grown)
                    yield parent, grown

    def _likeliest(self, beam: _Beam, logits: torch.Tensor) -> list[tuple[int, float]]:
        """Return the next tokens that the grammar allows, with their log-probabilities."""
        bits = np.frombuffer(beam.matcher.compute_bitmask(), dtype=np.uint8)
        allowed = np.flatnonzero(np.unpackbits(bits, bitorder="little")[: logits.shape[0]])
        scores = torch.log_softmax(logits[torch.from_numpy(allowed)], dim=0)
        best = torch.topk(scores, min(self.width, len(allowed)))
        found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return [(int(allowed[index]), value) for index, value in found]

    def _read(self, asked: Sequence[Asked]) -> tuple[Any, torch.Tensor]:
        from transformers import DynamicCache

        lengths = [len(one.tokens) for one in asked]
        ids = torch.zeros(len(asked), max(lengths), dtype=torch.long)
        for place, one in enumerate(asked):
            ids[place, -len(one.tokens) :] = torch.tensor(one.tokens)
        cache = DynamicCache(config=self.model.config)
        return cache, self._forward(ids, _attention(lengths), cache)

    def _forward(self, ids: torch.Tensor, mask: torch.Tensor, cache: Any) -> torch.Tensor:
        """Return the next token's scores, float32 [rows, vocab]."""
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        with torch.inference_mode():
            output = self.model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
        return torch.as_tensor(output.logits[:, -1].float())

    def _matcher(self, grammar: Grammar) -> LLMatcher:
        return LLMatcher(self.grammar_tokenizer, grammar.compiled(), log_level=0)

    def _ranked(self, beams: Sequence[_Beam]) -> list[Reply]:
        best: dict[str, float] = {}
        for beam in beams:
            text = self.tokenizer.decode(beam.tokens, skip_special_tokens=True)
            # Two tokenizations of one text are one reply.
            before = best.get(text)
            total = beam.log_probability
            best[text] = total if before is None else float(np.logaddexp(before, total))
        replies = [Reply(text, value) for text, value in best.items() if not math.isnan(value)]
        return sorted(replies, key=lambda reply: -reply.log_probability)


def _grown(beam: _Beam, token: int, log_probability: float) -> _Beam:
    matcher = beam.matcher.deep_copy()
    matcher.consume_tokens([token])
    return _Beam(matcher, [*beam.tokens, token], log_probability)


def _attention(lengths: Sequence[int]) -> torch.Tensor:
    """Return 1 where a left-padded prompt has tokens: int64 [prompts, longest]."""
    longest = max(lengths)
    return torch.tensor([[0] * (longest - length) + [1] * length for length in lengths])
