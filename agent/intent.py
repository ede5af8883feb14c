"""From cues and slots to the processes that could answer, best first.

The table is deliberately explicit: each rule says which cues and slots it needs. Where two rules
fit about equally well, the model chooses between them; where only one fits, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent.state import Understanding


@dataclass(frozen=True)
class Slots:
    """How many of each the question names, and what its cues are."""

    companies: int
    metrics: int
    periods: int
    spans: bool
    cues: frozenset[str]
    members: int = 0
    axes: int = 0

    def has(self, *cues: str) -> bool:
        """Return whether any of the cues is there."""
        return bool(self.cues & set(cues))


@dataclass(frozen=True)
class Rule:
    """A process and when it fits; a higher weight wins."""

    process: str
    weight: float
    fits: Callable[[Slots], bool]


# Weights a point apart leave no doubt; rules within TIE of the best go to the model.
TIE = 0.5
RULES = (
    Rule("breakdown", 10, lambda s: s.axes > 0 and s.companies == 1),
    Rule("member_share", 9.5, lambda s: s.has("share") and s.metrics == 1 and s.members > 0),
    Rule("share_of", 9, lambda s: s.has("share") and s.metrics == 2),
    Rule("cagr", 8, lambda s: s.has("cagr") and s.periods != 1),
    Rule("peak", 7, lambda s: s.has("which_year") and s.companies == 1 and s.has("most", "least")),
    Rule("average", 6, lambda s: s.has("average") and s.periods > 1),
    Rule("total", 6, lambda s: s.has("sum") and s.periods > 1),
    Rule("gap", 5.2, lambda s: s.has("gap") and s.companies == 2 and s.periods < 2),
    Rule("growth", 5, lambda s: _rate_asked(s) and not _course_asked(s)),
    Rule("ranking", 5, lambda s: s.companies != 1 and _order_asked(s) and s.periods < 2),
    Rule("change", 4.9, lambda s: _step_asked(s)),
    Rule("comparison", 4.4, lambda s: s.companies > 1 and s.periods < 2),
    Rule("change", 4, lambda s: s.has("compare") and s.companies == 1 and s.periods == 2),
    Rule("trend", 3, lambda s: s.spans or s.periods > 2 or (s.has("trend") and s.periods != 1)),
    Rule("lookup", 1, lambda s: s.companies >= 1),
)


def _rate_asked(slots: Slots) -> bool:
    return slots.has("growth") or (slots.has("percent") and slots.has("change"))


def _order_asked(slots: Slots) -> bool:
    return slots.has("rank", "most", "least")


def _step_asked(slots: Slots) -> bool:
    several = slots.companies == 1 or slots.periods > 1
    return slots.has("change") and not slots.has("percent") and several and not _course_asked(slots)


def _course_asked(slots: Slots) -> bool:
    """Return whether the course over several years is asked for, not one step."""
    return slots.periods > 2 and slots.spans and slots.has("trend")


# Cues that ask for one process; where the plan is another, the words were not understood.
SPECIFIC = {
    "average": {"average"},
    "sum": {"total"},
    "share": {"share_of", "member_share"},
    "cagr": {"cagr"},
    "which_year": {"peak"},
}


def slots_of(found: Understanding, periods: int) -> Slots:
    """Count the slots of an understood question; `periods` after resolving ranges."""
    return Slots(
        companies=len(found.companies),
        metrics=len(found.metrics),
        periods=periods,
        spans=any(request.kind in {"range", "last"} for request in found.periods),
        cues=frozenset(found.cues),
        members=len(found.members),
        axes=len(found.axes),
    )


def rank_processes(slots: Slots) -> list[tuple[str, float]]:
    """Return fitting processes with their weights, best first, each once."""
    best: dict[str, float] = {}
    for rule in RULES:
        if rule.fits(slots):
            best[rule.process] = max(rule.weight, best.get(rule.process, 0))
    return sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
