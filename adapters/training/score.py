"""What a pass over examples gave: summed, so that passes add up."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Score:
    """Loss and hits over some examples.

    Attributes:
        loss: Summed over labels, nats.
        labels: Tokens that were to be learnt.
        right: Labels that were the likeliest token, given the right ones before.
        rows: Examples.
        exact: Examples whose every label was the likeliest: greedy decoding without a
            grammar replies with exactly the completion.
    """

    loss: float = 0.0
    labels: int = 0
    right: int = 0
    rows: int = 0
    exact: int = 0

    @classmethod
    def of(cls, loss: float, right: torch.Tensor, rows: torch.Tensor) -> Score:
        """Sum a pass up from the hit of each label and the row that each label is of."""
        missed = len(set(rows[~right].tolist()))
        count = len(set(rows.tolist()))
        return cls(loss, right.numel(), int(right.sum()), count, count - missed)

    def __add__(self, other: Score) -> Score:
        """Add passes up."""
        return Score(
            self.loss + other.loss,
            self.labels + other.labels,
            self.right + other.right,
            self.rows + other.rows,
            self.exact + other.exact,
        )

    @property
    def token_loss(self) -> float:
        """Mean loss a label, nats."""
        return self.loss / self.labels

    @property
    def exact_share(self) -> float:
        """Share of examples that are wholly right."""
        return self.exact / self.rows
