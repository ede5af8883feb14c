"""Pick the plan that answers the question, out of the plans that can be carried out.

The candidates come from the linked companies, metrics and periods; the model only names
one of them. `context` holds what memory recalled, or "none".
"""

from __future__ import annotations

from adapters.tasks.spec import TaskSpec, Turn

PLAN = TaskSpec(
    name="plan",
    turns=(
        Turn(
            "system",
            "You are a careful financial analyst. You are given a question and a list of plans. "
            "Reply with the plan that answers exactly what was asked, copied word for word.",
        ),
        Turn(
            "user",
            "Notes: sales growth means the change of revenue.\n"
            "Plans:\n"
            "A. look up revenue of Acme Tools for one year\n"
            "B. growth of revenue of Acme Tools between two years\n"
            "C. search the filing of Acme Tools for a passage\n"
            "Question: How fast did sales at Acme Tools grow last year?",
        ),
        Turn("assistant", "growth of revenue of Acme Tools between two years"),
        Turn(
            "user",
            "Notes: none\n"
            "Plans:\n"
            "A. search the filing of Birch Foods for a passage\n"
            "B. compare net income of Birch Foods and Acme Tools\n"
            "C. look up net income of Birch Foods for one year\n"
            "Question: What does Birch Foods say about the price of grain?",
        ),
        Turn("assistant", "search the filing of Birch Foods for a passage"),
        Turn("user", "Notes: {context}\nPlans:\n{candidates}\nQuestion: {question}"),
    ),
    lists={"candidates": "letters"},
    max_new_tokens=96,
)
