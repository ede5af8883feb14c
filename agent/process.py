"""Processes as memory holds them: how slots become inputs, and inputs an answer.

The schema is documented at the head of `memory/seeds/processes.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from agent.state import CompanyRef, Period, Plan

_SLOTS = ("companies", "metrics", "periods")


@dataclass(frozen=True)
class Process:
    """One way to answer, from a seed or taught by an expert."""

    name: str
    description: str = ""
    slots: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    program: str = ""
    unit: str = "same"
    answers: tuple[str, ...] = ()
    row: str = ""
    order: str = "given"
    label: str = ""
    display: str = ""
    words: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()

    @property
    def over_prices(self) -> bool:
        """Whether bars are among its inputs."""
        return any("bar" in selector for selector in self.inputs.values())

    @classmethod
    def from_record(cls, name: str, description: str, data: Mapping[str, Any]) -> Process:
        """Build a process from a memory record's data."""
        inputs = data.get("inputs") or {}
        if inputs == "formula":
            inputs = {"value": {"company": "first", "metric": "first", "period": "first"}}
        answer = data.get("answer", "")
        return cls(
            name=name,
            description=description,
            slots=data.get("slots", {}),
            inputs=inputs,
            program=str(data.get("program", "")),
            unit=str(data.get("unit", "same")),
            answers=(answer,) if isinstance(answer, str) else tuple(answer),
            row=str(data.get("row", "")),
            order=str(data.get("order", "given")),
            label=str(data.get("label", "")),
            display=str(data.get("display", "")),
            words=tuple(map(str, data.get("words", ()))),
            loose=tuple(map(str, data.get("loose", ()))),
            positive=tuple(map(str, data.get("positive", ()))),
        )

    def takes_many(self, slot: str) -> bool:
        """Return whether one case of the process takes more than one of a slot."""
        return int(self.slots.get(slot, {}).get("max", 1)) > 1


def cases(plan: Plan, process: Process) -> list[Plan]:
    """Split a plan into one plan for each case of its process.

    A process that takes one company, asked of two, is done for each; the same goes for metrics
    and periods.
    """
    choices = []
    for slot in _SLOTS:
        filled: tuple[Any, ...] = getattr(plan, slot)
        choices.append([filled] if process.takes_many(slot) else [(one,) for one in filled])
    return [
        replace(plan, companies=companies, metrics=metrics, periods=periods)
        for companies, metrics, periods in product(*choices)
    ]


@dataclass(frozen=True)
class Pick:
    """One figure that an input asks for."""

    company: CompanyRef
    metric: str
    period: Period
    of_member: bool = True


def picks(selector: Mapping[str, str], case: Plan) -> list[Pick]:
    """Return the figures that an input's selector picks from a case's slots."""
    return [
        Pick(company, metric, period, selector.get("member") != "none")
        for company in _select(selector["company"], case.companies)
        for metric in _select(selector["metric"], case.metrics)
        for period in _select(selector["period"], case.periods)
    ]


def _select(which: str, filled: tuple[Any, ...]) -> tuple[Any, ...]:
    if which == "all":
        return filled
    position = {"first": 0, "second": 1, "last": -1}[which]
    return (filled[position],)
