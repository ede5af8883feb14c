"""Answer with a whole statement: each line of the wanted period a figure with its own footnote."""

from __future__ import annotations

import re

from agent.compose import mark
from agent.ledger import Ledger
from agent.linking.words import Question
from agent.state import Evidence, Found, Plan
from agent.wording import period_label, write_value
from tools.errors import SetupError
from tools.json_values import plain_decimal
from tools.statements.locate import FOREVER, Wanted
from tools.statements.read import read_statement
from tools.statements.records import StatementKind
from tools.statements.statement import Column, Line, Statement, Value
from tools.warehouse import Warehouse

MAX_LINES = 90
_LINE_SQL = "SELECT value AS value FROM fact WHERE fact_id = ?"
_NEGATED_SQL = "SELECT -value AS value FROM fact WHERE fact_id = ?"
_KINDS: tuple[tuple[StatementKind, str], ...] = (
    ("comprehensive", r"statements?\s+of\s+comprehensive\s+(?:income|loss)"),
    ("cash", r"(?:statements?\s+of\s+cash[\s-]+flows?|cash[\s-]*flows?\s+statements?)"),
    (
        "income",
        r"(?:(?:income|profit\s+and\s+loss|p\s*&\s*l|earnings)\s+statements?|p&l|"
        r"statements?\s+of\s+(?:operations|income|earnings|profit\s+and\s+loss))",
    ),
    ("balance", r"(?:balance\s+sheets?|statements?\s+of\s+financial\s+(?:position|condition))"),
)


def link_statement(question: Question) -> str:
    """Return the kind of statement that a question names, and claim the words; empty for none."""
    text = question.text.lower()
    for kind, pattern in _KINDS:
        if match := re.search(rf"\b(?:consolidated\s+)?{pattern}(?!\w)", text):
            for index, word in enumerate(question.words):
                if word.start < match.end() and word.end > match.start():
                    question.claim(index, index + 1, "statement")
            return kind
    return ""


def find_statement(plan: Plan, warehouse: Warehouse, ledger: Ledger) -> Found:
    """Enter the lines of a plan's statement, in their order; or say what is missing."""
    company, period = plan.companies[0], plan.periods[0]
    kind: StatementKind = plan.statement  # type: ignore[assignment]
    wanted = Wanted(period.fiscal_year, period.part)
    try:
        statement = read_statement(
            warehouse.connection, company.cik, wanted, kind, as_of=plan.as_of or FOREVER
        )
    except SetupError as error:
        return Found(missing=(str(error),))
    column = _column(statement, plan)
    if column is None:
        label = period_label(period)
        return Found(missing=(f"The statement on file has no column for {label}.",))
    entered = [
        ledger.keep(_evidence(statement, line, column, value, plan))
        for line in statement.lines[:MAX_LINES]
        if (value := line.values[column]) is not None and value.fact_id is not None
    ]
    if len(entered) < 2:
        return Found(missing=("The statement's numbers are not linked to filed facts.",))
    keys = tuple(dict.fromkeys(item.key for item in entered))
    cut = len(statement.lines) > MAX_LINES
    return Found(ledger.items, {"lines": keys, "title": statement.title, "cut": cut})


def statement_text(plan: Plan, found: Found) -> str:
    """Write a statement, a line each, with the marks of its facts."""
    by_key = {item.key: item for item in found.evidence}
    first = by_key[found.roles["lines"][0]]
    head = f"{first.company}, {found.roles['title']}, {period_label(plan.periods[0])}"
    lines = [f"{head}:{mark(first.key)}"]
    for key in found.roles["lines"]:
        item = by_key[key]
        value = item.value
        assert value is not None
        lines.append(f"{item.label}: {mark(key, write_value(value, item.unit))}")
    if found.roles["cut"]:
        lines.append("The lines after these are left out.")
    return "\n".join(lines)


def _column(statement: Statement, plan: Plan) -> int | None:
    """Return the number of the column whose period is the wanted one, whole."""
    wanted = plan.periods[0]
    name = str(wanted.fiscal_year)
    name = f"FY{name}" if wanted.part == "FY" else f"{wanted.part} {name}"
    for number, column in enumerate(statement.columns):
        if column.fiscal == name and column.dimensions is None and not column.is_derived:
            return number
    return None


def _evidence(statement: Statement, line: Line, number: int, value: Value, plan: Plan) -> Evidence:
    filing, column = statement.filing, statement.columns[number]
    period = plan.periods[0]
    return Evidence(
        key="",
        kind="fact",
        label=line.label,
        company=filing.company,
        ticker=plan.companies[0].ticker,
        metric=f"{statement.kind}_line",
        value=value.number,
        unit=value.unit,
        fiscal_year=period.fiscal_year,
        part=period.part,
        period_start=column.period_start,
        period_end=column.period_end,
        source=_source(statement, line, column, value),
    )


def _source(statement: Statement, line: Line, column: Column, value: Value) -> dict[str, object]:
    filing = statement.filing
    return {
        "company": filing.company,
        "cik": filing.cik,
        "concept": value.concept or "",
        "value_as_filed": plain_decimal(value.number),
        "value": plain_decimal(value.number),
        "unit": value.unit,
        "period_start": column.period_start.isoformat() if column.period_start else None,
        "period_end": column.period_end.isoformat() if column.period_end else None,
        "accession": value.accession,
        "form": filing.form,
        "filed": filing.filed.isoformat() if filing.filed else "",
        "url": None,
        "fact_id": value.fact_id,
        "line": line.label,
        "sql": _NEGATED_SQL if line.negated else _LINE_SQL,
        "params": [value.fact_id],
    }
