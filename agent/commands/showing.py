"""Commands that print what is on file."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.commands.options import AsOf, Home, settings_of, stop


def show(
    company: Annotated[str, typer.Argument(help="Ticker, CIK or name.")],
    period: Annotated[str, typer.Argument(help="Fiscal year or quarter: 2024, 2024Q3.")],
    statement: Annotated[str, typer.Argument(help="income, balance, cash, equity, ...")],
    years: Annotated[int, typer.Option(help="So many years side by side, restated.")] = 0,
    quarterly: Annotated[bool, typer.Option("--quarterly", help="Quarters of the year.")] = False,
    common_size: Annotated[
        bool, typer.Option("--common-size", help="Percent of revenue, or of total assets.")
    ] = False,
    as_of: AsOf = None,
    json_output: Annotated[bool, typer.Option("--json", help="Every value's source.")] = False,
    csv_output: Annotated[bool, typer.Option("--csv", help="Comma-separated values.")] = False,
    home: Home = None,
) -> None:
    """Print a financial statement as filed; exit code 2 where it is not on file."""
    from agent.statement_view import show_statement
    from tools.statements.request import read_request

    request = read_request(
        statement,
        period,
        as_of=as_of.date() if as_of else None,
        years=years,
        quarterly=quarterly,
        common_size=common_size,
    )
    style = "json" if json_output else "csv" if csv_output else "screen"
    show_statement(settings_of(home=home), company, request, style)


def figure(
    company: Annotated[str, typer.Argument(help="Ticker, CIK or name.")],
    metric: Annotated[str, typer.Argument(help="Such as revenue or gross_margin.")],
    years: Annotated[str, typer.Option(help="Fiscal years: 2023 or 2019-2024.")],
    quarterly: Annotated[bool, typer.Option("--quarterly", help="Quarters.")] = False,
    ttm: Annotated[bool, typer.Option("--ttm", help="Twelve months to each quarter.")] = False,
    as_of: AsOf = None,
    adjusted: Annotated[bool, typer.Option("--adjusted", help="For stock splits.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Every value's source.")] = False,
    home: Home = None,
) -> None:
    """Print a metric of a company over fiscal years, each value with its source."""
    from agent.figure_view import QUARTERS, TRAILING, show_figure

    first, _, last = years.partition("-")
    if not first.isdigit() or not (last or first).isdigit():
        stop(f"--years {years!r} is no year or range: write 2023 or 2019-2024.")
    show_figure(
        settings_of(home=home),
        company,
        metric,
        years=(int(first), int(last or first)),
        parts_of_year=QUARTERS if quarterly else TRAILING if ttm else ("FY",),
        as_of=as_of.date() if as_of else None,
        adjusted=adjusted,
        as_json=json_output,
    )


def screen(
    condition: Annotated[str, typer.Argument(help="Such as: net_margin > 0.2")],
    year: Annotated[int, typer.Option(help="Fiscal year.")],
    metrics: Annotated[str, typer.Option(help="More metrics to show, by comma.")] = "",
    as_of: AsOf = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    home: Home = None,
) -> None:
    """List the companies whose figures pass a condition, the largest first."""
    from agent.figure_view import show_screen

    names = [name.strip() for name in metrics.split(",") if name.strip()]
    day = as_of.date() if as_of else None
    settings = settings_of(home=home)
    show_screen(settings, condition, year=year, metrics=names, as_of=day, as_json=json_output)


def audit(
    company: Annotated[str, typer.Argument(help="Ticker, CIK or name.")],
    year: Annotated[int | None, typer.Option(help="Only this fiscal year.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what does not hold.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    home: Home = None,
) -> None:
    """Say which accounting identities hold in a company's filings, and where sources disagree."""
    from agent.audit_view import show_audit

    show_audit(settings_of(home=home), company, year=year, only_failed=failed, as_json=json_output)


def sources(
    company: Annotated[str | None, typer.Argument(help="Ticker, CIK or name.")] = None,
    show_all: Annotated[bool, typer.Option("--all", help="Each report by year.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    home: Home = None,
) -> None:
    """Say what is held of a company, or of all, from when, and what is missing."""
    from agent.sources_view import show_sources

    show_sources(settings_of(home=home), company, show_all=show_all, as_json=json_output)


def search_passages(
    words: Annotated[str, typer.Argument(help="A topic or a question in plain words.")],
    ticker: Annotated[list[str] | None, typer.Option(help="Of this company; repeatable.")] = None,
    item: Annotated[list[str] | None, typer.Option(help="In this item: 1A, 7.")] = None,
    form: Annotated[list[str] | None, typer.Option(help="In this form: 10-K, 10-Q.")] = None,
    as_of: AsOf = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 8,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    home: Home = None,
) -> None:
    """Find passages of filings by words and meaning; exit code 1 where nothing fits."""
    from agent.searching import print_passages

    found = print_passages(
        settings_of(home=home), words, tickers=ticker or [], items=item or [], forms=form or [],
        as_of=as_of.date() if as_of else None, limit=limit, as_json=json_output,
    )  # fmt: skip
    if not found:
        raise typer.Exit(1)


def tool(
    name: Annotated[str | None, typer.Argument(help="Name of a tool; --list shows them.")] = None,
    arguments: Annotated[list[str] | None, typer.Argument(help="key=value pairs.")] = None,
    list_all: Annotated[bool, typer.Option("--list", help="List the tools.")] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print JSON: the result, or with --list the schemas.")
    ] = False,
    home: Home = None,
) -> None:
    """Call a tool as the model would: footnote tool get_figures companies=AAPL ..."""
    from agent import tool_output

    if list_all:
        tool_output.print_tools(json_output=json_output)
        return
    if name is None:
        stop("Name a tool, or pass --list to see them.")
    tool_output.print_call(settings_of(home=home), name, arguments or [], json_output=json_output)
