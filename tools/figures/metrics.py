"""The metric catalogue: which filed concepts and which formulas an analyst's words stand for.

A catalogue is read from a YAML file or from records and installed into a warehouse, whose
`figure` view and `tools.figures.resolve` then work from the installed copy. It holds no figures.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from tools.errors import SetupError, ToolError
from tools.figures.formulas import parse
from tools.warehouse import Warehouse

_UNITS = ("USD", "USD/shares", "shares", "ratio", "days")
_KEYS = {
    "name", "label", "synonyms", "statement", "unit", "period_type", "definition", "concepts",
    "pick", "formula", "not_from", "optional", "at_least", "check", "check_required", "positive",
    "sum_quarters", "can_be_negative", "display",
    "qualifiers", "remark_unless",
}  # fmt: skip


@dataclass(frozen=True)
class ConceptChoice:
    """One filed concept that can stand for a metric.

    Attributes:
        concept: Qualified name, such as `us-gaap:Assets`.
        sign: 1, or -1 where the filed value has the opposite sign.
        unless: Concept patterns that forbid this choice when the same filing reports one.
        requires: Concepts that the same filing must report.
    """

    concept: str
    sign: int = 1
    unless: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class Metric:
    """A named analyst measure; the keys are explained at the top of the catalogue file."""

    name: str
    label: str
    unit: str
    period_type: str
    definition: str
    synonyms: tuple[str, ...] = ()
    statement: str = ""
    concepts: tuple[ConceptChoice, ...] = ()
    pick: str = "first"
    formulas: tuple[str, ...] = ()
    formula_unless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    formula_when: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    remark_unless: Mapping[str, str] = field(default_factory=dict)
    not_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    at_least: tuple[str, ...] = ()
    check: str | None = None
    check_required: bool = False
    positive: tuple[str, ...] = ()
    sum_quarters: bool = True
    can_be_negative: bool = True
    display: str = "percent"
    qualifiers: tuple[str, ...] = ()

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Metric:
        """Build a metric from one entry of the catalogue file.

        Raises:
            SetupError: A key is unknown, missing or has a value outside its closed set.
        """
        name = str(record.get("name", "?"))
        if unknown := set(record) - _KEYS:
            raise SetupError(f"Metric {name}: remove the unknown keys {sorted(unknown)}.")
        missing = {"name", "label", "unit", "period_type", "definition"} - set(record)
        if missing:
            raise SetupError(f"Metric {name}: add the missing keys {sorted(missing)}.")
        if record["unit"] not in _UNITS:
            raise SetupError(f"Metric {name}: set `unit` to one of {', '.join(_UNITS)}.")
        if record["period_type"] not in ("duration", "instant"):
            raise SetupError(f"Metric {name}: set `period_type` to duration or instant.")
        if not record.get("concepts") and not record.get("formula"):
            raise SetupError(f"Metric {name}: give it `concepts`, a `formula`, or both.")
        given = record.get("formula") or []
        formulas = [_formula(entry) for entry in ([given] if isinstance(given, str) else given)]
        return cls(
            name=name,
            label=str(record["label"]),
            unit=str(record["unit"]),
            period_type=str(record["period_type"]),
            definition=str(record["definition"]).strip(),
            synonyms=tuple(str(word) for word in record.get("synonyms", [])),
            statement=str(record.get("statement", "")),
            concepts=tuple(_choice(entry) for entry in record.get("concepts", [])),
            pick=str(record.get("pick", "first")),
            formulas=tuple(formula for formula, _, _ in formulas),
            formula_unless={formula: unless for formula, unless, _ in formulas if unless},
            formula_when={formula: when for formula, _, when in formulas if when},
            remark_unless=dict(record.get("remark_unless", {})),
            not_from=_patterns(record.get("not_from", {})),
            optional=_patterns(record.get("optional", {})),
            at_least=tuple(_qualified(name) for name in record.get("at_least", [])),
            check=record.get("check"),
            check_required=bool(record.get("check_required", False)),
            positive=tuple(record.get("positive", [])),
            sum_quarters=bool(record.get("sum_quarters", True)),
            can_be_negative=bool(record.get("can_be_negative", True)),
            display=str(record.get("display", "percent")),
            qualifiers=tuple(str(words) for words in record.get("qualifiers", [])),
        )


@dataclass(frozen=True)
class AmbiguousWord:
    """An everyday word for several metrics; without a `default` one has to ask."""

    word: str
    metrics: tuple[str, ...]
    default: str | None = None


@dataclass(frozen=True)
class Catalogue:
    """All metrics by name, in the order of the file, and the words that stand for several."""

    metrics: Mapping[str, Metric]
    records: tuple[Mapping[str, Any], ...]
    ambiguous: Mapping[str, AmbiguousWord] = field(default_factory=dict)
    verbs: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Read a catalogue file (YAML with `metrics` and `ambiguous`).

        Raises:
            SetupError: The file is missing, not YAML, or not a consistent catalogue.
        """
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        except (OSError, yaml.YAMLError) as error:
            raise SetupError(f"Cannot read the metric catalogue {path}: {error}") from error
        if not isinstance(content, dict) or "metrics" not in content:
            raise SetupError(f"The metric catalogue {path} needs a top-level `metrics` list.")
        return cls.from_records(content["metrics"], content.get("ambiguous"), content.get("verbs"))

    @classmethod
    def from_records(
        cls,
        records: Iterable[Mapping[str, Any]],
        ambiguous: Mapping[str, Mapping[str, Any]] | None = None,
        verbs: Mapping[str, str] | None = None,
    ) -> Catalogue:
        """Build a catalogue and check that every name its formulas use exists, without cycles."""
        kept = tuple(records)
        metrics: dict[str, Metric] = {}
        for record in kept:
            metric = Metric.from_record(record)
            if metric.name in metrics:
                raise SetupError(f"Metric {metric.name} is in the catalogue twice; remove one.")
            metrics[metric.name] = metric
        _check_names(metrics)
        words = {
            word: AmbiguousWord(word, tuple(entry["metrics"]), entry.get("default"))
            for word, entry in (ambiguous or {}).items()
        }
        for entry in words.values():
            if unknown := {*entry.metrics, entry.default or entry.metrics[0]} - set(metrics):
                raise SetupError(f"Ambiguous word {entry.word!r}: no metric {sorted(unknown)}.")
        if unknown := set((verbs or {}).values()) - set(metrics):
            raise SetupError(f"The catalogue's verbs use unknown metrics {sorted(unknown)}.")
        return cls(metrics, kept, words, dict(verbs or {}))

    @classmethod
    def installed(cls, warehouse: Warehouse) -> Catalogue:
        """Read the catalogue that `install_catalogue` left in a warehouse."""
        catalogue = warehouse.keep("catalogue", lambda: cls.read(warehouse.connection))
        if not catalogue.metrics:
            raise SetupError(
                f"The warehouse {warehouse.path} has no metric catalogue; run `footnote ingest`."
            )
        return catalogue

    @classmethod
    def read(cls, connection: duckdb.DuckDBPyConnection) -> Catalogue:
        """Read the installed catalogue; it is empty where none is installed."""
        rows = connection.execute("SELECT record FROM metric ORDER BY ordinal").fetchall()
        return _from_texts(tuple(row[0] for row in rows))

    def below(self, name: str) -> frozenset[str]:
        """Return a metric and all that its formulas use, however far down."""
        found, queue = {name}, [name]
        while queue:
            queue += (more := _names_in(self.metrics[queue.pop()]) - found)
            found |= more
        return frozenset(found)

    def metric(self, name: str) -> Metric:
        """Return a metric by name.

        Raises:
            ToolError: There is no such metric.
        """
        if name not in self.metrics:
            raise ToolError(
                f"There is no metric {name!r}. Use one of: {', '.join(sorted(self.metrics))}."
            )
        return self.metrics[name]


