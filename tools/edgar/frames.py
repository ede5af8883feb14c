"""Fetches single concepts: of one company, or a frame of all companies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.edgar import addresses
from tools.edgar.client import Client
from tools.edgar.companies import ListedCompany
from tools.edgar.errors import EdgarError, NotThere, Refused
from tools.edgar.fetch import Fetched
from tools.edgar.listing import pages
from tools.errors import SetupError

_CONCEPT = re.compile(r"(?:([a-z][a-z0-9-]*):)?([A-Z][A-Za-z0-9]+)")
_PERIOD = re.compile(r"CY\d{4}(?:Q[1-4]I?)?")
_UNIT = re.compile(r"[A-Za-z]+(?:(?:/|-per-)[A-Za-z]+)?")
_ANY_YEAR = 1990


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept as EDGAR's addresses name it: `us-gaap` and `Revenues`."""

    taxonomy: str
    tag: str

    @classmethod
    def read(cls, text: str) -> Concept:
        """Read `us-gaap:Revenues`, or `Revenues` alone.

        Raises:
            SetupError: It is no concept's name.
        """
        found = _CONCEPT.fullmatch(text.strip())
        if not found:
            raise SetupError(f"{text!r} is no concept; write one like us-gaap:Revenues.")
        return cls(found[1] or "us-gaap", found[2])

    def __str__(self) -> str:
        """Write it as facts do."""
        return f"{self.taxonomy}:{self.tag}"


def fetch_frames(client: Client, concept: Concept, unit: str, periods: Sequence[str]) -> Fetched:
    """Fetch a concept's value of every company, for each period.

    Raises:
        SetupError: A period or the unit is not written as EDGAR does.
    """
    wrong = [one for one in periods if not _PERIOD.fullmatch(one)]
    if wrong:
        raise SetupError(
            f"{wrong[0]!r} is no frame: write CY2023 for a year, CY2023Q1 for a quarter, or "
            "CY2023Q1I for a balance at its end."
        )
    if not _UNIT.fullmatch(unit):
        raise SetupError(f"--unit {unit!r}: write it like USD, shares or USD/shares.")
    found = Fetched()
    for period in periods:
        try:
            address = addresses.frame(concept.taxonomy, concept.tag, unit, period)
            found.paths.append(client.json(address))
        except NotThere:
            kind = "flow, whose frames have no I" if period.endswith("I") else "balance (add an I)"
            hint = f"it may be a {kind}, or in another unit"
            found.problems.append((f"{concept} {period}", f"EDGAR has none in {unit}; {hint}"))
        except Refused:
            raise
        except EdgarError as error:
            found.problems.append((f"{concept} {period}", str(error)))
    found.stale = list(client.stale)
    return found


def fetch_concept(client: Client, companies: Sequence[ListedCompany], concept: Concept) -> Fetched:
    """Fetch a concept's facts of companies, with their lists of filings: these tell the periods."""
    found = Fetched(list(companies))
    for company in companies:
        try:
            found.paths += pages(client, company.cik, _ANY_YEAR)
            address = addresses.company_concept(company.cik, concept.taxonomy, concept.tag)
            found.paths.append(client.json(address))
        except NotThere:
            found.problems.append((company.name, f"EDGAR has no facts of it for {concept}"))
        except Refused:
            raise
        except EdgarError as error:
            found.problems.append((company.name, str(error)))
    found.stale = list(client.stale)
    return found
