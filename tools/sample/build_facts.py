"""Write `facts.csv.gz`: filed figures of ten well-known companies, from the SEC's own data.

Run `python -m tools.sample.build_facts DATA` where DATA holds `edgar/companyfacts`,
`edgar/submissions` and `filings`. Only concepts that the metric catalogue names are kept, with
every comparative as filed, so that questions "as of" a date work. Companies whose companyfacts
are not at hand come from the consolidated facts of their inline-XBRL 10-Ks, whose accession is
looked up in submissions by filing date.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml

from tools.ingestion import companyfacts
from tools.ingestion.companyfacts import index_url
from tools.xbrl.inline import parse

CATALOGUE: Final = Path(__file__).parents[2] / "memory" / "seeds" / "metrics.yaml"
OUTPUT: Final = Path(__file__).with_name("facts.csv.gz")
ANNUAL_SINCE: Final = date(2019, 6, 1)
QUARTERLY_SINCE: Final = date(2019, 6, 1)
_SINCE: Final = {
    "10-K": ANNUAL_SINCE, "10-K/A": ANNUAL_SINCE,
    "10-Q": QUARTERLY_SINCE, "10-Q/A": QUARTERLY_SINCE,
}  # fmt: skip
_UNITS: Final = ("USD", "shares", "USD/shares", "pure")

# CIK: name, tickers (first the usual one).
COMPANIES: Final = {
    40545: ("General Electric Company", "GE"),
    63908: ("McDonald's Corporation", "MCD"),
    80424: ("The Procter & Gamble Company", "PG"),
    97476: ("Texas Instruments Incorporated", "TXN"),
    104169: ("Walmart Inc.", "WMT"),
    320193: ("Apple Inc.", "AAPL"),
    354950: ("The Home Depot, Inc.", "HD"),
    1045810: ("NVIDIA Corporation", "NVDA"),
    1318605: ("Tesla, Inc.", "TSLA"),
    1652044: ("Alphabet Inc.", "GOOGL GOOG"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One filed value; `fiscal_year` and `fiscal_period` are the filing's, not the value's."""

    cik: int
    company: str
    ticker: str
    concept: str
    value: str
    unit: str
    period_start: str
    period_end: str
    accession: str
    form: str
    filed: str
    fiscal_year: str
    fiscal_period: str
    url: str

    def key(self) -> tuple[str, ...]:
        """What makes a fact one fact."""
        return (self.accession, self.concept, self.unit, self.period_start, self.period_end)


def catalogue_concepts(path: Path = CATALOGUE) -> re.Pattern[str]:
    """Pattern of the concepts that the catalogue names, those of its conditions included."""
    names = {"dei:EntityCommonStockSharesOutstanding"}
    for metric in yaml.safe_load(path.read_text(encoding="utf-8"))["metrics"]:
        for name in _named(metric):
            names.add(name if ":" in name else f"us-gaap:{name}")
    return re.compile("|".join(re.escape(name).replace("%", ".*") for name in sorted(names)))


def _named(record: dict[str, Any]) -> Iterator[str]:
    for key in ("concept", "concepts", "unless", "requires", "at_least", "formula"):
        found = record.get(key) or []
        if key == "formula":
            found = [entry for entry in found if isinstance(entry, dict)]
        for entry in [found] if isinstance(found, str) else found:
            if isinstance(entry, dict):
                yield from _named(entry)
            else:
                yield entry


def from_companyfacts(path: Path, wanted: re.Pattern[str]) -> Iterator[Row]:
    """Rows of the 10-Ks and 10-Qs in one companyfacts file."""
    found = companyfacts.parse(gzip.decompress(path.read_bytes()))
    filings = {filing.accession: filing for filing in found.filings}
    for fact in found.facts:
        filing = filings[fact.accession]
        if filing.filed < _SINCE.get(filing.form, date.max) or fact.unit not in _UNITS:
            continue
        if wanted.fullmatch(fact.concept):
            yield _row(
                filing.cik, fact, accession=filing.accession, form=filing.form, filed=filing.filed,
                fiscal=(str(filing.fiscal_year or ""), filing.fiscal_period or ""),
            )  # fmt: skip


