"""Rank a page's lines by how likely a program for a question needs them.

Two small networks over the features of `line_features`: the first scores each line by itself,
the second beside the best ones. They were trained on FinQA's training questions
(`agent/relevance_training.py`); the weights are plain numbers in `relevance.npz`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from adapters.programs.evidence import EvidenceLine
from adapters.programs.line_features import Features, first_features, read_page, second_features

WEIGHTS = Path(__file__).with_name("relevance.npz")
Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Layer:
    """A network of one hidden layer over normalised features.

    Attributes:
        mean: Of each feature in training: [features].
        spread: Its standard deviation: [features].
        hidden: [units, features], with `hidden_bias` [units].
        output: [units], with `output_bias`.
    """

    mean: Array
    spread: Array
    hidden: Array
    hidden_bias: Array
    output: Array
    output_bias: Array

    def scores(self, features: Features) -> list[float]:
        """Return one score per line; higher is more likely needed."""
        scaled = (np.asarray(features, dtype=np.float32) - self.mean) / self.spread
        units = np.maximum(scaled @ self.hidden.T + self.hidden_bias, 0)
        return [float(value) for value in units @ self.output + self.output_bias]


def rank(
    question: str, lines: Sequence[EvidenceLine], similarity: Sequence[float] | None = None
) -> list[int]:
    """Return the positions of all lines, the likeliest first.

    Args:
        question: What is asked.
        lines: A page's lines in reading order.
        similarity: Cosine of each line's embedding with the question's, where known; the
            shipped weights were trained without.

    Raises:
        ValueError: Similarities are given, and the weights know none.
    """
    if not lines:
        return []
    page = read_page(question, lines, similarity)
    first, second = layers(similarity is not None)
    features = first_features(page)
    beside = second_features(page, first.scores(features))
    scores = second.scores([one + two for one, two in zip(features, beside, strict=True)])
    return sorted(range(len(lines)), key=lambda place: -scores[place])


@functools.cache
def layers(with_similarity: bool) -> tuple[Layer, Layer]:
    """Load both networks, those that know embeddings or those that don't."""
    with np.load(WEIGHTS) as held:
        prefix = "similarity" if with_similarity else "words"
        if f"{prefix}.first.hidden" not in held:
            raise ValueError(
                f"{WEIGHTS.name} has no networks over {prefix}; train them with "
                "`python -m agent.relevance_training DATA OUT --embeddings`"
            )
        first, second = (
            Layer(**{name: held[f"{prefix}.{step}.{name}"] for name in Layer.__annotations__})
            for step in ("first", "second")
        )
    return first, second
