"""Name a plan in words, by examples: for models without an adapter of the `plan` task.

The plans come from the linked companies, metrics and periods; the grammar holds them, so
`candidates` stay out of the prompt. Of 24 questions that it was chosen on, the untrained 135M
base gets 15 right when a plan is chosen by likelihood and 9 when it is decoded
(docs/decisions/0001-grammar-library.md): narrow the candidates before asking.
`context` holds what memory recalled, or "none".
"""

from __future__ import annotations

from adapters.tasks.spec import TaskSpec, Turn

_EXAMPLES = (
    ("What did Acme Tools earn in 2003?", "look up net income of Acme Tools for one year"),
    (
        "How fast did sales at Acme Tools grow in 2004?",
        "growth of revenue of Acme Tools between two years",
    ),
    (
        "What does Birch Foods say about the price of grain?",
        "search the filing of Birch Foods for a passage",
    ),
    ("Who sold more, Birch Foods or Acme Tools?", "compare revenue of Birch Foods and Acme Tools"),
    ("What is revenue?", "explain what revenue means"),
    (
        "Show net income of Acme Tools since 1999.",
        "trend of net income of Acme Tools over five years",
    ),
)


def _turns() -> tuple[Turn, ...]:
    turns = [Turn("system", "Name the plan that answers the question.")]
    for question, plan in _EXAMPLES:
        turns.append(Turn("user", f"Notes: none\nQuestion: {question}"))
        turns.append(Turn("assistant", plan))
    return (*turns, Turn("user", "Notes: {context}\nQuestion: {question}"))


PLAN_BY_EXAMPLE = TaskSpec(
    name="plan_by_example",
    turns=_turns(),
    lists={"candidates": "lines"},
    unshown=("candidates",),
    max_new_tokens=96,
)
