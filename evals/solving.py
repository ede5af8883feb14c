"""Programs from a local model, many questions a forward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from adapters.base_model import BaseModel
from adapters.beams import Asked, BeamSearch, Reply
from adapters.programs.evidence import Evidence
from adapters.prompt import encode
from adapters.tasks.program import PROGRAM, program_grammar, program_variables

Progress = Callable[[int, int], None]


def beam_solver(
    base: BaseModel,
    adapter: Path | None,
    *,
    width: int = 4,
    pass_tokens: int = 4096,
    progress: Progress | None = None,
) -> Callable[[Sequence[tuple[str, Evidence]]], list[list[Reply]]]:
    """Return a function that answers (question, evidence) pairs with their likeliest formulas.

    Args:
        base: The loaded base; with an adapter it is changed, do not use it for anything else.
        adapter: PEFT folder, or None for the base as it is.
        width: Beams; 1 is greedy.
        pass_tokens: Prompt tokens of one pass, padding included.
        progress: Told how many of how many are answered.
    """
    from llguidance.hf import from_tokenizer

    model: Any = base.model
    if adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(base.model, str(adapter)).eval()
        if base.quantization == "none":
            model = model.merge_and_unload()
    tokens = from_tokenizer(base.tokenizer, n_vocab=base.model.config.vocab_size)
    search = BeamSearch(model, base.tokenizer, tokens, width, PROGRAM.max_new_tokens)

    def solve(pairs: Sequence[tuple[str, Evidence]]) -> list[list[Reply]]:
        asked = [_asked(base, question, evidence) for question, evidence in pairs]
        order = sorted(range(len(asked)), key=lambda place: len(asked[place].tokens))
        found: list[list[Reply]] = [[] for _ in asked]
        done = 0
        for batch in _batches(order, [len(one.tokens) for one in asked], pass_tokens):
            replies = search.replies([asked[place] for place in batch])
            for place, reply in zip(batch, replies, strict=True):
                found[place] = reply
            done += len(batch)
            if progress:
                progress(done, len(asked))
        return found

    return solve


def _asked(base: BaseModel, question: str, evidence: Evidence) -> Asked:
    messages = PROGRAM.render(**program_variables(question, evidence))
    prompt = encode(base, messages, reply_tokens=PROGRAM.max_new_tokens)
    return Asked(prompt.tokens, program_grammar(evidence))


def _batches(order: Sequence[int], lengths: Sequence[int], pass_tokens: int) -> list[list[int]]:
    """Cut an order by length into batches of about so many tokens."""
    batches: list[list[int]] = []
    current: list[int] = []
    for place in order:
        if current and (len(current) + 1) * lengths[place] > pass_tokens:
            batches.append(current)
            current = []
        current.append(place)
    return [*batches, current] if current else batches
