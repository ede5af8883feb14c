"""The ledger of a run: every figure enters it once, with what is needed to open and replay it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from agent.state import Evidence, Period
from tools.figures.figure import FactFigure, Formula, Missing, Resolution
from tools.json_values import plain_decimal
from tools.sandbox.interface import Program, Sandbox

if TYPE_CHECKING:
    from tools.search.passages import PassageHit


class Ledger:
    """Collects evidence; equal evidence is kept once. Computes in the sandbox only."""

    def __init__(self, sandbox: Sandbox, labels: dict[str, str]) -> None:
        self._sandbox = sandbox
        self._labels = labels
        self._items: dict[str, Evidence] = {}
        self._by_identity: dict[tuple[Any, ...], str] = {}

    @property
    def items(self) -> tuple[Evidence, ...]:
        """Everything entered so far, in order."""
        return tuple(self._items.values())

    def __getitem__(self, key: str) -> Evidence:
        return self._items[key]

    def enter(
        self, resolution: FactFigure | Formula, *, ticker: str = "", member: str = ""
    ) -> Evidence:
        """Enter a resolved metric; a formula's inputs are entered first, then its program run.

        Args:
            resolution: What the metric resolved to.
            ticker: The company's ticker.
            member: The segment, product or region whose figure it is.
        """
        label = self._label(resolution.metric)
        if member:
            label = f"{label}, {member}"
        if isinstance(resolution, FactFigure):
            item = _fact(resolution, ticker, label)
            source = {**item.source, "member": member} if member else item.source
            return self.keep(replace(item, member=member, source=source))
        inputs = {
            name: self.enter(_found(part), ticker=ticker, member=member)
            for name, part in resolution.inputs.items()
        }
        return self.compute(
            resolution.expression,
            inputs,
            label=label,
            metric=resolution.metric,
            unit=resolution.unit,
            period=Period(resolution.fiscal_year, resolution.fiscal_period),
            dates=(resolution.period_start, resolution.period_end),
            note=resolution.note,
        )

    def compute(
        self,
        code: str,
        inputs: Mapping[str, Evidence | Sequence[Evidence]],
        *,
        label: str,
        metric: str,
        unit: str,
        period: Period | None = None,
        dates: tuple[date | None, date | None] = (None, None),
        constants: Mapping[str, Decimal] | None = None,
        note: str = "",
    ) -> Evidence:
        """Run a program over evidence and enter its result.

        Args:
            code: Program text; its names are the keys of `inputs` and `constants`.
            inputs: Evidence with a value, or a list of such, by the program's names.
            label: What the result is, in words.
            metric: Name of the metric or process that the result belongs to.
            unit: Unit of the result.
            period: Fiscal period of the result, the latest of the inputs' by default.
            dates: First and last day of the result's period.
            constants: Plain numbers that are no evidence, such as the number of years.
            note: What a reader should know about the result.

        Raises:
            ToolError: The program failed.
        """
        result = self._sandbox.run(Program(code, _values(inputs) | dict(constants or {}))).value
        if not isinstance(result, Decimal):
            raise TypeError(f"program for {label} gave {type(result).__name__}, not a number")
        parts = _flat(inputs)
        last = max(parts, key=lambda item: item.period_end or date.min)
        companies = list(dict.fromkeys(item.company for item in parts))
        tickers = list(dict.fromkeys(item.ticker for item in parts))
        return self.keep(
            Evidence(
                key="",
                kind="program",
                label=label,
                company=" / ".join(companies),
                ticker=" / ".join(tickers),
                metric=metric,
                value=result,
                unit=unit,
                fiscal_year=period.fiscal_year if period else last.fiscal_year,
                part=period.part if period else last.part,
                period_start=dates[0] or min(_starts(parts), default=None),
                period_end=dates[1] or last.period_end,
                member=" / ".join(dict.fromkeys(item.member for item in parts if item.member)),
                source={
                    "code": code,
                    "inputs": {name: _keys(given) for name, given in inputs.items()},
                    "constants": {name: str(value) for name, value in (constants or {}).items()},
                    "output": plain_decimal(result),
                    "note": note,
                },
            )
        )

    def enter_passage(self, hit: PassageHit, quoted: str) -> Evidence:
        """Enter a passage and the sentences quoted from it."""
        return self.keep(
            Evidence(
                key="",
                kind="passage",
                label=f"Item {hit.item}",
                company=hit.company,
                source={
                    "company": hit.company,
                    "accession": hit.accession,
                    "form": hit.form,
                    "filed": hit.filed.isoformat(),
                    "item": hit.item,
                    "passage_id": hit.passage_id,
                    "span_start": hit.span_start,
                    "span_end": hit.span_end,
                    "url": hit.url,
                    "quote": quoted,
                    "text": hit.text,
                    "page": hit.page,
                    "speaker": hit.speaker,
                    "role": hit.role,
                },
            )
        )

    def enter_term(self, name: str, text: str, source: dict[str, Any]) -> Evidence:
        """Enter a term's definition from memory."""
        content = {"name": name, "text": text, **source}
        return self.keep(Evidence(key="", kind="term", label=name, metric=name, source=content))

    def _label(self, metric: str) -> str:
        return self._labels.get(metric, metric.replace("_", " "))

    def keep(self, item: Evidence) -> Evidence:
        """Enter a piece of evidence, or return the equal one that was entered before."""
        identity = _identity(item)
        if identity not in self._by_identity:
            key = f"e{len(self._items) + 1}"
            self._by_identity[identity] = key
            self._items[key] = replace(item, key=key)
        return self._items[self._by_identity[identity]]


