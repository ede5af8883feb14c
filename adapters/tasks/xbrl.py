"""Name the XBRL concept that a line of a statement, or a phrase of a question, stands for.

Code narrows an XBRL file or a taxonomy to the concepts that come into question; the model
chooses one by its letter, or none. Values, units and periods are read by code from the facts of
the concept chosen, so no digit passes through the model.
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.grammar import Grammar
from adapters.tasks.spec import TaskSpec, Turn, list_mark

XBRL = TaskSpec(
    name="xbrl",
    turns=(
        Turn(
            "user", "Line: {line}\nIn: {place}\nConcepts:\n{concepts}\nWhich concept is the line?"
        ),
    ),
    lists={"concepts": "letters"},
    max_new_tokens=4,
)

NO_CONCEPT = "none"


def concept_grammar(count: int) -> Grammar:
    """Allow the letters of `count` concepts, or "none".

    Raises:
        ValueError: There is nothing to choose from.
    """
    if count < 1:
        raise ValueError("no concepts to choose from")
    return Grammar.of_choices([*(list_mark(i, "letters") for i in range(count)), NO_CONCEPT])


def letter_of(position: int) -> str:
    """Return the reply that names the concept at a position, counted from 0."""
    return list_mark(position, "letters")


def chosen_concept(reply: str, concepts: Sequence[str]) -> str | None:
    """Return the concept that an accepted reply names, or None for "none"."""
    marks = {list_mark(i, "letters"): concept for i, concept in enumerate(concepts)}
    return marks.get(reply)
