"""Answer what is on file: of which companies, of one company, and how fresh it is.

Each line rests on one query over the warehouse, which the footnote shows and replay runs again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from agent.compose import mark
from agent.ledger import Ledger
from agent.programs import write_rows
from agent.state import Evidence, Found, Plan
from agent.wording import join_words, write_date
from tools.toolbox.host import plain_cell
from tools.toolbox.sources import Sources

MOST_NAMED = 60
_MARK = "\N{REFERENCE MARK}"
_Row = Sequence[Any]


@dataclass(frozen=True)
class _Line:
    """A query and how its rows read; a query whose first row starts with 0 says nothing."""

    label: str
    sql: str
    read: Callable[[list[_Row], str], str]


def find_holdings(plan: Plan, sources: Sources, ledger: Ledger) -> Found:
    """Enter what is on file of the companies asked about, or of all."""
    lines: list[tuple[str, str]] = []
    missing: list[str] = []
    for company in plan.companies:
        asked = [_enter(one, company.name, sources, ledger) for one in _of_company(company.cik)]
        held = [line for line in asked if line]
        wanted = held[:2] + held[-2:] if plan.topic == "freshness" and len(held) > 4 else held
        lines += wanted
        if not held:
            missing.append(f"Of {company.name} nothing but its name is on file.")
    if not plan.companies:
        lines = [line for one in _OF_ALL if (line := _enter(one, "", sources, ledger))]
        if plan.topic == "companies":
            lines = lines[:1]
    if not lines and not missing:
        missing.append("Nothing is on file yet: run `footnote ingest PATH`.")
    return Found(ledger.items, {"lines": tuple(lines)}, () if lines else tuple(missing))


def holdings_text(found: Found) -> str:
    """Write a line for each thing that is on file."""
    return "\n".join(
        f"{text.replace(_MARK, mark(key))}{mark(key)}" for key, text in found.roles["lines"]
    )


def _enter(line: _Line, company: str, sources: Sources, ledger: Ledger) -> tuple[str, str] | None:
    rows = sources.locked.query(line.sql).rows
    if not rows or not rows[0] or not rows[0][0]:
        return None
    text = write_rows([[plain_cell(value) for value in row] for row in rows])
    label = f"{line.label} of {company}" if company else line.label
    item = ledger.keep(
        Evidence(
            key="",
            kind="query",
            label=label,
            company=company,
            source={"sql": line.sql, "params": [], "text": text},
        )
    )
    return item.key, line.read([*rows], company)


def _days(first: date, last: date) -> str:
    if first == last:
        return f"on {write_date(first)}"
    return f"from {write_date(first)} to {write_date(last)}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _companies(rows: list[_Row], _: str) -> str:
    named = [f"{ticker} ({name})" if ticker else name for _, name, ticker in rows[:MOST_NAMED]]
    more = " and more, which `footnote sources` lists" if len(rows) > MOST_NAMED else ""
    # names may end in full stops that look like the ends of sentences, hence a mark at the count
    return f"{rows[0][0]:,} companies{_MARK} are on file: {', '.join(named)}{more}."


def _facts(rows: list[_Row], company: str) -> str:
    count, first, last, filed = rows[0]
    whose = f"{company}: " if company else ""
    return (
        f"{whose}{count:,} filed facts, of periods that end {_days(first, last)}; the newest was "
        f"filed on {write_date(filed)}."
    )


def _filings(rows: list[_Row], company: str) -> str:
    kinds = [f"{count:,} {form}" for count, form, _ in rows]
    newest = max(row[2] for row in rows)
    return f"Filings of {company}: {join_words(kinds)}; the newest of {write_date(newest)}."


def _texts(rows: list[_Row], company: str) -> str:
    count, filings, first, last = rows[0]
    return (
        f"Text of {company}: {_counted(count, 'passage')} of {_counted(filings, 'filing')}, "
        f"published {_days(first, last)}."
    )


def _prices(rows: list[_Row], company: str) -> str:
    count, first, last, sources = rows[0]
    whose = f" of {company}" if company else ""
    return f"Prices{whose}: {_counted(count, 'daily bar')} {_days(first, last)} ({sources})."


def _news(rows: list[_Row], company: str) -> str:
    count, first, last = rows[0]
    whose = f" on {company}" if company else ""
    return f"News{whose}: {_counted(count, 'item')} {_days(first, last)}."


def _files(rows: list[_Row], company: str) -> str:
    count, last = rows[0]
    whose = f" of {company}" if company else ""
    return f"{_counted(count, 'file')} read{whose}, the last on {write_date(last)}."


_DAILY = "timeframe = '1d' AND adjustment <> 'total'"
_OF_ALL = (
    _Line(
        "Companies on file",
        "SELECT count(*) OVER () AS companies, name, coalesce(tickers[1], '') AS ticker "
        "FROM company ORDER BY name",
        _companies,
    ),
    _Line(
        "Facts on file",
        "SELECT count(*), min(period_end), max(period_end), max(filed) FROM fact",
        _facts,
    ),
    _Line(
        "Prices on file",
        "SELECT count(*), min(day), max(day), string_agg(DISTINCT ticker, ', ' ORDER BY ticker) "
        f"FROM bar WHERE {_DAILY}",
        _prices,
    ),
    _Line(
        "News on file",
        "SELECT count(*), CAST(min(published) AS DATE), CAST(max(published) AS DATE) FROM news",
        _news,
    ),
    _Line(
        "Files read",
        "SELECT count(*), CAST(max(ingested) AS DATE) FROM ingested_file",
        _files,
    ),
)


def _of_company(cik: int) -> tuple[_Line, ...]:
    is_mine = f"(SELECT list_contains(any_value(tickers), ticker) FROM company WHERE cik = {cik:d})"
    return (
        _Line(
            "Facts",
            "SELECT count(*), min(period_end), max(period_end), max(filed) FROM fact "
            f"WHERE cik = {cik:d}",
            _facts,
        ),
        _Line(
            "Filings",
            f"SELECT count(*), form, max(filed) FROM filing WHERE cik = {cik:d} "
            "GROUP BY form ORDER BY count(*) DESC, form",
            _filings,
        ),
        _Line(
            "Text",
            "SELECT count(*), count(DISTINCT accession), min(filed), max(filed) FROM passage "
            f"JOIN passage_source USING (accession) WHERE cik = {cik:d}",
            _texts,
        ),
        _Line(
            "Prices",
            "SELECT count(*), min(day), max(day), string_agg(DISTINCT ticker, ', ' ORDER BY "
            f"ticker) FROM bar WHERE {is_mine} AND {_DAILY}",
            _prices,
        ),
        _Line(
            "News",
            "SELECT count(*), CAST(min(published) AS DATE), CAST(max(published) AS DATE) "
            f"FROM news WHERE cik = {cik:d} OR {is_mine}",
            _news,
        ),
        _Line(
            "Files",
            f"SELECT count(*), CAST(max(ingested) AS DATE) FROM ingested_file WHERE cik = {cik:d}",
            _files,
        ),
    )
