"""The model's choice of plan, where an adapter was trained for it; code's rules hold elsewhere.

Code drafts and vets; between what the model says and what code's rules say stand two bounds.
Overruling a plan of code's takes a sure model, and so does answering a question that code would
not: a wrong figure is worse than none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.completion import Completion, ScoredChoice, complete
from adapters.grammar import Grammar
from adapters.tasks.plan import PLAN
from agent.assemble import Parts
from agent.choices import ASK, NONE, Offer, offer, plan_variables
from agent.desk import Blocked
from agent.state import Plan, Recalled, Understanding

# Probabilities over the choices of one question, chosen on the `develop` half of the plan questions
# (docs/decisions/0016-the-model-chooses-plans.md).
OVERRULE_PLAN = 0.9
OVERRULE_REFUSAL = 0.8


@dataclass(frozen=True)
class Chosen:
    """What was chosen for a question.

    Attributes:
        choice: The choice, as the model writes it.
        plan: Its plan; None where no plan answers the question.
        probability: How sure the model was of its own choice, 0 to 1.
        by_model: Whether the model's word decided, against code's rules.
        completion: The model's call.
    """

    choice: str
    plan: Plan | None
    probability: float
    by_model: bool
    completion: Completion


def choose_by_model(
    found: Understanding,
    recalled: Sequence[Recalled],
    drafted: Sequence[Plan] | Blocked,
    parts: Parts,
    *,
    before: str = "",
) -> Chosen | None:
    """Let the model choose; None where there is nothing but refusing to choose from.

    Args:
        found: What the question's words link to.
        recalled: What memory called up.
        drafted: What code's rules say: plans in question, or why there is none.
        parts: The agent's parts.
        before: The question that a follow-up follows.
    """
    made = offer(found, parts.desk, recalled, before=before)
    if not made.plans:
        return None
    done = complete(
        parts.model,
        PLAN,
        plan_variables(made, parts.wording.labels),
        Grammar.of_choices(made.choices),
        method="choose",
    )
    probability = probability_of(done.text, done.scores)
    by_code = _by_code(made, drafted)
    chosen = weigh(done.text, probability, by_code, is_plan=not isinstance(drafted, Blocked))
    return Chosen(chosen, made.plans.get(chosen), probability, chosen not in by_code, done)


def weigh(choice: str, probability: float, by_code: Sequence[str], *, is_plan: bool) -> str:
    """Return the model's choice, or code's where the model is not sure enough to overrule it.

    Args:
        choice: The model's choice.
        probability: Its probability, 0 to 1.
        by_code: The choices that code's rules allow, the best first; several are near-ties.
        is_plan: Whether these are plans, and not a refusal.
    """
    if choice in by_code:
        return choice
    if choice in {NONE, ASK} and not is_plan:
        return choice
    bound = OVERRULE_PLAN if is_plan else OVERRULE_REFUSAL
    return choice if probability >= bound or not by_code else by_code[0]


def probability_of(choice: str, scores: Sequence[ScoredChoice]) -> float:
    """Return a choice's share of all choices' probability; 1 where the model gave no scores."""
    if not scores:
        return 1.0
    best = max(score.log_probability for score in scores)
    weights = {score.text: math.exp(score.log_probability - best) for score in scores}
    return weights[choice] / sum(weights.values())


def _by_code(made: Offer, drafted: Sequence[Plan] | Blocked) -> list[str]:
    if isinstance(drafted, Blocked):
        return [ASK if drafted.options else NONE]
    names = [made.name_of(plan) for plan in drafted]
    return [name for name in names if name is not None]