@lru_cache(maxsize=4)
def _from_texts(texts: tuple[str, ...]) -> Catalogue:
    records = tuple(json.loads(text) for text in texts)
    return Catalogue({r["name"]: Metric.from_record(r) for r in records}, records)


def _names_in(metric: Metric) -> set[str]:
    return {name for formula in metric.formulas for name in parse(formula).names}


def install_catalogue(warehouse: Warehouse, catalogue: Catalogue) -> None:
    """Replace the warehouse's catalogue; an equal one is left alone.

    Figures whose definition changes are dropped and marked, for `materialise.refresh_stale`.
    """
    rows = [
        (metric.name, ordinal, metric.pick, json.dumps(record, sort_keys=True))
        for ordinal, (metric, record) in enumerate(
            zip(catalogue.metrics.values(), catalogue.records, strict=True)
        )
    ]
    held = warehouse.connection.execute(
        "SELECT name, ordinal, pick, record FROM metric ORDER BY ordinal"
    ).fetchall()
    if held == rows:
        return
    metrics = catalogue.metrics.values()
    before = {str(row[0]): (row[2], row[3]) for row in held}
    after = {row[0]: (row[2], row[3]) for row in rows}
    changed = _affected(catalogue, {n for n in after if before.get(n) != after[n]})
    concepts = [row for metric in metrics for row in _concept_rows(metric)]
    conditions = [row for metric in metrics for row in _condition_rows(metric)]
    with warehouse.transaction() as connection:
        for table in ("metric", "metric_concept", "metric_condition"):
            connection.execute(f"DELETE FROM {table}")
        for statement, given in (
            ("INSERT INTO metric VALUES (?, ?, ?, ?)", rows),
            ("INSERT INTO metric_concept VALUES (?, ?, ?, ?, ?, ?)", concepts),
            ("INSERT INTO metric_condition VALUES (?, ?, ?, ?)", conditions),
        ):
            if given:
                connection.executemany(statement, given)
        connection.execute(
            "DELETE FROM figure_version WHERE list_contains(?, metric)",
            [sorted(changed | (before.keys() - after.keys()))],
        )
        connection.execute(
            "INSERT OR IGNORE INTO stale_metric SELECT unnest(?::VARCHAR[])", [sorted(changed)]
        )
        connection.execute("DELETE FROM stale_metric WHERE name NOT IN (SELECT name FROM metric)")


