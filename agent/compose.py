"""Compose an answer's text: templates hold no digits; figures come in as marked evidence.

A figure in the text under composition reads `⟦e3|$383.285 billion⟧`: the key of the evidence
behind it and its writing. `number_marks` turns keys into footnote numbers at the end.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agent.act import Case
from agent.process import Process
from agent.state import Evidence, Plan
from agent.wording import join_words, write_date, write_period, write_value

_PLACE = re.compile(r"\{([a-z_]+)\}")
_MARK = re.compile(r"⟦(e\d+)\|([^⟧]*)⟧")


@dataclass(frozen=True)
class Wording:
    """What writing needs to know of metrics: their labels and how their ratios are shown."""

    labels: Mapping[str, str]
    displays: Mapping[str, str]

    def label(self, metric: str) -> str:
        """Return a metric's label as it stands inside a sentence."""
        label = self.labels.get(metric, metric.replace("_", " "))
        return label if label[:2].isupper() else label[:1].lower() + label[1:]


class Composer:
    """Writes the sentences of a figure answer."""

    def __init__(self, evidence: Sequence[Evidence], process: Process, wording: Wording) -> None:
        self._evidence = {item.key: item for item in evidence}
        self._process = process
        self._wording = wording

    def lead(self, case: Case, template: str) -> str:
        """Fill one of the process's answer templates for a case."""
        places = _Places(case, self._process, self._evidence, self._wording, self.figure)
        text = _PLACE.sub(lambda match: places[match[1]], template)
        return text[:1].upper() + text[1:]

    def figure(self, item: Evidence, *, size: bool = False) -> str:
        """Write a figure with its mark; `size` leaves the sign to the words around it."""
        value = item.value if item.value is not None else Decimal(0)
        shown = abs(value) if size else value
        return mark(item.key, write_value(shown, item.unit, display=self._display(item)))

    def details(self, cases: Sequence[Case]) -> list[str]:
        """Return a sentence on each figure that a formula gave: the formula and its inputs."""
        used = [key for case in cases for key in _keys(case)]
        sentences = []
        for key in dict.fromkeys(used):
            item = self._evidence[key]
            own = f"_{item.metric}".endswith(f"_{self._process.name}")
            if item.kind == "program" and not own:
                sentences.append(self._working(item))
        return sentences if len(sentences) <= 3 else []

    def notes(self, cases: Sequence[Case]) -> list[str]:
        """Return what a reader must know: readings of words, absent periods, formula notes."""
        found = []
        for case in cases:
            found += [_PLACE.sub(lambda m: self._wording.label(m[1]), n) for n in case.plan.notes]
            if case.absent:
                names = join_words(list(dict.fromkeys(case.absent)))
                found.append(f"What is not on file of {names} is left out")
            for key in _keys(case):
                if note := str(self._evidence[key].source.get("note") or "").rstrip("."):
                    found.append(f"{note}{mark(key)}")
        return [note if note.endswith(".") else f"{note}." for note in dict.fromkeys(found) if note]

    def verdict(self, cases: Sequence[Case]) -> str:
        """Say which company's figure is highest, where several were worked out alike."""
        items = [self._evidence[case.value] for case in cases if case.value]
        alike = {
            (item.metric, item.unit, item.fiscal_year, item.part)
            + ((item.period_end,) if item.fiscal_year is None else ())
            for item in items
        }
        if len(items) < 2 or len({item.company for item in items}) < 2 or len(alike) > 1:
            return ""
        best = max(items, key=lambda item: item.value or 0)
        if sum(item.value == best.value for item in items) > 1:
            return ""
        return f"{best.company} had the highest."

    def _working(self, item: Evidence) -> str:
        inputs = [self._evidence[key] for key in item.source["inputs"].values()]
        names = {
            n: self._input_name(n, self._evidence[k]) for n, k in item.source["inputs"].items()
        }
        formula = re.sub(r"[a-z_]\w*", lambda m: names.get(m[0], m[0]), item.source["code"])
        formula = formula.replace("*", "×").replace("/", "÷").replace(" - ", " − ")
        shown = join_words(
            [
                f"{name} {self.figure(part)}"
                for name, part in zip(names.values(), inputs, strict=True)
            ]
        )
        label = self._wording.labels.get(item.metric, item.label)
        if item.member:
            label = f"{item.member} {self._wording.label(item.metric)}"
        whose = f" of {item.company}, {write_period(item)}" if item.company else ""
        return f"{label}{whose}{mark(item.key)} is {formula}: {shown}."

    def _input_name(self, name: str, item: Evidence) -> str:
        label = self._wording.label(item.metric)
        same = name == item.metric
        return label if same else f"{label} ({write_period(item)})"

    def _display(self, item: Evidence) -> str:
        base = item.metric
        if base == self._process.name:
            return self._wording.displays.get(base, "")
        for name in ("change", "gap"):
            if base.endswith(f"_{name}"):
                display = self._wording.displays.get(base.removesuffix(f"_{name}"), "")
                return "points" if display != "multiple" else display
        for name in ("average", "total"):
            base = base.removesuffix(f"_{name}")
        return self._wording.displays.get(base, "")