def from_filing(
    path: Path, cik: int, accessions: dict[date, str], wanted: re.Pattern[str]
) -> Iterator[Row]:
    """Rows of one inline-XBRL 10-K, whose file name holds its filing date."""
    document = parse(gzip.decompress(path.read_bytes()))
    named = re.search(r"\d{4}-\d\d-\d\d", path.name)
    filed = date.fromisoformat(named[0]) if named else date.min
    if filed not in accessions:
        raise SystemExit(f"no accession known for {path.name}")
    fiscal = (
        document.text_of("DocumentFiscalYearFocus") or "",
        document.text_of("DocumentFiscalPeriodFocus") or "",
    )
    for fact in document.facts:
        if fact.dimensions is None and fact.unit in _UNITS and wanted.fullmatch(fact.concept):
            yield _row(
                cik, fact, accession=accessions[filed], form="10-K", filed=filed,
                fiscal=fiscal,
            )  # fmt: skip


def _row(
    cik: int, fact: Any, *, accession: str, form: str, filed: date, fiscal: tuple[str, str]
) -> Row:
    company, ticker = COMPANIES[cik]
    start = fact.period_start.isoformat() if fact.period_start else ""
    return Row(
        cik, company, ticker, fact.concept, _plain(fact.value), fact.unit, start,
        fact.period_end.isoformat(), accession, form, filed.isoformat(), *fiscal,
        index_url(cik, accession),
    )  # fmt: skip


def _plain(value: Decimal) -> str:
    """A decimal without exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def annual_accessions(data: Path, cik: int) -> dict[date, str]:
    """Accession of each 10-K by filing date, from submissions."""
    path = data / "edgar" / "submissions" / f"CIK{cik:010}.json.gz"
    recent = json.loads(gzip.decompress(path.read_bytes()))["filings"]["recent"]
    listed = zip(recent["form"], recent["filingDate"], recent["accessionNumber"], strict=True)
    return {date.fromisoformat(day): number for form, day, number in listed if form == "10-K"}


def collect(data: Path, wanted: re.Pattern[str]) -> list[Row]:
    """All rows, sorted, each fact once."""
    rows: list[Row] = []
    for cik in COMPANIES:
        path = data / "edgar" / "companyfacts" / f"CIK{cik:010}.json.gz"
        if path.exists():
            rows += from_companyfacts(path, wanted)
    known = {row.accession for row in rows}
    filings = data / "filings"
    documents = [
        *((40545, path) for path in sorted((filings / "10k" / "GE").glob("*.gz"))),
        *((80424, path) for path in sorted((filings / "10k" / "PG").glob("*.gz"))),
        *((1318605, path) for path in sorted((filings / "10k_extra").glob("tsla-*.gz"))),
    ]
    for cik, path in documents:
        found = from_filing(path, cik, annual_accessions(data, cik), wanted)
        rows += [row for row in found if row.accession not in known]
    unique = {row.key(): row for row in rows}.values()
    return sorted(_without_edges(unique), key=astuple)


def _without_edges(rows: Iterable[Row]) -> Iterator[Row]:
    """Leave out what a filing says of a date or quarter of which it has no full statement.

    Opening balances of the equity and cash flow statements, and quarters before the first
    filing that is kept: alone they would stand for lines that the earlier filings name better.
    """
    rows = list(rows)
    balances = {(r.accession, r.period_end) for r in rows if r.concept == "us-gaap:Assets"}
    opening = (ANNUAL_SINCE - timedelta(days=366)).isoformat()
    first = (ANNUAL_SINCE - timedelta(days=92)).isoformat()
    for row in rows:
        if not row.period_start:
            is_balance = (row.accession, row.period_end) in balances
            if row.concept.startswith("dei:") or (is_balance and row.period_end >= opening):
                yield row
        elif _days(row) > 300 or row.period_end >= first:
            yield row


def _days(row: Row) -> int:
    return (date.fromisoformat(row.period_end) - date.fromisoformat(row.period_start)).days


def write_csv(rows: Iterable[Row], path: Path) -> None:
    """Write the table, compressed so that equal rows give equal bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(Row))
    writer.writerows(astuple(row) for row in rows)
    path.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))


def main() -> None:
    """Build the table from the data folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with edgar/ and filings/")
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    rows = collect(arguments.data, catalogue_concepts(arguments.catalogue))
    write_csv(rows, arguments.output)
    print(f"{len(rows)} facts of {len({row.cik for row in rows})} companies")


if __name__ == "__main__":
    main()
