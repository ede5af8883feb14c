"""Which examples are computed together: by length, in few shapes, within a token budget.

oneDNN keeps compiled kernels and scratch memory per shape; sequences of many different
lengths made a process grow to 15 GB. So lengths are padded to multiples, and examples of like
length share a pass. The tokens that all prompts of a task begin with are computed once a
pass and attended to by every row ("shared prefix"); the gradients are the same.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from adapters.training.examples import Example
from adapters.training.recipe import Recipe


@dataclass(frozen=True)
class Batch:
    """The tokens of one pass.

    Attributes:
        prefix: Tokens before every row, [prefix].
        rows: Tokens of each row after the prefix, padded at the end, [rows, length].
        label_places: Flat places in `rows` whose next token is learnt, [labels].
        labels: Those next tokens, [labels].
        label_rows: Row of each label, [labels].
        token_count: Tokens without padding; the prefix counts once.
    """

    prefix: torch.Tensor
    rows: torch.Tensor
    label_places: torch.Tensor
    labels: torch.Tensor
    label_rows: torch.Tensor
    token_count: int


def make_batch(examples: Sequence[Example], prefix: int, bucket: int) -> Batch:
    """Lay examples out for one pass.

    Args:
        examples: At least one.
        prefix: Number of tokens that all of them begin with.
        bucket: Rows are padded to a multiple of so many tokens.
    """
    length = padded(max(len(example.tokens) for example in examples) - prefix, bucket)
    rows = torch.zeros(len(examples), length, dtype=torch.long)
    places, labels, label_rows = list[int](), list[int](), list[int]()
    for index, example in enumerate(examples):
        own = example.tokens[prefix:]
        rows[index, : len(own)] = torch.tensor(own)
        first = example.prompt_length - prefix - 1
        places.extend(range(index * length + first, index * length + len(own) - 1))
        labels.extend(example.tokens[example.prompt_length :])
        label_rows.extend([index] * example.label_count)
    return Batch(
        prefix=torch.tensor(examples[0].tokens[:prefix], dtype=torch.long),
        rows=rows,
        label_places=torch.tensor(places),
        labels=torch.tensor(labels),
        label_rows=torch.tensor(label_rows),
        token_count=prefix + sum(len(example.tokens) - prefix for example in examples),
    )


def padded(length: int, bucket: int) -> int:
    """Round up to a multiple of the bucket."""
    return -(-length // bucket) * bucket


def passes(
    examples: Sequence[Example], prefix: int, budget: int, bucket: int
) -> list[list[Example]]:
    """Cut examples that are sorted by length into groups within the budget of tokens."""
    found: list[list[Example]] = []
    for example in examples:
        length = padded(len(example.tokens) - prefix, bucket)
        if found and (len(found[-1]) + 1) * length + prefix <= budget:
            found[-1].append(example)
        else:
            found.append([example])
    return found


def epoch_steps(
    examples: Sequence[Example], prefix: int, recipe: Recipe, epoch: int
) -> list[list[list[Example]]]:
    """Plan an epoch: optimizer steps, each a list of passes, each a list of examples.

    The plan depends on the examples, the recipe's seed and the epoch only, so that a resumed
    training goes on with the very passes that it would have had.
    """
    chance = random.Random(f"{recipe.seed} {epoch}")
    # Shuffled before sorting by padded length, so that other examples meet in every epoch.
    order = chance.sample(list(examples), len(examples))
    order.sort(key=lambda example: padded(len(example.tokens) - prefix, recipe.bucket_tokens))
    groups = passes(order, prefix, recipe.pass_tokens, recipe.bucket_tokens)
    chance.shuffle(groups)
    steps: list[list[list[Example]]] = []
    tokens = recipe.step_tokens
    for group in groups:
        if tokens >= recipe.step_tokens:
            steps.append([])
            tokens = 0
        steps[-1].append(group)
        tokens += sum(len(example.tokens) for example in group)
    return steps
