"""`footnote sources`: what is held of a company, from when, and what is missing."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SetupError
from tools.errors import ToolError
from tools.holdings.company import CompanyLine, Holdings, read_companies, read_holdings
from tools.holdings.reports import Missing, Report
from tools.toolbox.companies import one_company


def show_sources(settings: Settings, company: str | None, *, as_json: bool) -> None:
    """Print what is held of a company, or a line for each company.

    Raises:
        SetupError: The company is not on file.
    """
    parts = Parts(settings)
    try:
        connection = parts.warehouse.connection
        if company is None:
            _print(read_companies(connection), as_json)
        else:
            _print(read_holdings(connection, one_company(parts.sources, company).cik), as_json)
    except ToolError as error:
        raise SetupError(str(error)) from error
    finally:
        parts.close()


def _print(found: Holdings | list[CompanyLine], as_json: bool) -> None:
    if as_json:
        plain = [asdict(one) for one in found] if isinstance(found, list) else asdict(found)
        print(json.dumps(plain, ensure_ascii=False, indent=1, default=str))
    elif isinstance(found, list):
        print_companies(found, Console())
    else:
        print_holdings(found, Console())


def print_companies(lines: Sequence[CompanyLine], screen: Console) -> None:
    """Print a table of all companies."""
    table = _table(
        "company", "ticker", "facts", "reports", "text", "missing", "periods", "ingested"
    )
    for one in lines:
        years = (
            f"{one.first_period.year}-{one.last_period.year}"
            if one.first_period and one.last_period
            else ""
        )
        table.add_row(
            Text(one.name[:18]), one.ticker, f"{one.facts:,}", str(one.reports),
            str(one.with_text), str(one.missing or ""), years,
            f"{one.last_ingested:%Y-%m-%d}" if one.last_ingested else "",
        )  # fmt: skip
    screen.print(table)
    if not lines:
        screen.print("No company is on file yet: run `footnote ingest PATH`.", markup=False)


def print_holdings(held: Holdings, screen: Console) -> None:
    """Print what is held of one company."""
    screen.print(Text(f"{held.name} ({_identity(held)})", style="bold"))
    if held.former_names:
        screen.print(f"formerly {', '.join(held.former_names)}", markup=False, highlight=False)
    ingested = f", the last {held.last_ingested:%Y-%m-%d %H:%M}" if held.last_ingested else ""
    screen.print(f"{held.files} files ingested{ingested}", highlight=False)
    _print_facts(held, screen)
    _print_reports(held.reports, screen)
    parts = [
        f"{one.count:,} {one.kind}" + (f" ({_span(one.first, one.last)})" if one.first else "")
        for one in held.other
    ]
    screen.print("held: " + ", ".join(parts), markup=False, highlight=False)
    conflicts = f"{held.conflicts} values on which sources disagree" if held.conflicts else ""
    screen.print(conflicts or "no value on which sources disagree", highlight=False)
    for line in missing_lines(held.missing):
        screen.print(line, markup=False, highlight=False, style="yellow", soft_wrap=True)
    if not held.missing and held.reports:
        screen.print("no annual or quarterly report is missing between the first and the last held")


def _identity(held: Holdings) -> str:
    parts = [", ".join(held.tickers), f"CIK {held.cik}"]
    parts += [f"SIC {held.sic}"] if held.sic else []
    if held.fiscal_year_end:
        parts.append(f"fiscal year ends {held.fiscal_year_end[:2]}-{held.fiscal_year_end[2:]}")
    return "; ".join(part for part in parts if part)


def _print_facts(held: Holdings, screen: Console) -> None:
    table = _table("facts from", "facts", "of segments", "periods", "filed")
    for one in held.facts:
        table.add_row(
            one.source, f"{one.facts:,}", f"{one.of_segments:,}",
            _span(one.first_period, one.last_period), _span(one.first_filed, one.last_filed),
        )  # fmt: skip
    screen.print(table if held.facts else "no facts")


_STATES = ("text", "inline facts", "facts", "listed")


def _print_reports(reports: Sequence[Report], screen: Console) -> None:
    """A row for each form and year: how many have text, only facts, or are only listed."""
    if not reports:
        return
    counts: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for one in reports:
        counts[one.form, one.fiscal_year or (one.period_end or one.filed).year][one.held] += 1
    table = _table("form", "fiscal year", "with text", "inline facts only", "facts only",
                   "only listed")  # fmt: skip
    for (form, year), states in sorted(counts.items()):
        table.add_row(escape(form), str(year), *(str(states[name] or "") for name in _STATES))
    screen.print(table)


def missing_lines(missing: Sequence[Missing]) -> Iterator[str]:
    """Word what is missing: a line for each form and reason, and the command that fetches it."""
    groups: dict[tuple[str, str], list[Missing]] = defaultdict(list)
    for one in missing:
        groups[one.form, one.why.split(" (")[0]].append(one)
    for (form, why), ones in sorted(groups.items()):
        labels = ", ".join(one.label for one in ones)
        yield f"missing {form}, {why}: {labels}"
    for command in _commands(missing):
        yield f"  {command}"


def _commands(missing: Sequence[Missing]) -> Iterator[str]:
    """One command for each form, over the years that it is missing in."""
    years: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in missing:
        words = one.command.split(" --years ")
        years[words[0], words[1].split(" --forms ")[1]].append(one.period_end.year)
    for (start, form), found in sorted(years.items()):
        first, last = min(found), max(found)
        span = str(first) if first == last else f"{first}-{last}"
        yield f"{start} --years {span} --forms {form}"


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    for name in columns:
        is_number = name in ("facts", "of segments", "reports", "missing", *_STATES)
        table.add_column(name, justify="right" if is_number else "left", no_wrap=True)
    return table


def _span(first: object, last: object) -> str:
    if first is None:
        return ""
    return str(first) if first == last else f"{first} to {last}"
