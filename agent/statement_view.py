"""`footnote show`: a statement on the screen, as JSON with every source, or as CSV."""

from __future__ import annotations

import csv
import io
import json
import textwrap
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SetupError
from tools.errors import ToolError
from tools.statements.build import is_money
from tools.statements.request import StatementRequest, answer_request
from tools.statements.statement import Column, Line, Statement, Value
from tools.toolbox.companies import one_company

_SCALE_WORDS = {1: "", 10**3: "thousands", 10**6: "millions", 10**9: "billions"}
_LAYOUTS = {
    "linkbase": "the filer's presentation linkbase",
    "r_file": "EDGAR's rendered statement (R file)",
    "fsds": "the SEC's Financial Statement Data Sets",
    "table": "the table in the filing",
}
_MIN_LABEL = 30
_MAX_LABEL = 72
_GAP = 2
_INDENT = 2
_MAX_HEADING = 14


def show_statement(settings: Settings, company: str, request: StatementRequest, style: str) -> None:
    """Print a statement; `style` is 'screen', 'json' or 'csv'.

    Raises:
        SetupError: The company or the statement is not on file.
    """
    parts = Parts(settings)
    try:
        cik = one_company(parts.sources, company).cik
        statement = answer_request(parts.warehouse.connection, cik, request)
    except ToolError as error:
        raise SetupError(str(error)) from error
    finally:
        parts.close()
    if style == "json":
        print(json.dumps(as_json(statement), ensure_ascii=False, indent=1))
    elif style == "csv":
        print(as_csv(statement), end="")
    else:
        print_statement(statement, Console())


def print_statement(statement: Statement, screen: Console) -> None:
    """Print a statement as a table, with where it comes from below it."""
    filing = statement.filing
    name = f"{filing.company} ({filing.ticker})" if filing.ticker else filing.company
    screen.print(Text(name, style="bold"))
    screen.print(Text(f"{statement.title}  {_unit_note(statement)}".rstrip()))
    for columns in _pages(statement, screen.width):
        screen.print(_table(statement, columns, screen.width))
    for note in (*_footer(statement), *statement.notes):
        screen.print(Text(note, style="dim"))


def _unit_note(statement: Statement) -> str:
    if statement.is_percent:
        return "(percent)"
    word = _SCALE_WORDS.get(statement.scale, "")
    per_share = any(
        value and "/" in value.unit for line in statement.lines for value in line.values
    )
    amount = f"{statement.currency} in {word}" if word else statement.currency
    return f"({amount}, except per share)" if per_share else f"({amount})"


def _pages(statement: Statement, width: int) -> list[list[int]]:
    """Column numbers that fit the width beside the labels, in order."""
    room = max(width - _MIN_LABEL, 12)
    pages: list[list[int]] = [[]]
    used = 0
    for index in range(len(statement.columns)):
        size = _width(statement, index) + _GAP
        if pages[-1] and used + size > room:
            pages.append([])
            used = 0
        pages[-1].append(index)
        used += size
    return [page for page in pages if page]


def _width(statement: Statement, index: int) -> int:
    heading = _heading(statement.columns[index], statement)
    return max(len(text) for text in (*heading, *_figures(statement, index), " "))


def _figures(statement: Statement, index: int) -> list[str]:
    """A column as text, digits under digits: a positive leaves the place of a closing bracket."""
    shown = [_shown(line.values[index], statement) for line in statement.lines]
    if not any(text.endswith(")") for text in shown):
        return shown
    return [text if text.endswith(")") else f"{text} " for text in shown]


