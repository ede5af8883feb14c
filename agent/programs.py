"""Programs over the toolbox: run once with every answer entered as evidence, and run again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from agent.ledger import Ledger
from agent.state import Evidence
from tools.json_values import plain_decimal
from tools.sandbox.interface import Program, Sandbox
from tools.toolbox.host import Given, HostCalls, played_back
from tools.toolbox.sources import Sources

# A scale counts for units only: "in thousands" does not mean the square feet.
CELL_SQL = (
    "SELECT value * CASE WHEN unit IS NULL THEN 1 ELSE coalesce(scale, 1) END AS value "
    "FROM table_cell WHERE cell_id = ?"
)


def run_program(
    code: str,
    ledger: Ledger,
    sources: Sources,
    sandbox: Sandbox,
    *,
    label: str,
    unit: str,
    as_of: date | None = None,
) -> Evidence:
    """Run a program that asks the toolbox; enter what it was given, then its result.

    Args:
        code: The program; its value is a number.
        ledger: Where evidence is entered.
        sources: What the program may ask.
        sandbox: What runs it.
        label: What the result is, in words.
        unit: Unit of the result.
        as_of: Only what was filed by this day is given.

    Raises:
        ToolError: The program failed, or what it asked for is not to be had.
    """
    host = HostCalls(sources, as_of=as_of)
    result = sandbox.run(Program(code, functions=host.functions)).value
    if not isinstance(result, Decimal):
        raise TypeError(f"program for {label} gave {type(result).__name__}, not a number")
    inputs = {name: _enter(given, ledger) for name, given in host.given.items()}
    parts = [item for item in inputs.values() if item.period_end]
    last = max(parts, key=lambda item: item.period_end or date.min, default=None)
    return ledger.keep(
        Evidence(
            key="",
            kind="program",
            label=label,
            company=" / ".join(dict.fromkeys(item.company for item in parts)),
            ticker=" / ".join(dict.fromkeys(item.ticker for item in parts)),
            metric="program",
            value=result,
            unit=unit,
            fiscal_year=last.fiscal_year if last else None,
            part=last.part if last else "",
            period_end=last.period_end if last else None,
            source={
                "code": code,
                "inputs": {name: item.key for name, item in inputs.items()},
                "calls": dict(host.asked),
                "constants": {},
                "output": plain_decimal(result),
                "note": "",
            },
        )
    )


def recorded_program(source: Mapping[str, Any], value_of: Callable[[str], Any]) -> Program:
    """Return a recorded program over its recorded inputs.

    Args:
        source: The source of the program's evidence.
        value_of: Gives the value behind an evidence key.
    """
    values: dict[str, Any] = {
        name: Decimal(value) for name, value in source.get("constants", {}).items()
    }
    for name, given in source["inputs"].items():
        several = isinstance(given, list)
        values[name] = [value_of(key) for key in given] if several else value_of(given)
    calls = source.get("calls")
    if calls is None:
        return Program(source["code"], values)
    answers = {
        text: [values[name] for name in names] if isinstance(names, list) else values[names]
        for text, names in calls.items()
    }
    return Program(source["code"], functions=played_back(answers))


def read_rows(text: str) -> list[list[Any]]:
    """Return the rows that a query's evidence holds as text."""
    rows: list[list[Any]] = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    return rows


def write_rows(rows: list[list[Any]]) -> str:
    """Write rows as JSON in which numbers keep every digit."""

    def write(value: Any) -> str:
        return plain_decimal(value) if isinstance(value, Decimal) else json.dumps(value)

    lines = [f"[{', '.join(map(write, row))}]" for row in rows]
    return f"[{', '.join(lines)}]"


def _enter(given: Given, ledger: Ledger) -> Evidence:
    if given.resolution is not None:
        return ledger.enter(given.resolution)
    if given.cell is not None and given.table is not None:
        return ledger.keep(_cell(given))
    source = {"sql": given.query, "params": [], "text": write_rows(given.value)}
    return ledger.keep(Evidence(key="", kind="query", label=given.name, source=source))


def _cell(given: Given) -> Evidence:
    table, cell = given.table, given.cell
    assert table is not None and cell is not None
    return Evidence(
        key="",
        kind="cell",
        label=f"{cell.row}, {cell.column}",
        company=table.company,
        metric="cell",
        value=given.value,
        unit=cell.unit or "",
        source={
            "company": table.company,
            "accession": table.accession,
            "form": table.form,
            "filed": table.filed.isoformat(),
            "table_no": table.table_no,
            "row": cell.row,
            "column": cell.column,
            "text": cell.text,
            "span_start": table.span_start,
            "span_end": table.span_end,
            "fact_id": cell.fact_id,
            "sql": CELL_SQL,
            "params": [cell.cell_id],
        },
    )