def _affected(catalogue: Catalogue, changed: set[str]) -> set[str]:
    """Add the metrics whose formulas or checks use a changed one, however far away."""
    uses = {metric.name: _used(metric) for metric in catalogue.metrics.values()}
    while more := {name for name, used in uses.items() if used & changed} - changed:
        changed = changed | more
    return changed


def _used(metric: Metric) -> set[str]:
    checks = [metric.check] if metric.check else []
    conditions = [*metric.remark_unless, *(text for text, _ in metric.formula_when.values())]
    expressions = [*metric.formulas, *checks, *conditions]
    return {name for text in expressions for name in parse(text).names}


def _concept_rows(metric: Metric) -> list[tuple[str, int, str, int, str, str]]:
    return [
        (metric.name, rank, choice.concept, choice.sign, metric.period_type, metric.unit)
        for rank, choice in enumerate(metric.concepts, start=1)
    ]


def _condition_rows(metric: Metric) -> list[tuple[str, str, str, str]]:
    return [
        (metric.name, choice.concept, kind, pattern)
        for choice in metric.concepts
        for kind, patterns in (
            ("unless", choice.unless),
            ("requires", choice.requires),
            ("at_least", metric.at_least),
        )
        for pattern in patterns
    ]


def _check_names(metrics: Mapping[str, Metric]) -> None:
    for metric in metrics.values():
        used = _used(metric) | set(metric.positive) | set(metric.not_from) | set(metric.optional)
        if unknown := used - set(metrics):
            raise SetupError(f"Metric {metric.name} uses unknown metrics {sorted(unknown)}.")
        _check_acyclic(metrics, metric.name, ())


def _check_acyclic(metrics: Mapping[str, Metric], name: str, above: tuple[str, ...]) -> None:
    if name in above:
        raise SetupError(f"The formulas of {' -> '.join((*above, name))} go in a circle.")
    for formula in metrics[name].formulas:
        for used in parse(formula).names:
            if used in metrics:
                _check_acyclic(metrics, used, (*above, name))


def _choice(entry: str | Mapping[str, Any]) -> ConceptChoice:
    if isinstance(entry, str):
        return ConceptChoice(_qualified(entry))
    return ConceptChoice(
        _qualified(entry["concept"]),
        int(entry.get("sign", 1)),
        tuple(_qualified(name) for name in entry.get("unless", [])),
        tuple(_qualified(name) for name in entry.get("requires", [])),
    )


def _formula(
    entry: str | Mapping[str, Any],
) -> tuple[str, tuple[str, ...], tuple[str, bool] | None]:
    if isinstance(entry, str):
        return entry, (), None
    unless = tuple(_qualified(name) for name in entry.get("unless", []))
    when = next(
        ((entry[key], key == "while") for key in ("while", "once_not") if key in entry), None
    )
    return str(entry["formula"]), unless, when


def _qualified(name: str) -> str:
    return name if ":" in name or name.startswith("%") else f"us-gaap:{name}"


def _patterns(entry: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(_qualified(pattern) for pattern in names) for name, names in entry.items()}
