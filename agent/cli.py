"""The command line: parse, call, print. Everything it does lives elsewhere."""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(
    name="footnote",
    help="An analyst over SEC filings that footnotes every number.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

memory_app = typer.Typer(help="What is remembered.", no_args_is_help=True)
app.add_typer(memory_app, name="memory")

fetch_app = typer.Typer(help="Fetch prices and news from public APIs.", no_args_is_help=True)
app.add_typer(fetch_app, name="fetch")

Model = Annotated[str | None, typer.Option("--model", help="embedded, scripted, openai, ...")]
Home = Annotated[Path | None, typer.Option("--home", help="Folder for everything it keeps.")]
Start = Annotated[
    datetime, typer.Option("--start", formats=["%Y-%m-%d"], help="First day: 2024-01-31.")
]
End = Annotated[
    datetime | None,
    typer.Option("--end", formats=["%Y-%m-%d"], help="Last day, included; today without it."),
]


@app.command()
def ingest(
    what: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders; or companies, to fetch: ticker, name or CIK."),
    ] = None,
    sample: Annotated[bool, typer.Option("--sample", help="Load the bundled sample.")] = False,
    years: Annotated[
        str | None, typer.Option(help="Of companies: 2019-2024, by the end of a report's period.")
    ] = None,
    forms: Annotated[str | None, typer.Option(help="Of companies: 10-K,10-Q,8-K.")] = None,
    facts_only: Annotated[
        bool, typer.Option("--facts-only", help="Of companies: facts, but no filings.")
    ] = False,
    only: Annotated[
        str | None, typer.Option(help="Of bulk zips: these companies, such as AAPL,789019.")
    ] = None,
    ticker: Annotated[
        str | None, typer.Option(help="Whose files are that do not tell themselves, such as AAPL.")
    ] = None,
    home: Home = None,
) -> None:
    """Load files, folders, and companies from EDGAR into the warehouse."""
    if not what and not sample:
        _stop("Name a file or folder, or a company to fetch; --sample loads the bundled one.")
    from agent.edgar_loading import Choice
    from agent.loading import load, load_sample_data

    settings = _settings(home=home)
    if sample:
        load_sample_data(settings)
    if what and not load(settings, what, Choice(years, forms, facts_only, only, ticker)):
        raise typer.Exit(1)


@fetch_app.command("bars")
def fetch_bars(
    what: Annotated[list[str], typer.Argument(help="Tickers, or pairs such as BTC/USD.")],
    start: Start,
    end: End = None,
    source: Annotated[str, typer.Option("--from", help="yfinance or ccxt.")] = "yfinance",
    exchange: Annotated[str, typer.Option(help="For ccxt, such as kraken.")] = "",
    timeframe: Annotated[str, typer.Option(help="A bar's length: 1d, 1h, 5m, ...")] = "1d",
    home: Home = None,
) -> None:
    """Fetch prices into the warehouse; exit code 1 where a source fails."""
    from agent.fetching import fetch_all, fetching_bars, last_day

    settings = _settings(home=home)
    fetch = fetching_bars(settings, source, exchange, start.date(), last_day(end), timeframe)
    if not fetch_all(settings, what, fetch):
        raise typer.Exit(1)


@fetch_app.command("news")
def fetch_news(
    what: Annotated[list[str], typer.Argument(help="Tickers.")],
    start: Start,
    end: End = None,
    source: Annotated[str, typer.Option("--from", help="finnhub.")] = "finnhub",
    home: Home = None,
) -> None:
    """Fetch news on companies into the warehouse; exit code 1 where the source fails."""
    from agent.fetching import fetch_all, fetching_news, last_day

    settings = _settings(home=home)
    fetch = fetching_news(settings, source, start.date(), last_day(end))
    if not fetch_all(settings, what, fetch):
        raise typer.Exit(1)


@app.command()
def show(
    company: Annotated[str, typer.Argument(help="Ticker, CIK or name.")],
    period: Annotated[str, typer.Argument(help="Fiscal year or quarter: 2024, 2024Q3.")],
    statement: Annotated[str, typer.Argument(help="income, balance, cash, equity, ...")],
    years: Annotated[int, typer.Option(help="So many years side by side, restated.")] = 0,
    quarterly: Annotated[bool, typer.Option("--quarterly", help="Quarters of the year.")] = False,
    common_size: Annotated[
        bool, typer.Option("--common-size", help="Percent of revenue, or of total assets.")
    ] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Only what was filed by this day."),
    ] = None,
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
    show_statement(_settings(home=home), company, request, style)


