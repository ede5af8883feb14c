"""The terms of a formula, each with the period of its own that it is taken from."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tools.figures.formulas import parse
from tools.figures.metrics import Catalogue
from tools.figures.nodes import Input, Key
from tools.figures.reporting_periods import ReportingPeriod


class Term(NamedTuple):
    """A metric in a formula.

    Attributes:
        name: What it is called in the flattened expression.
        metric: The metric.
        taken: `current`, of the period; `prior`, a year before; `opening`, when it opens.
    """

    name: str
    metric: str
    taken: str


@lru_cache(maxsize=1024)
def terms_of(formula: str) -> tuple[Term, ...]:
    """Return a formula's terms in the order in which they are looked up."""
    terms = parse(formula)
    current = dict.fromkeys((*terms.current, *terms.averaged))
    return (
        *(Term(name, name, "current") for name in current),
        *(Term(f"prior_{name}", name, "prior") for name in terms.prior),
        *(Term(f"opening_{name}", name, "opening") for name in terms.averaged),
    )


class TermInputs:
    """What terms stand for in the formulas of one period; formulas share them."""

    def __init__(self, catalogue: Catalogue, period: ReportingPeriod) -> None:
        """Take a period of the company's calendar."""
        year = period.fiscal_year
        # At the end of twelve months a balance is the quarter's.
        names = {"instant": period.quarter, "duration": period.fiscal_period}
        self._taken = {
            "current": _Inputs(catalogue, {kind: (year, name) for kind, name in names.items()}),
            "prior": _Inputs(catalogue, {kind: (year - 1, name) for kind, name in names.items()}),
            "opening": _Inputs(catalogue, dict.fromkeys(names, period.opening)),
        }

    def of(self, terms: tuple[Term, ...]) -> tuple[tuple[str, Input], ...]:
        """Return what each term stands for, under its name."""
        taken = self._taken
        return tuple([(term.name, taken[term.taken][term.metric]) for term in terms])


class _Inputs(dict[str, Input]):
    """Inputs by metric, made when they are first asked for."""

    def __init__(self, catalogue: Catalogue, periods: dict[str, tuple[int, str]]) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._periods = periods

    def __missing__(self, name: str) -> Input:
        made = Input(Key(name, *self._periods[self._catalogue.metric(name).period_type]), None)
        self[name] = made
        return made