def _table(statement: Statement, columns: Sequence[int], width: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    sizes = {index: _width(statement, index) for index in columns}
    figures = {index: _figures(statement, index) for index in columns}
    longest = max((len(line.label) + _INDENT * line.depth for line in statement.lines), default=0)
    room = max(width - sum(size + _GAP for size in sizes.values()), _MIN_LABEL)
    label_width = min(longest, room, _MAX_LABEL)
    table.add_column("", width=label_width, no_wrap=True, vertical="bottom")
    for index, size in sizes.items():
        heading = "\n".join(
            text.rjust(size) for text in _heading(statement.columns[index], statement)
        )
        table.add_column(heading, no_wrap=True, vertical="bottom")
    for number, line in enumerate(statement.lines):
        if statement.kind == "equity" and not any(line.values[index] for index in columns):
            continue  # a movement of components that stand on another page
        style = "bold" if line.is_total else ""
        texts = [Text(figures[index][number].rjust(size), style) for index, size in sizes.items()]
        table.add_row(_label(line, label_width), *texts)
    return table


def _heading(column: Column, statement: Statement) -> list[str]:
    if statement.kind == "equity":
        return textwrap.wrap(column.heading, _MAX_HEADING)
    period, _, day = column.heading.rpartition(" to ")
    day = day or column.heading
    first = [column.fiscal + ("*" if column.is_derived else "")] if column.fiscal else []
    return [*first, *([period] if period else []), day]


def _label(line: Line, width: int) -> Text:
    """The label under its indent; the lines it is wrapped to stand further in."""
    indent = " " * min(_INDENT * line.depth, width // 3)
    wrapped = textwrap.wrap(
        line.label, width, initial_indent=indent, subsequent_indent=indent + " " * _INDENT
    )
    return Text("\n".join(wrapped), style="bold" if line.is_total or line.is_abstract else "")


def _shown(value: Value | None, statement: Statement) -> str:
    if value is None:
        return ""
    number = value.number
    if statement.is_percent and value.unit == "percent":
        return _in_brackets(f"{abs(number):.1f}%", number)
    if is_money(value.unit) or value.unit == "shares":
        if is_money(value.unit):
            return _in_brackets(_money(number / statement.scale, _decimals(statement)), number)
        return _in_brackets(_plain(number / _share_scale(statement)), number)
    if "/" in value.unit:
        return _in_brackets(_per_share(number), number)
    return _in_brackets(_plain(number), number)


def _share_scale(statement: Statement) -> int:
    """Shares are shown in the money's scale where most are whole at it, otherwise in thousands."""
    shares = [
        value.number
        for line in statement.lines
        for value in line.values
        if value and value.unit == "shares"
    ]
    for scale in (statement.scale, 10**3):
        if shares and all(number % scale == 0 for number in shares):
            return scale
    return 1


def _decimals(statement: Statement) -> int:
    """Decimals that the money of a statement is shown with: one where any has one (AMT)."""
    exponents = [
        (value.number / statement.scale).normalize().as_tuple().exponent
        for line in statement.lines
        for value in line.values
        if value and is_money(value.unit)
    ]
    return min(max((-one for one in exponents if isinstance(one, int)), default=0), 3)


def _money(number: Decimal, decimals: int) -> str:
    return f"{abs(number):,.{max(decimals, 0)}f}" if number else "0"


def _per_share(number: Decimal) -> str:
    """Cents, and the further decimals that were filed: a dividend of 0.7467."""
    exponent = number.normalize().as_tuple().exponent
    filed = -exponent if isinstance(exponent, int) else 2
    return f"{abs(number):,.{max(2, min(filed, 4))}f}"


def _plain(number: Decimal) -> str:
    whole = abs(number).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if whole == abs(number):
        return f"{whole:,}"
    return f"{abs(number).normalize():,f}"


def _in_brackets(text: str, number: Decimal) -> str:
    return f"({text})" if number < 0 else text


def _footer(statement: Statement) -> list[str]:
    filing = statement.filing
    accession = filing.accession
    is_known = not accession.startswith("sha256:")
    known = f"accession {accession}" if is_known else "accession not known"
    # Without accession or HTML nothing gives the date: it is that of the cover or the deadline.
    dated = "filed" if is_known or filing.source != "instance" else "filing date taken as"
    lines = [
        f"Form {filing.form}, {dated} {filing.filed}, {known}. "
        f"Layout: {_LAYOUTS[statement.layout]}."
    ]
    others = {
        (column.fiscal or column.heading): f"{column.form} filed {column.filed}, {column.accession}"
        for column in statement.columns
        if column.accession != accession
    }
    lines += [f"{name}: {text}" for name, text in others.items()]
    if any(value and value.source == "table" for line in statement.lines for value in line.values):
        lines.append("No XBRL: numbers are those printed in the table, times its scale.")
    if any(column.is_derived for column in statement.columns):
        lines.append("* by difference: not filed as such.")
    return lines


def as_json(statement: Statement) -> dict[str, Any]:
    """A statement as plain JSON; numbers are exact text, in base units."""
    filing = statement.filing
    return {
        "statement": statement.kind,
        "title": statement.title,
        "company": filing.company,
        "cik": filing.cik,
        "form": filing.form,
        "filed": str(filing.filed),
        "accession": filing.accession,
        "layout": statement.layout,
        "currency": statement.currency,
        "scale": statement.scale,
        "columns": [_column_json(column) for column in statement.columns],
        "lines": [_line_json(line) for line in statement.lines],
        "notes": list(statement.notes),
    }


def _column_json(column: Column) -> dict[str, Any]:
    return {
        "heading": column.heading,
        "fiscal": column.fiscal,
        "period_start": str(column.period_start) if column.period_start else None,
        "period_end": str(column.period_end) if column.period_end else None,
        "dimensions": json.loads(column.dimensions) if column.dimensions else None,
        "derived": column.is_derived,
        "form": column.form,
        "filed": str(column.filed) if column.filed else None,
        "accession": column.accession,
    }


def _line_json(line: Line) -> dict[str, Any]:
    return {
        "label": line.label,
        "depth": line.depth,
        "concept": line.concept,
        "heading": line.is_abstract,
        "total": line.is_total,
        "negated": line.negated,
        "dimensions": json.loads(line.dimensions) if line.dimensions else None,
        "values": [_value_json(value) for value in line.values],
    }


def _value_json(value: Value | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {
        "value": f"{value.number.normalize():f}",
        "unit": value.unit,
        "source": value.source,
        "concept": value.concept,
        "accession": value.accession,
        "fact_id": value.fact_id,
        **({"note": value.note} if value.note else {}),
    }


def as_csv(statement: Statement) -> str:
    """A statement as CSV: a row a line, values exact in base units."""
    text = io.StringIO()
    writer = csv.writer(text)
    names = [column.fiscal or column.heading for column in statement.columns]
    if statement.kind == "equity":
        names = [column.heading for column in statement.columns]
    writer.writerow(["label", "concept", *names])
    for line in statement.lines:
        values = ["" if value is None else f"{value.number.normalize():f}" for value in line.values]
        writer.writerow(["  " * line.depth + line.label, line.concept or "", *values])
    return text.getvalue()
