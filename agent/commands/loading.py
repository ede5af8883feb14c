"""Commands that bring data in, and those that get Footnote ready."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.commands.options import End, Home, Model, Start, settings_of, stop


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
        stop("Name a file or folder, or a company to fetch; --sample loads the bundled one.")
    from agent.edgar_loading import Choice
    from agent.loading import load, load_sample_data

    settings = settings_of(home=home)
    if sample:
        load_sample_data(settings)
    if what and not load(settings, what, Choice(years, forms, facts_only, only, ticker)):
        raise typer.Exit(1)


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

    settings = settings_of(home=home)
    fetch = fetching_bars(settings, source, exchange, start.date(), last_day(end), timeframe)
    if not fetch_all(settings, what, fetch):
        raise typer.Exit(1)


def fetch_news(
    what: Annotated[list[str], typer.Argument(help="Tickers.")],
    start: Start,
    end: End = None,
    source: Annotated[str, typer.Option("--from", help="finnhub.")] = "finnhub",
    home: Home = None,
) -> None:
    """Fetch news on companies into the warehouse; exit code 1 where the source fails."""
    from agent.fetching import fetch_all, fetching_news, last_day

    settings = settings_of(home=home)
    fetch = fetching_news(settings, source, start.date(), last_day(end))
    if not fetch_all(settings, what, fetch):
        raise typer.Exit(1)


def fetch_frames(
    concept: Annotated[str, typer.Argument(help="Such as us-gaap:Revenues.")],
    periods: Annotated[list[str], typer.Argument(help="CY2023, CY2023Q1; a balance: CY2023Q1I.")],
    unit: Annotated[str, typer.Option(help="USD, shares, USD/shares, pure, ...")] = "USD",
    home: Home = None,
) -> None:
    """Fetch one concept of every company from EDGAR; exit code 1 where a frame can't be had."""
    from agent.edgar_loading import fetch_frames as fetch
    from agent.loading import load_fetched

    settings = settings_of(home=home)
    if not load_fetched(settings, fetch(settings, concept, periods, unit)):
        raise typer.Exit(1)


def fetch_concept(
    concept: Annotated[str, typer.Argument(help="Such as us-gaap:Revenues.")],
    companies: Annotated[list[str], typer.Argument(help="Tickers, names or CIKs.")],
    home: Home = None,
) -> None:
    """Fetch one concept's facts of companies from EDGAR; exit code 1 where one has none."""
    from agent.edgar_loading import fetch_concept as fetch
    from agent.loading import load_fetched

    settings = settings_of(home=home)
    if not load_fetched(settings, fetch(settings, concept, companies)):
        raise typer.Exit(1)


def index_passages(
    vectors: Annotated[
        bool, typer.Option("--vectors", help="Make the vectors of all passages, too (slow).")
    ] = False,
    home: Home = None,
) -> None:
    """Bring the passage index up to date; ingestion keeps it so, vectors are extra."""
    from agent.searching import build_index

    typer.echo(build_index(settings_of(home=home), vectors=vectors))


def prepare(home: Home = None) -> None:
    """Convert the embedded model once and cache it; later starts are quick."""
    from agent.loading import prepare_model

    prepare_model(settings_of(home=home))


def demo(home: Home = None, model: Model = None) -> None:
    """Prepare the model, load the sample, answer a question with its footnotes."""
    from agent.demo import run_demo

    run_demo(settings_of(home=home, model=model))


def doctor(home: Home = None) -> None:
    """Say what works here, what doesn't, and how to fix it."""
    from agent.doctor import examine

    if not examine(settings_of(home=home)):
        raise typer.Exit(1)
