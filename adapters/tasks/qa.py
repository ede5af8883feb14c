"""Pick the sentences that answer a question, by their numbers."""

from __future__ import annotations

from adapters.grammar import Grammar
from adapters.tasks.spec import TaskSpec, Turn

QA = TaskSpec(
    name="qa",
    turns=(
        Turn(
            "system",
            "You find the sentences of a filing that answer a question. "
            "Reply with their numbers only, the most useful first, separated by commas. "
            "Reply none if no sentence answers it.",
        ),
        Turn(
            "user",
            "Sentences:\n"
            "1. We were founded by two engineers.\n"
            "2. A poor harvest would raise what we pay for grain.\n"
            "3. Our offices are leased.\n"
            "Question: What does the company say about the cost of grain?",
        ),
        Turn("assistant", "2"),
        Turn("user", "Sentences:\n{sentences}\nQuestion: {question}"),
    ),
    lists={"sentences": "numbers"},
    max_new_tokens=24,
)

NO_SENTENCE = "none"


def sentence_grammar(count: int, *, max_picked: int = 3) -> Grammar:
    """Allow up to `max_picked` of the sentence numbers 1 to `count`, or "none".

    The grammar does not forbid naming a sentence twice; `picked_sentences` drops repeats.

    Raises:
        ValueError: `count` or `max_picked` is below 1.
    """
    if count < 1 or max_picked < 1:
        raise ValueError(f"nothing to pick: {count} sentences, at most {max_picked} of them")
    number = "(" + "|".join(str(n) for n in range(1, count + 1)) + ")"
    return Grammar.of_regex(f"{NO_SENTENCE}|{number}(,{number}){{0,{max_picked - 1}}}")


def picked_sentences(reply: str) -> tuple[int, ...]:
    """Return the positions, counted from 0, that an accepted reply names, in its order."""
    if reply == NO_SENTENCE:
        return ()
    return tuple(dict.fromkeys(int(number) - 1 for number in reply.split(",")))
