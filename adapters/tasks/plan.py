"""Choose the plan that answers a question, out of the plans that code drafted.

The reply names a process, metrics by letter and companies by number ("growth A 1"), "none" where
the question asks for something that the lists do not have, or "ask" where it leaves open what is
meant. The grammar holds only what was drafted, so `choices` stay out of the prompt.
"""

from __future__ import annotations

from adapters.tasks.spec import TaskSpec, Turn

PLAN = TaskSpec(
    name="plan",
    turns=(
        Turn("system", "Choose the plan."),
        Turn(
            "user",
            "{question}\n{metrics}\n{companies}\nPeriods: {periods}\nUnknown: {unknown}",
        ),
    ),
    lists={"metrics": "letters", "companies": "numbers", "choices": "lines"},
    unshown=("choices",),
    max_new_tokens=24,
    normalisation="sum",
)
