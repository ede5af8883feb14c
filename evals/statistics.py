"""Intervals for scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def bootstrap_interval(
    values: Sequence[float], *, level: float = 0.95, resamples: int = 5000, seed: int = 0
) -> tuple[float, float]:
    """Return a percentile bootstrap interval of the mean (Efron, 1979).

    Args:
        values: One score per question.
        level: Share of the resamples inside the interval.
        resamples: How many.
        seed: The same seed gives the same interval.

    Raises:
        ValueError: There are no values.
    """
    if not len(values):
        raise ValueError("no values, no interval")
    scores = np.asarray(values, dtype=float)
    picks = np.random.default_rng(seed).integers(0, len(scores), (resamples, len(scores)))
    means = scores[picks].mean(axis=1)
    edge = (1 - level) / 2
    low, high = np.quantile(means, [edge, 1 - edge])
    return float(low), float(high)
