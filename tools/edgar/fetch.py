"""Fetches companies from EDGAR: submissions, companyfacts and filings, as files to ingest.

What is here already is not fetched again, so a run that was stopped goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from tools.edgar import addresses
from tools.edgar.client import Client, Stale
from tools.edgar.companies import Directory, ListedCompany
from tools.edgar.crew import Crew
from tools.edgar.downloads import Downloads
from tools.edgar.errors import EdgarError, NotThere, Refused
from tools.edgar.listing import ListedFiling, Wanted, pages, read_filings

T = TypeVar("T")
Tell = Callable[[str, int, int], None]


@dataclass(slots=True)
class Fetched:
    """What was fetched, or was here already.

    Attributes:
        companies: Whom the words meant.
        paths: Files to ingest, in this order: lists, facts, filings.
        problems: What could not be had, and why, each as (what, reason).
        stale: Copies that were used without a connection.
    """

    companies: list[ListedCompany] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    stale: list[Stale] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Lists:
    """What the JSON APIs have of a company."""

    places: list[Path]
    filings: list[ListedFiling]
    facts: Path | None


def find_companies(client: Client, words: Sequence[str]) -> list[ListedCompany]:
    """Say which companies are meant.

    Raises:
        EdgarError: A word means none, or several; or the SEC's list can't be had.
    """
    directory = Directory.read(client.json(addresses.TICKERS))
    return list(dict.fromkeys(directory.find(word) for word in words))


def fetch(
    client: Client,
    companies: Sequence[ListedCompany],
    wanted: Wanted | None,
    *,
    held: Collection[str] = (),
    tell: Tell = lambda what, done, total: None,
) -> Fetched:
    """Fetch lists, facts and wanted filings of companies.

    Args:
        client: Says where from, and how fast.
        companies: Whose.
        wanted: Which filings; None for facts only.
        held: Accessions whose text is in the warehouse already.
        tell: Called with a name, how many are done, and of how many.
    """
    found = Fetched(list(companies))
    with _workers(client) as crew:
        lists = _fetch_lists(crew, client, companies, wanted, found, tell)
        if wanted is not None:
            _fetch_filings(crew, client, lists, wanted, held, found, tell)
    found.stale = list(client.stale)
    return found


@contextmanager
def _workers(client: Client) -> Iterator[Crew]:
    """Threads that end when the block does; by Ctrl-C waiting requests are woken, too."""
    crew = Crew(client.settings.workers)
    try:
        yield crew
    except BaseException:
        client.close()
        raise
    finally:
        crew.dismiss()


def _fetch_lists(
    crew: Crew,
    client: Client,
    companies: Sequence[ListedCompany],
    wanted: Wanted | None,
    found: Fetched,
    tell: Tell,
) -> list[_Lists]:
    jobs = {
        crew.submit(partial(_lists_of, client, company, wanted, found)): company.name
        for company in companies
    }
    done = _collect(jobs, found, tell)
    lists = [done[job] for job in jobs if job in done]
    found.paths += [place for one in lists for place in one.places]
    found.paths += [one.facts for one in lists if one.facts is not None]
    return lists


def _lists_of(
    client: Client, company: ListedCompany, wanted: Wanted | None, found: Fetched
) -> _Lists:
    since = wanted.years[0] if wanted is not None else 9999
    places = pages(client, company.cik, since)
    filings = read_filings(company.cik, places)
    facts = None
    try:
        facts = client.json(addresses.companyfacts(company.cik))
    except NotThere:
        found.problems.append((company.name, "EDGAR has no XBRL facts of it"))
    except Refused:
        raise
    except EdgarError as error:  # the filings may still be had
        found.problems.append((f"{company.name}'s facts", str(error)))
    return _Lists(places, filings, facts)


def _fetch_filings(
    crew: Crew,
    client: Client,
    lists: Sequence[_Lists],
    wanted: Wanted,
    held: Collection[str],
    found: Fetched,
    tell: Tell,
) -> None:
    downloads = Downloads(client)
    chosen = [
        (filing, one.filings)
        for one in lists
        for filing in one.filings
        if wanted.accepts(filing) and filing.accession not in held
    ]
    if not all(downloads.place(filing).exists() for filing, _ in chosen):
        with downloads:
            jobs = {
                crew.submit(
                    partial(downloads.get, filing, listed)
                ): f"{filing.form} {filing.accession}"
                for filing, listed in chosen
            }
            _collect(jobs, found, tell)
    places = (downloads.place(filing) for filing, _ in chosen)
    found.paths += [place for place in places if place.exists()]


def _collect(jobs: dict[Future[T], str], found: Fetched, tell: Tell) -> dict[Future[T], T]:
    """Wait for the jobs; what fails is noted, and a refusal of everything ends the rest."""
    results: dict[Future[T], T] = {}
    for number, job in enumerate(as_completed(jobs), start=1):
        if job.cancelled():
            continue
        try:
            results[job] = job.result()
        except Refused as error:
            if str(error) not in {reason for _, reason in found.problems}:
                found.problems.append((jobs[job], str(error)))
            _cancel(jobs, found)
        except EdgarError as error:
            found.problems.append((jobs[job], str(error)))
        tell(jobs[job], number, len(jobs))
    return results


def _cancel(jobs: dict[Future[T], str], found: Fetched) -> None:
    left = sum(job.cancel() for job in jobs)
    if left:
        found.problems.append((f"{left} more", "not tried after that"))
