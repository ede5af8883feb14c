"""The `answer` node: from evidence to text, figures and footnotes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from agent.act import Case
from agent.compose import Composer, Wording, hide_figures, mark, number_marks
from agent.process import Process
from agent.spoken import heading, speaker_of
from agent.state import Answer, Evidence, Figure, Footnote, Found, Plan
from tools.json_values import plain_decimal


def phrasings(found: Found, process: Process, wording: Wording) -> list[str]:
    """Return the whole answer in each of the process's phrasings, with figures still marked."""
    composer = Composer(found.evidence, process, wording)
    cases: tuple[Case, ...] = found.roles["cases"]
    rest = [composer.verdict(cases), *composer.details(cases), *composer.notes(cases)]
    written = []
    for template in process.answers:
        leads = [composer.lead(case, template) for case in cases]
        written.append(
            "\n".join(part for part in [" ".join(leads), " ".join(filter(None, rest))] if part)
        )
    return list(dict.fromkeys(written))


def without_figures(texts: Sequence[str]) -> list[str]:
    """Return first sentences as the wording task shows them: letters for figures."""
    return [hide_figures(text.split("\n")[0]) for text in texts]


def finish(text: str, found: Found) -> tuple[Answer, dict[str, int]]:
    """Number the footnotes of a composed text and list its figures.

    Returns:
        The answer, and the footnote number of each evidence key.
    """
    numbered, numbers = number_marks(text, found.evidence)
    cited = sorted((n, item) for item in found.evidence if (n := numbers.get(item.key)))
    by_key = {item.key: item for item in found.evidence}
    return (
        Answer(
            "answered",
            numbered,
            tuple(_figure(item, n) for n, item in cited if item.value is not None),
            tuple(_footnote(item, n, numbers, by_key) for n, item in cited),
        ),
        numbers,
    )


def abstain(reasons: Sequence[str], wording: Wording) -> Answer:
    """Say that there is no answer, and why."""
    text = " ".join(label_places(reason, wording) for reason in dict.fromkeys(reasons) if reason)
    return Answer("abstained", f"I can't answer that. {text}")


def label_places(text: str, wording: Wording) -> str:
    """Replace `{metric_name}` by the metric's label."""
    for name in wording.labels:
        text = text.replace(f"{{{name}}}", wording.label(name))
    return text


def as_contract(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run record as `ask --json` prints it."""
    answer = record.get("answer") or {}
    steps = ("node", "layer", "task", "adapter", "ms", "prompt_tokens", "output_tokens")
    contract = {
        "run": record["run"],
        "status": answer.get("status", "failed"),
        "text": answer.get("text", ""),
        "figures": answer.get("figures", []),
        "footnotes": [
            {"n": note["n"], "kind": note["kind"], **note["source"]}
            for note in answer.get("footnotes", [])
        ],
        "steps": [{name: step[name] for name in steps} for step in record.get("steps", [])],
        "ms": record.get("ms", 0),
    }
    if answer.get("options"):
        contract["options"] = answer["options"]
    return contract


def _figure(item: Evidence, n: int) -> Figure:
    value = item.value
    assert value is not None
    return Figure(
        label=item.label,
        company=item.company,
        ticker=item.ticker,
        metric=item.metric,
        value=plain_decimal(value),
        unit=item.unit,
        period_start=item.period_start.isoformat() if item.period_start else None,
        period_end=item.period_end.isoformat() if item.period_end else None,
        footnote=n,
    )


def _footnote(
    item: Evidence, n: int, numbers: Mapping[str, int], by_key: Mapping[str, Evidence]
) -> Footnote:
    source = {"label": item.label, **item.source}
    if item.kind == "program":
        source["inputs"] = {
            name: [_reference(key, numbers, by_key) for key in given]
            if isinstance(given, list)
            else _reference(given, numbers, by_key)
            for name, given in item.source["inputs"].items()
        }
    return Footnote(n, item.kind, source)


def _reference(key: str, numbers: Mapping[str, int], by_key: Mapping[str, Evidence]) -> Any:
    value = by_key[key].value
    return {"footnote": numbers[key], "value": plain_decimal(value) if value is not None else None}


def definition_text(records: Sequence[Evidence]) -> str:
    """Write the definitions that were found, each with its mark."""
    return "\n".join(f"{item.source['text']}{mark(item.key)}" for item in records)


def passage_text(plan: Plan, quotes: Sequence[tuple[Evidence, str]]) -> str:
    """Write quoted sentences, each with the mark of its passage."""
    lines = []
    for company in plan.companies:
        said = [(item, quote) for item, quote in quotes if item.company == company.name]
        if said:
            lines.append(heading(company.name, said))
            lines += [
                f"{speaker_of(item)}“{_inside(quote)}”{mark(item.key)}" for item, quote in said
            ]
    return "\n".join(lines)


def _inside(quote: str) -> str:
    """Make a quotation's own quotation marks single, as inside another one."""
    return quote.translate(str.maketrans('“”"', "‘’'"))


def with_options(answer: Answer, options: Sequence[str], wording: Wording) -> Answer:
    """Turn an answer into a question back, with what to choose from."""
    labels = tuple(label_places(option, wording) for option in options)
    text = f"{answer.text} {', '.join(labels)}?"
    return replace(answer, status="clarify", text=text, options=labels)
