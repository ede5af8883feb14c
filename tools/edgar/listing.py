"""Which filings of a company are wanted, out of the submissions JSON and its older pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tools.edgar import addresses
from tools.edgar.client import Client
from tools.edgar.errors import EdgarError
from tools.errors import SetupError

# Forms that are the same report under another name: small companies', transition periods'.
_FAMILIES = {
    "10-K": ("10-K", "10-K405", "10-KSB", "10-KSB40", "10-KT", "10-KT405"),
    "10-Q": ("10-Q", "10-QSB", "10-QT"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Forms, with their variants and amendments, and years.

    Attributes:
        forms: As the SEC writes them; "10-K" stands for 10-K405, 10-KSB and 10-KT, too.
        years: First and last, of the day a report's period ends; of the filing, where a report
            has no period.
    """

    forms: tuple[str, ...]
    years: tuple[int, int]

    def accepts(self, filing: ListedFiling) -> bool:
        """Say whether a filing is wanted."""
        names = {name for form in self.forms for name in _FAMILIES.get(form, (form,))}
        return filing.plain_form in names and self.years[0] <= filing.year <= self.years[1]


@dataclass(frozen=True, slots=True)
class ListedFiling:
    """A filing as submissions list it."""

    cik: int
    accession: str
    form: str
    filed: date
    period_end: date | None

    @property
    def plain_form(self) -> str:
        """Its form, without the mark of an amendment."""
        return self.form.removesuffix("/A")

    @property
    def year(self) -> int:
        """The year it is about."""
        return (self.period_end or self.filed).year


def parse_forms(text: str) -> tuple[str, ...]:
    """Read '10-K, 10-q' as forms.

    Raises:
        SetupError: No form in it.
    """
    forms = tuple(part.strip().upper().removesuffix("/A") for part in text.split(","))
    if not all(re.fullmatch(r"[0-9A-Z][0-9A-Z -]{0,11}", form) for form in forms):
        raise SetupError(f"--forms {text!r}: write forms with commas, such as 10-K,10-Q,8-K.")
    return forms


def parse_years(text: str) -> tuple[int, int]:
    """Read '2021' or '2019-2024' as first and last year.

    Raises:
        SetupError: Neither.
    """
    found = re.fullmatch(r"\s*((?:19|20)\d\d)\s*(?:-\s*((?:19|20)\d\d)\s*)?", text)
    if not found or (found[2] and found[2] < found[1]):
        raise SetupError(f"--years {text!r}: write one year or a range, such as 2019-2024.")
    return int(found[1]), int(found[2] or found[1])


def pages(client: Client, cik: int, since: int) -> list[Path]:
    """Fetch a company's submissions: the main page and the older ones that reach the year `since`.

    Raises:
        EdgarError: One can't be had.
    """
    first = client.json(addresses.submissions(cik))
    found = [first]
    for page in _decode(first).get("filings", {}).get("files") or []:
        if int(str(page.get("filingTo") or "9999")[:4]) >= since:
            found.append(client.json(addresses.submissions_page(str(page["name"]))))
    return found


def read_filings(cik: int, places: Sequence[Path]) -> list[ListedFiling]:
    """List all filings on these pages, the newest first.

    Raises:
        EdgarError: A page has another shape.
    """
    found: dict[str, ListedFiling] = {}
    for place in places:
        try:
            found |= {filing.accession: filing for filing in _filings(cik, _decode(place))}
        except (KeyError, TypeError, ValueError) as error:
            raise EdgarError(f"{place} is not submissions JSON ({error!r})") from error
    return sorted(found.values(), key=lambda filing: (filing.filed, filing.accession), reverse=True)


def _decode(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise EdgarError(f"{path} is not JSON; delete it and run the command again") from error
    if not isinstance(document, dict):
        raise EdgarError(f"{path} is not submissions JSON; delete it and run the command again")
    return document


def _filings(cik: int, document: dict[str, Any]) -> Iterator[ListedFiling]:
    columns = document["filings"]["recent"] if "filings" in document else document
    rows = zip(
        columns["accessionNumber"], columns["form"], columns["filingDate"], columns["reportDate"],
        strict=True,
    )  # fmt: skip
    for accession, form, filed, reported in rows:
        period_end = date.fromisoformat(reported) if reported else None
        yield ListedFiling(cik, accession, form, date.fromisoformat(filed), period_end)