def _fact(figure: FactFigure, ticker: str, label: str) -> Evidence:
    return Evidence(
        key="",
        kind="fact",
        label=label,
        company=figure.company,
        ticker=ticker,
        metric=figure.metric,
        value=figure.value,
        unit=figure.unit,
        fiscal_year=figure.fiscal_year,
        part=figure.fiscal_period,
        period_start=figure.period_start,
        period_end=figure.period_end,
        source={
            "company": figure.company,
            "cik": figure.cik,
            "concept": figure.concept,
            "value_as_filed": figure.value_as_filed,
            "value": plain_decimal(figure.value),
            "unit": figure.unit,
            "period_start": figure.period_start.isoformat() if figure.period_start else None,
            "period_end": figure.period_end.isoformat(),
            "accession": figure.accession,
            "form": figure.form,
            "filed": figure.filed.isoformat(),
            "url": figure.url,
            "fact_id": figure.fact_id,
            "sql": figure.sql,
            "params": [_plain(value) for value in figure.params],
            **({"note": figure.note} if figure.note else {}),
        },
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _found(resolution: Resolution) -> FactFigure | Formula:
    if isinstance(resolution, Missing):
        raise ValueError(f"a formula needs what is missing: {resolution.reason}")
    return resolution


def _value(item: Evidence) -> Decimal:
    if item.value is None:
        raise ValueError(f"{item.label} has no value to compute with")
    return item.value


def _values(
    inputs: Mapping[str, Evidence | Sequence[Evidence]],
) -> dict[str, Decimal | Sequence[Decimal]]:
    return {
        name: _value(given) if isinstance(given, Evidence) else [_value(one) for one in given]
        for name, given in inputs.items()
    }


def _keys(given: Evidence | Sequence[Evidence]) -> str | list[str]:
    return given.key if isinstance(given, Evidence) else [one.key for one in given]


def _flat(inputs: Mapping[str, Evidence | Sequence[Evidence]]) -> list[Evidence]:
    parts: list[Evidence] = []
    for given in inputs.values():
        parts.extend([given] if isinstance(given, Evidence) else given)
    return parts


def _starts(parts: Sequence[Evidence]) -> list[date]:
    return [item.period_start for item in parts if item.period_start]


def _identity(item: Evidence) -> tuple[Any, ...]:
    if item.kind == "fact":
        return ("fact", item.source["fact_id"], item.metric, item.fiscal_year, item.part)
    if item.kind == "program":
        inputs = json.dumps(item.source["inputs"], sort_keys=True)
        return ("program", item.source["code"], inputs, item.metric)
    if item.kind == "passage":
        return ("passage", item.source["passage_id"], item.source["quote"])
    if item.kind == "cell":
        return ("cell", *item.source["params"])
    if item.kind == "bar":
        return ("bar", item.metric, *item.source["params"])
    if item.kind == "news":
        return ("news", item.source["news_id"])
    return (item.kind, item.label)
