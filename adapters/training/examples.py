"""From rows to tokens, and which of them are held out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapters.base_model import BaseModel
from adapters.errors import SetupError
from adapters.prompt import encode
from adapters.tasks.spec import TaskSpec
from adapters.training.rows import TrainingRow


@dataclass(frozen=True)
class Example:
    """A tokenized row.

    Attributes:
        id: The row's.
        group: The row's.
        tokens: Prompt, completion and end token.
        prompt_length: How many of them are the prompt; the loss is on the rest.
    """

    id: str
    group: str
    tokens: tuple[int, ...]
    prompt_length: int

    @property
    def label_count(self) -> int:
        """Tokens that are learnt."""
        return len(self.tokens) - self.prompt_length


def encode_row(base: BaseModel, spec: TaskSpec, row: TrainingRow) -> Example:
    """Tokenize a row exactly as serving does.

    Raises:
        SetupError: The row's variables are not the task's.
    """
    try:
        messages = spec.render(**row.variables)
    except ValueError as error:
        raise SetupError(f"row {row.id} does not fit its task ({error}); make it anew") from error
    prompt = encode(base, messages, reply_tokens=0).tokens
    completion = base.tokenizer(row.completion, add_special_tokens=False)["input_ids"]
    tokens = (*prompt, *completion, base.tokenizer.eos_token_id)
    return Example(row.id, row.group, tokens, len(prompt))


def split(
    examples: Iterable[Example], share: float, seed: int
) -> tuple[list[Example], list[Example]]:
    """Divide examples into (training, held out) by their groups.

    A group's side depends on its name and the seed only, so it stays where it is when rows
    are added.
    """
    sides: tuple[list[Example], list[Example]] = ([], [])
    for example in examples:
        digest = hashlib.sha256(f"{seed} {example.group}".encode()).digest()
        sides[int.from_bytes(digest[:8], "big") < share * 2**64].append(example)
    return sides


def shared_prefix(examples: Sequence[Example]) -> int:
    """Count the tokens that all prompts begin with, less one so that each keeps its own end."""
    if not examples:
        return 0
    first = min(example.tokens for example in examples)
    last = max(example.tokens for example in examples)
    limit = min(example.prompt_length for example in examples) - 1
    length = 0
    while length < limit and first[length] == last[length]:
        length += 1
    return max(length, 0)
