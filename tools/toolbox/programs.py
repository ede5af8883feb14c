"""Run a small program over what the other tools know."""

from __future__ import annotations

from datetime import date
from typing import Any

from tools.sandbox.interface import Program
from tools.toolbox.figures import as_figure
from tools.toolbox.host import Given, HostCalls
from tools.toolbox.records import ProgramInput, ProgramOutcome
from tools.toolbox.sources import Sources


def run_program(sources: Sources, code: str, as_of: date | None = None) -> ProgramOutcome:
    """Run a Python program in a sandbox; its last line is an expression with the result.

    In scope: `Decimal`; `figure(company, metric, period)` gives a decimal in whole units;
    `figures(company, metric, "FY2019..FY2023")` a list of them, the earliest first;
    `cell(accession, table_no, row, column)` a number of a filing's table; `sql(query)` rows, 50 at
    most; `pct_change(old, new)`, `cagr(first, last, years)`, `npv(rate, cash_flows)`,
    `irr(cash_flows)`. Arguments go by position. Write constants as Decimal("0.5"), not as floats.
    No files, no network, no imports of the system; 5 seconds. `given` lists what the program was
    given, with sources.

    Args:
        code: The program, such as "figure('AAPL', 'revenue', 2023) / 2".
        as_of: Figures only from what was filed by this day.
    """
    host = HostCalls(sources, as_of=as_of)
    program = Program(code, functions=host.functions)
    result = sources.sandbox().run(program, timeout_seconds=5.0)
    given = tuple(_input(sources, one) for one in host.given.values())
    return ProgramOutcome(result.value, result.stdout, given)


def _input(sources: Sources, given: Given) -> ProgramInput:
    source: Any = {"sql": given.query}
    if given.resolution is not None:
        source = as_figure(sources, given.resolution).source
    elif given.cell is not None:
        source = given.cell
    return ProgramInput(given.name, given.value, source)