@app.command("search")
def search_passages(
    words: Annotated[str, typer.Argument(help="A topic or a question in plain words.")],
    ticker: Annotated[list[str] | None, typer.Option(help="Of this company; repeatable.")] = None,
    item: Annotated[list[str] | None, typer.Option(help="In this item: 1A, 7.")] = None,
    form: Annotated[list[str] | None, typer.Option(help="In this form: 10-K, 10-Q.")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Only what was filed by this day."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 8,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    home: Home = None,
) -> None:
    """Find passages of filings by words and meaning; exit code 1 where nothing fits."""
    from agent.searching import print_passages

    found = print_passages(
        _settings(home=home), words, tickers=ticker or [], items=item or [], forms=form or [],
        as_of=as_of.date() if as_of else None, limit=limit, as_json=json_output,
    )  # fmt: skip
    if not found:
        raise typer.Exit(1)


@app.command("index")
def index_passages(
    vectors: Annotated[
        bool, typer.Option("--vectors", help="Make the vectors of all passages, too (slow).")
    ] = False,
    home: Home = None,
) -> None:
    """Bring the passage index up to date; ingestion keeps it so, vectors are extra."""
    from agent.searching import build_index

    typer.echo(build_index(_settings(home=home), vectors=vectors))


@app.command()
def figure(
    company: Annotated[str, typer.Argument(help="Ticker, CIK or name.")],
    metric: Annotated[str, typer.Argument(help="Such as revenue or gross_margin.")],
    years: Annotated[str, typer.Option(help="Fiscal years: 2023 or 2019-2024.")],
    quarterly: Annotated[bool, typer.Option("--quarterly", help="Quarters.")] = False,
    ttm: Annotated[bool, typer.Option("--ttm", help="Twelve months to each quarter.")] = False,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Only what was filed by this day."),
    ] = None,
    adjusted: Annotated[bool, typer.Option("--adjusted", help="For stock splits.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Every value's source.")] = False,
    home: Home = None,
) -> None:
    """Print a metric of a company over fiscal years, each value with its source."""
    from agent.figure_view import QUARTERS, TRAILING, show_figure

    first, _, last = years.partition("-")
    if not first.isdigit() or not (last or first).isdigit():
        _stop(f"--years {years!r} is no year or range: write 2023 or 2019-2024.")
    show_figure(
        _settings(home=home),
        company,
        metric,
        years=(int(first), int(last or first)),
        parts_of_year=QUARTERS if quarterly else TRAILING if ttm else ("FY",),
        as_of=as_of.date() if as_of else None,
        adjusted=adjusted,
        as_json=json_output,
    )


@app.command()
def screen(
    condition: Annotated[str, typer.Argument(help="Such as: net_margin > 0.2")],
    year: Annotated[int, typer.Option(help="Fiscal year.")],
    metrics: Annotated[str, typer.Option(help="More metrics to show, by comma.")] = "",
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Only what was filed by this day."),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    home: Home = None,
) -> None:
    """List the companies whose figures pass a condition, the largest first."""
    from agent.figure_view import show_screen

    names = [name.strip() for name in metrics.split(",") if name.strip()]
    day = as_of.date() if as_of else None
    settings = _settings(home=home)
    show_screen(settings, condition, year=year, metrics=names, as_of=day, as_json=json_output)


