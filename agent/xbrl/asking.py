"""`footnote extract`: one question, in words, over one XBRL file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from adapters.completion import complete
from adapters.tasks.xbrl import XBRL, chosen_concept, concept_grammar
from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SetupError
from agent.xbrl.concepts import concept_words
from agent.xbrl.extraction import Chooser, XbrlReader
from agent.xbrl.questions import XbrlQuestion, read_question
from agent.xbrl.values import TaggedValue, read_values
from tools.errors import ToolError
from tools.figures.metrics import Catalogue


def print_extract(settings: Settings, file: Path, question: str, *, as_json: bool) -> None:
    """Print the answer to a question about one XBRL file, and which values it rests on.

    Raises:
        SetupError: The file cannot be read, or holds nothing that answers.
    """
    try:
        text = file.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise SetupError(f"{file} cannot be read ({error.strerror}); give an XBRL file") from error
    parts = Parts(settings)
    try:
        found = answer_question(text, read_question(question), parts.catalogue, chooser(parts))
    except ToolError as error:
        raise SetupError(f"{file}: {error}") from error
    finally:
        parts.close()
    print(json.dumps(found, indent=1) if as_json else "\n".join(found.values()))


def answer_question(
    text: str, question: XbrlQuestion, catalogue: Catalogue, choose: Chooser | None
) -> dict[str, str]:
    """Answer a question about an XBRL text.

    Returns:
        "answer" (a concept, a value or a formula with values), for a formula its "value", and
        "source": the filed values it rests on.

    Raises:
        ToolError: The text has no line for it.
        SetupError: The text holds no XBRL values.
    """
    reader = XbrlReader(read_values(text), catalogue, choose=choose)
    line = reader.line_of(question.phrases)
    if question.asked == "formula":
        formula = reader.formula(line)
        terms = "; ".join(f"{name} = {_source(v)}" for name, v in formula.inputs.items())
        return {"answer": formula.text, "value": str(formula.value), "source": terms}
    concept = reader.concept(line)
    value = reader.value_of(concept)
    answer = concept if question.asked == "concept" else value.text
    return {"answer": answer, "source": _source(value)}


def chooser(parts: Parts) -> Chooser | None:
    """Return a choice among concepts by the task's adapter; None where there is no adapter."""
    if not parts.has_adapter(XBRL.name):
        return None

    def choose(line: str, place: str, concepts: Sequence[str]) -> str | None:
        variables = {
            "line": line,
            "place": place,
            "concepts": [concept_words(concept) for concept in concepts],
        }
        grammar = concept_grammar(len(concepts))
        return chosen_concept(complete(parts.model, XBRL, variables, grammar).text, concepts)

    return choose


def _source(value: TaggedValue) -> str:
    days = [str(day) for day in (value.period_start, value.period_end) if day]
    period = " to ".join(days) or "period not in the file"
    return f"{value.concept} {value.text} {value.unit or 'unit not in the file'}, {period}"
