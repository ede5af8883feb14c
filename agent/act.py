"""The `act` node: carry out a plan's cases, one figure at a time, into the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from agent.calendar import Calendar
from agent.ledger import Ledger
from agent.process import Pick, Process, cases, picks
from agent.share_basis import basis_break
from agent.state import Evidence, Found, MemberRef, Plan
from tools.figures.figure import Missing, Resolution, evaluate
from tools.figures.members import AxisKind, Member
from tools.figures.resolve import resolve
from tools.figures.segments import break_down, resolve_member
from tools.sandbox.interface import Sandbox
from tools.warehouse import Warehouse


@dataclass(frozen=True)
class Case:
    """One case carried out.

    Attributes:
        inputs: Evidence keys by input name; lists for inputs that pick several.
        value: Key of the program's result, or of the single input; empty for a list of rows.
        absent: Whose figures were left out of a list because they are not on file.
    """

    plan: Plan
    inputs: Mapping[str, Any]
    value: str
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bench:
    """What acting needs: the warehouse, the sandbox, and labels for metrics."""

    warehouse: Warehouse
    sandbox: Sandbox
    labels: dict[str, str]


def act(plan: Plan, process: Process, bench: Bench) -> Found:
    """Look up and compute everything a plan needs.

    Returns:
        The evidence and, under the role `cases`, how each case used it; or what is missing.

    Raises:
        ToolError: A program failed.
    """
    ledger = Ledger(bench.sandbox, bench.labels)
    done, missing = [], []
    for case in cases(plan, process):
        result = _Case(case, process, bench, ledger).run()
        if isinstance(result, Case):
            done.append(result)
        else:
            missing.append(result)
    return Found(ledger.items, {"cases": tuple(done)}, tuple(dict.fromkeys(missing)))


def _member(ref: MemberRef) -> Member:
    return Member(cast(AxisKind, ref.kind), ref.local_name, ref.label)


class _Case:
    def __init__(self, plan: Plan, process: Process, bench: Bench, ledger: Ledger) -> None:
        self.plan, self.process, self.bench, self.ledger = plan, process, bench, ledger
        self.absent: list[str] = []
        self.adjusted = False  # for stock splits, where periods stand on different share counts
        self.found: list[tuple[Pick, Evidence]] = []
        self.notes: list[str] = []

    def run(self) -> Case | str:
        """Return the case carried out, or why it can't be."""
        inputs: dict[str, Evidence | list[Evidence]] = {}
        constants: dict[str, Decimal] = {}
        for name, selector in self.process.inputs.items():
            if "years_between" in selector:
                years = self.plan.periods[-1].fiscal_year - self.plan.periods[0].fiscal_year
                constants[name] = Decimal(years)
                continue
            given = self._gather(selector)
            if isinstance(given, str):
                return given
            inputs[name] = given
        if len(self.plan.periods) > 1 and (why := basis_break(self.bench.warehouse, self.found)):
            if self.adjusted:
                return why
            self.adjusted, self.found = True, []
            return self.run()
        keys = {
            name: given.key if isinstance(given, Evidence) else [one.key for one in given]
            for name, given in inputs.items()
        }
        plan = replace(self.plan, notes=(*self.plan.notes, *self.notes))
        return Case(plan, keys, self._value(inputs, constants), tuple(self.absent))

    def _gather(self, selector: Mapping[str, str]) -> Evidence | list[Evidence] | str:
        if selector.get("member") == "all":
            return self._break_down(picks(selector, self.plan)[0])
        wanted = picks(selector, self.plan)
        found = [self._look_up(pick) for pick in wanted]
        if "all" not in selector.values():
            return found[0]
        kept = [item for item in found if isinstance(item, Evidence)]
        reasons = [item for item in found if isinstance(item, str)]
        partial = selector["period"] == "all" or len(self.plan.companies) > 3
        if reasons and (not partial or len(kept) < 2):
            return reasons[0]
        pairs = zip(wanted, found, strict=True)
        self.absent = [pick.company.name for pick, item in pairs if isinstance(item, str)]
        return kept

    def _look_up(self, pick: Pick) -> Evidence | str:
        as_of = self._first_filed(pick) if self.plan.original else self.plan.as_of
        resolution = self._resolve(pick, as_of)
        if isinstance(resolution, Missing):
            return resolution.reason
        members = self.plan.members if pick.of_member else ()
        label = members[0].label if members else ""
        item = self.ledger.enter(resolution, ticker=pick.company.ticker, member=label)
        self.found.append((pick, item))
        return item

    def _resolve(self, pick: Pick, as_of: date | None) -> Resolution:
        year, part = pick.period.fiscal_year, pick.period.part
        if self.plan.members and pick.of_member:
            return self._resolve_member(pick, as_of)
        where = (self.bench.warehouse, pick.metric, pick.company.cik, year)
        return resolve(*where, part, as_of=as_of, adjusted=self.adjusted)

    def _resolve_member(self, pick: Pick, as_of: date | None) -> Resolution:
        """Find a member's figure; where a name stands on several axes, they have to agree."""
        period = (pick.period.fiscal_year, pick.period.part)
        found = [
            resolve_member(
                self.bench.warehouse, pick.metric, pick.company.cik, period, _member(ref),
                as_of=as_of,
            )
            for ref in self.plan.members
        ]  # fmt: skip
        held = [one for one in found if not isinstance(one, Missing)]
        if len({evaluate(one) for one in held}) > 1:
            label = self.plan.members[0].label
            return Missing(f"{label} is reported in several ways that differ.", "its exact name")
        return held[0] if held else found[0]

    def _break_down(self, pick: Pick) -> list[Evidence] | str:
        """Look a metric up for every member of the first axis that has it."""
        reasons = []
        for axis in self.plan.axes:
            period = (pick.period.fiscal_year, pick.period.part)
            found = break_down(
                self.bench.warehouse, pick.metric, pick.company.cik, period,
                cast(AxisKind, axis), as_of=self.plan.as_of,
            )  # fmt: skip
            if isinstance(found, Missing):
                reasons.append(found.reason)
                continue
            self.notes += [found.note] if found.note else []
            return [
                self.ledger.enter(figure, ticker=pick.company.ticker, member=member.label)
                for member, figure in found.parts
            ]
        return reasons[0]

    def _first_filed(self, pick: Pick) -> date | None:
        """Return the day the period's own report was filed, or the plan's day where unknown."""
        span = Calendar.read(self.bench.warehouse, pick.company.cik).span(pick.period)
        if span is None:
            return self.plan.as_of
        row = self.bench.warehouse.connection.execute(
            "SELECT min(filed) FROM fact WHERE cik = ? AND period_end = ? AND filed > ? "
            "AND (form LIKE '10-K%' OR form LIKE '10-Q%' OR form LIKE '20-F%')",
            [pick.company.cik, span.end, span.end],
        ).fetchone()
        return row[0] if row and row[0] else self.plan.as_of

    def _value(
        self, inputs: Mapping[str, Evidence | list[Evidence]], constants: Mapping[str, Decimal]
    ) -> str:
        if not self.process.program:
            only = next(iter(inputs.values()))
            return only.key if isinstance(only, Evidence) else ""
        first = next(iter(inputs.values()))
        sample = first if isinstance(first, Evidence) else first[0]
        unit = "ratio" if self.process.unit == "ratio" else sample.unit
        label = f"{self.process.name.replace('_', ' ')} of {sample.label}"
        return self.ledger.compute(
            self.process.program,
            inputs,
            label=label,
            metric=f"{sample.metric}_{self.process.name}",
            unit=unit,
            constants=constants,
        ).key
