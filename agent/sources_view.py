"""`footnote sources`: what is held of a company, from when, and what is missing."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import TypeVar

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from agent.assemble import Parts
from agent.config import Settings
from agent.errors import SetupError
from tools.errors import ToolError
from tools.holdings.company import (
    CompanyLine,
    FactHolding,
    Holding,
    Holdings,
    read_companies,
    read_holdings,
)
from tools.holdings.reports import Held, Missing, Report
from tools.toolbox.companies import one_company

T = TypeVar("T")
_TWO_QUARTERS = timedelta(days=210)
_YEAR_AND_MORE = timedelta(days=390)


def show_sources(settings: Settings, company: str | None, *, show_all: bool, as_json: bool) -> None:
    """Print what is held of a company, or a line for each company.

    Raises:
        SetupError: The company is not on file.
    """
    parts = Parts(settings)
    try:
        connection = parts.warehouse.connection
        if company is None:
            _print(read_companies(connection), show_all, as_json)
        else:
            cik = one_company(parts.sources, company).cik
            _print(read_holdings(connection, cik), show_all, as_json)
    except ToolError as error:
        raise SetupError(str(error)) from error
    finally:
        parts.close()


def _print(found: Holdings | list[CompanyLine], show_all: bool, as_json: bool) -> None:
    if as_json:
        plain = [asdict(one) for one in found] if isinstance(found, list) else asdict(found)
        print(json.dumps(plain, ensure_ascii=False, indent=1, default=str))
    elif isinstance(found, list):
        print_companies(found, Console())
    else:
        print_holdings(found, Console(), show_all=show_all)


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


def print_holdings(held: Holdings, screen: Console, *, show_all: bool = False) -> None:
    """Print what is held of one company: a page, or with `show_all` every report by year."""
    screen.print(Text(f"{held.name} ({_identity(held)})", style="bold"))
    if held.former_names:
        _line(screen, f"formerly {', '.join(held.former_names)}")
    ingested = f", the last {held.last_ingested:%Y-%m-%d %H:%M}" if held.last_ingested else ""
    _line(screen, f"{held.files} files ingested{ingested}")
    for facts in held.facts:
        _line(screen, _facts_line(facts))
    if show_all:
        _print_reports(held.reports, screen)
    else:
        for text in report_lines(held.reports):
            _line(screen, text)
    _line(screen, "held: " + ", ".join(_holding(one) for one in held.other if one.count))
    conflicts = f"{held.conflicts:,} values on which sources disagree" if held.conflicts else ""
    _line(screen, conflicts or "no value on which sources disagree")
    for text in missing_lines(held.missing, show_all=show_all):
        _line(screen, text, style="yellow")
    if held.missing and not show_all:
        _line(screen, "each report and year: --all")
    if not held.missing and held.reports:
        _line(
            screen, "no annual or quarterly report is missing between the first and the last held"
        )


def _line(screen: Console, text: str, style: str = "") -> None:
    """Print a line, wrapped under its indent; a command is never broken."""
    if text.startswith("  footnote "):
        screen.print(Text(text, style=style), soft_wrap=True)
        return
    first, *rest = textwrap.wrap(text, screen.width - 2, break_on_hyphens=False) or [""]
    for one in (first, *(f"  {more}" for more in rest)):
        screen.print(Text(one, style=style), soft_wrap=True)


def _facts_line(facts: FactHolding) -> str:
    segments = f" ({facts.of_segments:,} of segments)" if facts.of_segments else ""
    return (
        f"facts from {facts.source}: {facts.facts:,}{segments}; "
        f"periods {_months(facts.first_period, facts.last_period)}, "
        f"filed {_months(facts.first_filed, facts.last_filed)}"
    )


def _holding(one: Holding) -> str:
    days = f" ({_months(one.first, one.last)})" if one.first and one.last else ""
    return f"{one.count:,} {one.kind}{days}"


def _identity(held: Holdings) -> str:
    parts = [", ".join(held.tickers), f"CIK {held.cik}"]
    parts += [f"SIC {held.sic}"] if held.sic else []
    if held.fiscal_year_end:
        parts.append(f"fiscal year ends {held.fiscal_year_end[:2]}-{held.fiscal_year_end[2:]}")
    return "; ".join(part for part in parts if part)


_STATES: dict[Held, str] = {
    "text": "text",
    "inline facts": "inline facts only",
    "facts": "facts only",
    "listed": "only listed",
}


def report_lines(reports: Sequence[Report]) -> Iterator[str]:
    """Word what is held of the reports: a line for each form, with the years of each state."""
    years: dict[str, dict[Held, list[int]]] = defaultdict(lambda: defaultdict(list))
    for one in reports:
        years[one.form][one.held].append(_year(one))
    for form, by_state in sorted(years.items()):
        states = [
            f"{words} {_year_ranges(by_state[state])} ({len(by_state[state])})"
            for state, words in _STATES.items()
            if by_state[state]
        ]
        yield f"{form}: {'; '.join(states)}"


def _year(report: Report) -> int:
    return report.fiscal_year or (report.period_end or report.filed).year


def _year_ranges(years: Iterable[int]) -> str:
    runs = _runs(sorted(set(years)), lambda one, two: two - one == 1)
    return ", ".join(_between(f"FY{run[0]}", f"FY{run[-1]}", "-") for run in runs)


def _runs(items: Sequence[T], follows: Callable[[T, T], bool]) -> list[list[T]]:
    """Cut a sorted sequence where an item does not follow the one before it."""
    runs: list[list[T]] = []
    for item in items:
        if runs and follows(runs[-1][-1], item):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _between(first: str, last: str, joint: str) -> str:
    return first if first == last else f"{first}{joint}{last}"


def _print_reports(reports: Sequence[Report], screen: Console) -> None:
    """A row for each form and year: how many have text, only facts, or are only listed."""
    if not reports:
        return
    counts: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for one in reports:
        counts[one.form, _year(one)][one.held] += 1
    table = _table("form", "fiscal year", *_STATES.values())
    for (form, year), states in sorted(counts.items()):
        table.add_row(escape(form), str(year), *(str(states[name] or "") for name in _STATES))
    screen.print(table)


def missing_lines(missing: Sequence[Missing], *, show_all: bool = False) -> Iterator[str]:
    """Word what is missing: a line for each form and reason, and the command that fetches it.

    Args:
        missing: The reports whose document is not held.
        show_all: Name each report, not the first and last of a run.
    """
    groups: dict[tuple[str, str], list[Missing]] = defaultdict(list)
    for one in missing:
        groups[one.form, one.why.split(" (")[0]].append(one)
    for (form, why), ones in sorted(groups.items()):
        ones = sorted(ones, key=lambda one: one.period_end)
        runs = [[one] for one in ones] if show_all else _runs(ones, _is_next)
        labels = ", ".join(_run_label(run) for run in runs)
        yield f"missing {form}, {why} ({len(ones)}): {labels}"
    for command in _commands(missing):
        yield f"  {command}"


def _is_next(one: Missing, two: Missing) -> bool:
    """Whether no report of the form can be between two: the fourth quarter has none of its own."""
    longest = _TWO_QUARTERS if one.form.startswith("10-Q") else _YEAR_AND_MORE
    return two.period_end - one.period_end <= longest


def _run_label(run: Sequence[Missing]) -> str:
    first, last = (re.sub(r"^(?:year|quarter) to ", "", run[end].label) for end in (0, -1))
    return _between(first, last.removeprefix("about "), " to ") if len(run) > 1 else first


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
        is_number = name in ("facts", "reports", "missing", *_STATES.values())
        table.add_column(name, justify="right" if is_number else "left", no_wrap=True)
    return table


def _months(first: date, last: date) -> str:
    return _between(f"{first:%Y-%m}", f"{last:%Y-%m}", " to ")
