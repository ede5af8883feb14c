"""What a file beside a document, or its own name, says of whose filing it is.

`filing.json` is ours: {"accession", "cik", "company", "ticker", "form", "filed", "period"}, all
optional. `metadata.json` and `filing_metadata.txt` are read as edgartools writes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tools.ingestion.filing_identity import accession_in_name
from tools.ingestion.sources import Document

NAMES = ("filing.json", "metadata.json", "filing_metadata.txt")
_MAX_BYTES = 100_000
_KEYS = {
    "accession": ("accession", "accession_no", "accession no", "accession_number"),
    "cik": ("cik",),
    "company": ("company", "name"),
    "ticker": ("ticker",),
    "form": ("form",),
    "filed": ("filed", "filing_date", "filing date"),
    "period": ("period", "period_end", "period_of_report"),
}
_CIK = re.compile(r"(?<![A-Za-z])CIK[-_]?0*(\d{1,10})(?!\d)", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:(?P<cik>\d{4,10})|(?P<ticker>[A-Za-z]{1,5}))[-_ ]"
    r"(?:(?P<form>10-?[KQ](?:-A|405|SB)?|20-?F|40-?F|8-?K|S-?1)[-_ ])?(?:19|20)\d\d(?!\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Description:
    """Who filed a document and when, as far as something around it says."""

    accession: str | None = None
    cik: int | None = None
    company: str | None = None
    ticker: str | None = None
    form: str | None = None
    filed: date | None = None
    period: date | None = None


def describe(document: Document) -> Description:
    """Read the description beside a document, then the names of its file and folder."""
    said = _fields(_beside(document))
    names = f"{document.path.parent.name}/{document.name}"
    label = _LABEL.match(document.path.parent.name) or _LABEL.match(document.name)
    in_name = _CIK.search(names)
    cik = said.get("cik") or (in_name[1] if in_name else "") or (label["cik"] if label else "")
    return Description(
        accession=accession_in_name(said.get("accession", "")) or accession_in_name(names),
        cik=int(cik) if cik and cik.isascii() and cik.isdigit() else None,
        company=said.get("company"),
        ticker=said.get("ticker") or (label["ticker"] if label else None),
        form=said["form"].upper() if "form" in said else None,
        filed=_day(said.get("filed")),
        period=_day(said.get("period")),
    )


def _beside(document: Document) -> Mapping[str, str]:
    for name in NAMES:
        data = document.beside.get(name) or _read(document.path.parent / name)
        if data:
            text = data.decode("utf-8", "replace")
            found = _json(text) if name.endswith(".json") else _lines(text)
            if found:
                return found
    return {}


def _read(path: Path) -> bytes:
    try:
        if not path.is_file() or path.stat().st_size > _MAX_BYTES:
            return b""
        return path.read_bytes()
    except OSError:
        return b""


def _json(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key).lower(): str(value) for key, value in found.items() if value}


def _lines(text: str) -> dict[str, str]:
    pairs = re.findall(r"^([A-Za-z _]{2,30}):[ \t]*(\S.*?)\s*$", text, re.MULTILINE)
    return {key.lower(): value for key, value in pairs}


def _fields(found: Mapping[str, str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for field, keys in _KEYS.items():
        value = next((found[key] for key in keys if found.get(key)), None)
        if value is not None:
            fields[field] = value
    return fields


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None