class _Places:
    """The values of a template's places for one case."""

    def __init__(
        self,
        case: Case,
        process: Process,
        evidence: Mapping[str, Evidence],
        wording: Wording,
        figure: Callable[..., str],
    ) -> None:
        self._case, self._process, self._evidence = case, process, evidence
        self._wording, self._figure = wording, figure

    def __getitem__(self, name: str) -> str:
        plan = self._case.plan
        if name == "metric":
            return self._metric(plan)
        if name == "axis":
            return self._axis()
        if name in {"part_metric", "whole_metric"}:
            return self._wording.label(plan.metrics[0 if name == "part_metric" else 1])
        if name == "as_of":
            return write_date(plan.as_of) if plan.as_of else "its first filing"
        if name == "rows":
            return self._rows()
        if name in {"direction", "size", "value", "period", "company"}:
            return self._of_value(name)
        if name.startswith(("best_", "worst_")):
            return self._extreme(*name.split("_", 1))
        return self._of_input(name)

    def _metric(self, plan: Plan) -> str:
        label = self._wording.label(plan.metrics[0])
        return f"{plan.members[0].label} {label}" if plan.members else label

    def _axis(self) -> str:
        return str(self._case.plan.axes[0])

    def _of_value(self, name: str) -> str:
        item = self._main()
        value = item.value or 0
        if name == "value":
            return self._figure(item)
        if name == "size":
            return self._figure(item, size=True)
        if name == "company":
            return item.company
        if name == "period":
            return write_period(item, with_end=not self._ends_differ())
        return "did not change" if value == 0 else "rose" if value > 0 else "fell"

    def _main(self) -> Evidence:
        if self._case.value:
            return self._evidence[self._case.value]
        return self._items()[-1]

    def _of_input(self, name: str) -> str:
        base, _, field = name.rpartition("_")
        if field in {"period", "company", "day"} and base in self._case.inputs:
            item = self._evidence[self._case.inputs[base]]
            if field == "day":
                return write_date(item.period_end) if item.period_end else ""
            return item.company if field == "company" else write_period(item)
        return self._figure(self._evidence[self._case.inputs[name]])

    def _items(self) -> list[Evidence]:
        given = next((v for v in self._case.inputs.values() if isinstance(v, list)), None)
        keys = given if given is not None else [str(v) for v in self._case.inputs.values()]
        return [self._evidence[key] for key in keys]

    def _rows(self) -> str:
        items = self._items()
        if self._process.order == "descending":
            items.sort(key=lambda item: -(item.value or 0))
        if self._process.order == "time":
            items.sort(key=lambda item: item.period_end.isoformat() if item.period_end else "")
        return join_words([self._row(item) for item in items])

    def _ends_differ(self) -> bool:
        """Return whether companies' fiscal periods of one name end on different days."""
        items = self._items()
        one_period = len({(item.fiscal_year, item.part) for item in items}) == 1
        return one_period and len({item.period_end for item in items}) > 1

    def _row(self, item: Evidence) -> str:
        places = {
            "company": item.company,
            "value": self._figure(item),
            "period": write_period(item),
            "member": item.member,
        }
        row = _PLACE.sub(lambda match: str(places[match[1]]), self._process.row)
        if self._ends_differ() and item.period_end:
            row += f" (ended {write_date(item.period_end)})"
        return row

    def _extreme(self, which: str, field: str) -> str:
        items = sorted(self._items(), key=lambda item: item.value or 0)
        item = items[-1 if which == "best" else 0]
        return item.company if field == "company" else write_period(item)


def _keys(case: Case) -> list[str]:
    keys = [case.value] if case.value else []
    for given in case.inputs.values():
        keys += given if isinstance(given, list) else [given]
    return keys


def number_marks(text: str, evidence: Sequence[Evidence]) -> tuple[str, dict[str, int]]:
    """Replace marks by footnote numbers in order of appearance.

    Returns:
        The text and the number of each key; what the cited programs used, but the text does not
        mention, is numbered after the rest.
    """
    by_key = {item.key: item for item in evidence}
    numbers: dict[str, int] = {}
    for match in _MARK.finditer(text):
        numbers.setdefault(match[1], len(numbers) + 1)
    queue = list(numbers)
    for key in queue:
        for given in by_key[key].source.get("inputs", {}).values():
            for part in given if isinstance(given, list) else [given]:
                if part not in numbers:
                    numbers[part] = len(numbers) + 1
                    queue.append(part)
    return _MARK.sub(lambda match: f"{match[2]} [{numbers[match[1]]}]", text), numbers


def mark(key: str, written: str = "") -> str:
    """Return a figure's writing, or nothing, with the mark of its evidence."""
    return f"⟦{key}|{written}⟧"


def hide_figures(text: str) -> str:
    """Return a composed text with letters for figures, as the wording task shows them."""
    letters: dict[str, str] = {}
    return _MARK.sub(
        lambda match: f"[{letters.setdefault(match[1], chr(ord('a') + len(letters) % 26))}]", text
    )
