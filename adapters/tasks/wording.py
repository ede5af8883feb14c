"""Pick the phrasing of an answer; figures in it are placeholders that code fills later."""

from __future__ import annotations

from adapters.tasks.spec import TaskSpec, Turn

WORDING = TaskSpec(
    name="wording",
    turns=(
        Turn(
            "system",
            "You word the answers of a financial analyst. Marks such as [a] stand for figures. "
            "Reply with the phrasing that fits the question best, copied word for word.",
        ),
        Turn(
            "user",
            "Phrasings:\n"
            "A. Acme Tools had revenue of [a].\n"
            "B. Revenue of Acme Tools grew by [b], to [a].\n"
            "Question: How fast did sales at Acme Tools grow?",
        ),
        Turn("assistant", "Revenue of Acme Tools grew by [b], to [a]."),
        Turn("user", "Phrasings:\n{phrasings}\nQuestion: {question}"),
    ),
    lists={"phrasings": "letters"},
    max_new_tokens=96,
)