@app.command()
def audit(
    company: Annotated[str, typer.Argument(help="Ticker, CIK or name.")],
    year: Annotated[int | None, typer.Option(help="Only this fiscal year.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what does not hold.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    home: Home = None,
) -> None:
    """Say which accounting identities hold in a company's filings, and where sources disagree."""
    from agent.audit_view import show_audit

    show_audit(_settings(home=home), company, year=year, only_failed=failed, as_json=json_output)


@app.command()
def sources(
    company: Annotated[str | None, typer.Argument(help="Ticker, CIK or name.")] = None,
    show_all: Annotated[bool, typer.Option("--all", help="Each report by year.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    home: Home = None,
) -> None:
    """Say what is held of a company, or of all, from when, and what is missing."""
    from agent.sources_view import show_sources

    show_sources(_settings(home=home), company, show_all=show_all, as_json=json_output)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="A question in plain words.")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Questions, one a line or JSON lines; - for stdin."),
    ] = None,
    model: Model = None,
    home: Home = None,
) -> None:
    """Answer one question, or a file of them."""
    from agent import asking

    if (question is None) == (file is None):
        _stop("Give one question, or --file with one question a line.")
    settings = _settings(home=home, model=model)
    if file is not None:
        failed = asking.ask_file(settings, file, json_output=json_output)
    else:
        failed = asking.ask_once(settings, question or "", json_output=json_output)
    if failed:
        raise typer.Exit(1)


@app.command()
def chat(model: Model = None, home: Home = None) -> None:
    """Talk: steps stream as they happen, /why N opens a footnote, /help lists the rest."""
    from agent.chat import chat as talk

    talk(_settings(home=home, model=model))


@app.command()
def why(
    run: Annotated[str, typer.Argument(help="Run id, or `last`.")],
    n: Annotated[int, typer.Argument(help="Number of the footnote.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    home: Home = None,
) -> None:
    """Open footnote N of a run: where its figure comes from."""
    from agent.footnotes import print_footnote
    from agent.runs import RunStore

    print_footnote(RunStore(_settings(home=home).runs_path).load(run), n, as_json=json_output)


@app.command()
def replay(
    runs: Annotated[list[str], typer.Argument(help="Run ids, `last`, or `all`.")],
    home: Home = None,
) -> None:
    """Run the SQL and programs of recorded runs again and compare every figure."""
    from agent.replay import replay_runs

    if not replay_runs(_settings(home=home), runs):
        raise typer.Exit(1)


@app.command("runs")
def list_runs(
    limit: Annotated[int, typer.Option(help="At most so many.")] = 20, home: Home = None
) -> None:
    """List recorded runs, the newest first."""
    from agent.runs import RunStore

    for record in RunStore(_settings(home=home).runs_path).list(limit):
        status = (record.get("answer") or {}).get("status", "failed")
        typer.echo(f"{record['run']}  {status:<9}  {record['question'][:80]}")


@app.command()
def teach(
    sentence: Annotated[str, typer.Argument(help='"By net debt we mean total debt less cash."')],
    yes: Annotated[bool, typer.Option("--yes", help="Remember it without asking.")] = False,
    home: Home = None,
) -> None:
    """Teach a term; what it would remember is shown before it is kept."""
    from agent.learn import teach_from_command_line

    if not teach_from_command_line(_settings(home=home), sentence, accepted=yes):
        raise typer.Exit(1)


@app.command("tool")
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
        _stop("Name a tool, or pass --list to see them.")
    tool_output.print_call(_settings(home=home), name, arguments or [], json_output=json_output)


@app.command()
def prepare(home: Home = None) -> None:
    """Convert the embedded model once and cache it; later starts are quick."""
    from agent.loading import prepare_model

    prepare_model(_settings(home=home))


@app.command()
def demo(home: Home = None, model: Model = None) -> None:
    """Prepare the model, load the sample, answer a question with its footnotes."""
    from agent.demo import run_demo

    run_demo(_settings(home=home, model=model))


@app.command()
def doctor(home: Home = None) -> None:
    """Say what works here, what doesn't, and how to fix it."""
    from agent.doctor import examine

    if not examine(_settings(home=home)):
        raise typer.Exit(1)


@memory_app.command("list")
def list_memory(
    everything: Annotated[bool, typer.Option("--all", help="What shipped, too.")] = False,
    home: Home = None,
) -> None:
    """List what was taught."""
    from agent.learn import remembered

    for record in remembered(_settings(home=home), everything=everything):
        typer.echo(f"{record.id}  ({record.taught_by}) {record.text}")


@memory_app.command("forget")
def forget_memory(
    record: Annotated[str, typer.Argument(help="Its id.")], home: Home = None
) -> None:
    """Stop remembering a record; its history stays."""
    from agent.learn import forget

    typer.echo(f"Forgotten: {forget(_settings(home=home), record).text}")


@memory_app.command("rebuild")
def rebuild_memory(home: Home = None) -> None:
    """Write the vector index anew, after a change of the embedding model or a damaged index."""
    from agent.learn import rebuild

    typer.echo(f"{rebuild(_settings(home=home))} vectors written")


def _settings(**flags: Any) -> Any:
    from agent.config import read_settings

    return read_settings(**flags)


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)


def _add_commands() -> None:
    """Add the subcommands that other packages bring, such as `bench`."""
    for entry in entry_points(group="footnote.commands"):
        app.command(entry.name)(entry.load())


def main() -> None:
    """Run the command line; a person's mistake is one line on stderr and exit code 2."""
    _add_commands()
    if len(sys.argv) > 1 and not any(word in sys.argv for word in ("--help", "-h")):
        from agent.errors import SETUP_ERRORS

        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # says it lacks a GPU kernel
        try:
            app()
        except SETUP_ERRORS as error:
            typer.echo(f"footnote: {error}", err=True)
            sys.exit(2)
        except BrokenPipeError:
            sys.exit(0)
        except KeyboardInterrupt:
            sys.exit(130)
        return
    app()
