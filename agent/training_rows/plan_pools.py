"""The pools that questions are drawn from: companies, metrics, patterns, phrases, periods.

Of each pool a part is held out: training questions use none of it, held-out questions exactly one
part of it, so that what is measured is how the choice carries over to what was never seen.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.calendar import Calendar
from agent.state import CompanyRef, Period
from agent.training_rows import plan_surface as surface
from agent.training_rows.plan_surface import Written

Mode = Literal["train", "metric", "company", "wording"]
_HELD_OUT_SHARE = 0.1
_FEWEST_YEARS = 4
# Metrics that people ask for most; all others weigh one.
_WEIGHTS = {
    "revenue": 8, "net_income": 8, "operating_income": 5, "gross_margin": 4, "operating_margin": 4,
    "net_margin": 4, "eps_diluted": 4, "free_cash_flow": 4, "operating_cash_flow": 4, "cash": 3,
    "total_debt": 4, "capital_expenditures": 4, "research_and_development": 3, "total_assets": 3,
    "share_repurchases": 3, "dividends_paid": 3, "inventory": 2, "gross_profit": 3, "ebitda": 2,
    "return_on_equity": 2, "shareholders_equity": 2, "long_term_debt": 2, "goodwill": 2,
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """What questions may be about.

    Attributes:
        companies: Those with figures.
        everyday: Everyday names by CIK.
        calendar: A company's calendar.
        members: Labels of a company's segments, products and regions.
        phrases: How a metric is called, by its name.
    """

    companies: Sequence[CompanyRef]
    everyday: dict[int, list[str]]
    calendar: Callable[[int], Calendar]
    members: Callable[[int], Sequence[str]]
    phrases: dict[str, list[str]]
    wording: dict[str, Any] = field(default_factory=surface.read_wording)


def is_held_out(key: str) -> bool:
    """Say whether a metric, company or wording is kept from training, by its name alone."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32 < _HELD_OUT_SHARE


class Pools:
    """Draws from the pools in one mode; the same seed draws the same."""

    def __init__(self, world: World, mode: Mode, seed: int) -> None:
        self._world, self._mode = world, mode
        self._rng = random.Random(f"{seed}:{mode}")
        self._periods = surface.PeriodWriter(world.wording["periods"], self._rng)
        self._last_wording = ""
        years = {c.cik: len(world.calendar(c.cik).years) for c in world.companies}
        self._known = [c for c in world.companies if years[c.cik] >= _FEWEST_YEARS]

    def _pick(self, pool: Sequence[str], name: str, kind: Mode = "wording") -> str:
        """Draw from a pool; held-out parts come in the mode that measures them only."""
        held = [item for item in pool if is_held_out(f"{name}:{item}")] if len(pool) > 5 else []
        kept = [item for item in pool if item not in held]
        chosen = self._rng.choice(held if held and self._mode == kind else kept)
        if kind == "wording" and name.startswith(("core", "spoken", "qualifier", "count", "ask")):
            self._last_wording = f"{name}:{chosen}"
        return chosen

    def _metric(self, *, but: Sequence[str] = ()) -> str:
        pool = [name for name in self._world.phrases if name not in but]
        weights = [_WEIGHTS.get(name, 1) for name in pool]
        held = [is_held_out(f"metric:{name}") for name in pool]
        wanted = self._mode == "metric"
        fits = [(n, w) for n, w, h in zip(pool, weights, held, strict=True) if h == wanted]
        return self._rng.choices([n for n, _ in fits], weights=[w for _, w in fits])[0]

    def _phrase(self, metric: str) -> str:
        return self._rng.choice(self._world.phrases[metric])

    def _company(self, *, but: Sequence[CompanyRef] = ()) -> CompanyRef:
        wanted = self._mode == "company"
        pool = [
            c for c in self._known if is_held_out(f"company:{c.cik}") == wanted and c not in but
        ]
        return self._rng.choice(pool)

    def _called(self, company: CompanyRef) -> str:
        everyday = self._world.everyday.get(company.cik, [])
        name = self._rng.choice(surface.company_forms(company, everyday))
        if self._rng.random() < 0.06:
            name = f"{self._pick(self._world.wording['epithets'], 'epithet')} {name}"
        return name

    def _years(self, *companies: CompanyRef) -> list[int]:
        sets = [set(self._world.calendar(c.cik).years[-12:]) for c in companies]
        common = sorted(set.intersection(*sets)) if sets else []
        return common if len(common) > 1 else self._world.calendar(companies[0].cik).years

    def _slots(self, pattern: str, companies: Sequence[CompanyRef], **given: str) -> dict[str, str]:
        names = [self._called(company) for company in companies]
        slots = dict(given)
        for mark, name in zip("cde", names, strict=False):
            slots[mark] = name
            slots[f"{mark}s"] = surface.possessive(name, self._rng)
        return slots

    def _dress(self, text: str, kind: str) -> str:
        """Add what changes nothing: words around the question, typing errors, small letters."""
        wording = self._world.wording
        if kind != "follow_up" and self._rng.random() < 0.4:
            text = self._pick(wording["openers"], "opener") + text
        if self._rng.random() < 0.7:
            text += self._pick(wording["closers"], "closer")
        if self._rng.random() < 0.08:
            text = surface.mistype(text, self._rng)
        return surface.style(text, self._rng)

    def _cast(self, process: str, pattern: str) -> list[CompanyRef]:
        companies: list[CompanyRef] = []
        for mark in "cde":
            if "{" + mark in pattern:
                companies.append(self._company(but=companies))
        return companies

    def _period(
        self, pattern: str, process: str, years: Sequence[int]
    ) -> tuple[dict[str, str], tuple[Period, ...]]:
        """Write the period that a pattern has a place for."""
        none = Written("")
        p = self._periods.one(years) if "{p}" in pattern else none
        q = self._periods.two(years) if "{q}" in pattern else none
        s = self._periods.span(years) if "{s}" in pattern else none
        if process in {"ranking", "comparison", "gap", "passage", "statement"} and not p.periods:
            p = Written("")
        periods = p.periods or q.periods or s.periods
        if process in {"growth", "change"} and len(p.periods) == 1:
            year, part = p.periods[0].fiscal_year, p.periods[0].part
            periods = (Period(year - 1, part), Period(year, part))
        return {"p": p.text, "q": q.text, "s": s.text}, periods
