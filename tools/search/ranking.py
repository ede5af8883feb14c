"""Orders passages by a score, ties by their place, without sorting more than numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]

_STEPS = 1_000_000  # scores are compared to six decimals: the rest is rounding noise


class Ranking:
    """Places, from 1, by score; of equal scores the one that stands first comes first.

    Score and number are packed into one integer a passage, so that one plain sort settles both.
    """

    def __init__(self, scores: npt.NDArray[np.floating[Any]], *, positive: bool = False) -> None:
        """Rank all, or with `positive` only those above 0."""
        self._total = max(len(scores), 1)
        steps = np.rint(scores.astype(np.float64) * _STEPS).astype(np.int64)
        self._keys = steps * self._total + (self._total - 1 - np.arange(len(scores)))
        ranked = self._keys[steps > 0] if positive else self._keys
        self._sorted = np.sort(ranked)

    def __len__(self) -> int:
        return len(self._sorted)

    def best(self, count: int) -> Numbers:
        """Return the numbers of the best, best first."""
        keys = self._sorted[::-1][:count]
        return np.asarray(self._total - 1 - keys % self._total)

    def places(self, numbers: Numbers) -> Numbers:
        """Return the places of some, 0 for those that are not ranked."""
        keys = self._keys[numbers]
        at = np.searchsorted(self._sorted, keys)
        inside = np.minimum(at, len(self) - 1)
        ranked = (self._sorted[inside] == keys) if len(self) else np.zeros(len(keys), np.bool_)
        return np.where(ranked, len(self) - at, 0)
