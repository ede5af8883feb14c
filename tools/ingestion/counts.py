"""What storing one document did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """Companies that were touched, and what of a document could not be stored.

    `nil` counts facts filed as nil, `unfit` values that DECIMAL(38,10) cannot hold exactly,
    `unreadable` facts with a missing unit or an unknown format, or rows of prices that make no
    sense. `notes` are lines for the person.
    """

    ciks: frozenset[int]
    tables: int = 0
    nil: int = 0
    unfit: int = 0
    unreadable: int = 0
    notes: tuple[str, ...] = ()
