"""Inline-XBRL facts of 10-Ks against the SEC's companyfacts, both ways.

Run: `python -m evals.checks.inline_facts DATA_FOLDER`. One side is `tools.xbrl.inline`; the other
is the companyfacts JSON as it lies on disk. A third reading, the elements counted with nothing but
lxml, shows whether the parser passed over any.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from lxml import etree

from tools.xbrl.inline import parse
from tools.xbrl.records import InlineDocument, InlineFact

# (concept, unit, start, end): what both sides must give the same value for.
Key = tuple[str, str, str, str]
SEC_TAXONOMIES = frozenset({"us-gaap", "dei", "srt", "invest", "ecd", "ffd", "ifrs-full"})
_IX = "{http://www.xbrl.org/2013/inlineXBRL}nonFraction"
_XBRLI = "{http://www.xbrl.org/2003/instance}"


@dataclass
class FilingCheck:
    """One filing's consolidated facts beside companyfacts' rows for its accession.

    Attributes:
        differing: Key, inline value, companyfacts value.
        only_inline: Why each fact that companyfacts lacks is not there.
        only_companyfacts: Rows that the document does not have.
        of_one_day: Facts whose period is one day; companyfacts shows these as instants.
        passed_over: Elements in the document that the parser neither read nor reported.
    """

    filing: str
    accession: str
    agreeing: int = 0
    differing: list[tuple[Key, Decimal, Decimal]] = field(default_factory=list)
    only_inline: list[tuple[str, Key]] = field(default_factory=list)
    only_companyfacts: list[Key] = field(default_factory=list)
    of_one_day: int = 0
    passed_over: int = 0


def check_filings(data: Path) -> list[FilingCheck]:
    """Check every 10-K whose company has a companyfacts file."""
    folder = data / "filings" / "10k"
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        ciks = {row["ticker"]: int(row["cik"]) for row in csv.DictReader(file)}
    checks: list[FilingCheck] = []
    for ticker, cik in sorted(ciks.items()):
        source = data / "edgar" / "companyfacts" / f"CIK{cik:010d}.json.gz"
        if not source.is_file():
            continue
        by_accession = read_companyfacts(source)
        for path in sorted((folder / ticker).glob("*.htm.gz")):
            filed = path.name[4:14]
            [accession] = [
                name for name, (form, day) in by_accession.forms.items()
                if (form, day) == ("10-K", filed)
            ]  # fmt: skip
            data_bytes = gzip.decompress(path.read_bytes())
            rows = by_accession.rows[accession]
            checks.append(check_document(f"{ticker}/{path.name}", accession, data_bytes, rows))
    return checks


@dataclass
class CompanyFacts:
    """Companyfacts by accession: values by key, and each accession's form and day."""

    rows: dict[str, dict[Key, set[Decimal]]]
    forms: dict[str, tuple[str, str]]


def read_companyfacts(path: Path) -> CompanyFacts:
    """Read one companyfacts file; `rows` holds each accession's values by key."""
    document = json.loads(gzip.decompress(path.read_bytes()), parse_float=Decimal)
    rows: dict[str, dict[Key, set[Decimal]]] = defaultdict(lambda: defaultdict(set))
    forms: dict[str, tuple[str, str]] = {}
    for taxonomy, tags in document["facts"].items():
        for tag, block in tags.items():
            for unit, points in block["units"].items():
                for point in points:
                    key = (f"{taxonomy}:{tag}", unit, point.get("start", ""), point["end"])
                    rows[point["accn"]][key].add(Decimal(point["val"]))
                    forms[point["accn"]] = (point["form"], point["filed"])
    return CompanyFacts(rows, forms)


def check_document(
    name: str, accession: str, data: bytes, rows: dict[Key, set[Decimal]]
) -> FilingCheck:
    """Compare one document's consolidated facts with companyfacts' rows."""
    document = parse(data)
    check = FilingCheck(name, accession, passed_over=_passed_over(document, data))
    facts = {_key(fact): fact for fact in document.facts if fact.dimensions is None}
    check.of_one_day = sum(fact.period_start == fact.period_end for fact in facts.values())
    for key, fact in facts.items():
        if key not in rows:
            check.only_inline.append((_why_not_there(key, fact, document), key))
        elif fact.value in rows[key]:
            check.agreeing += 1
        else:
            check.differing.append((key, fact.value, min(rows[key])))
    check.only_companyfacts = [key for key in rows if key not in facts]
    return check


def _key(fact: InlineFact) -> Key:
    # Companyfacts writes a period of one day (the day of a split) without its start.
    lasts = fact.period_start is not None and fact.period_start != fact.period_end
    start = fact.period_start.isoformat() if lasts and fact.period_start else ""
    return (fact.concept, fact.unit, start, fact.period_end.isoformat())


def _why_not_there(key: Key, fact: InlineFact, document: InlineDocument) -> str:
    """Say why companyfacts has no row for a fact."""
    taxonomy = key[0].partition(":")[0]
    if taxonomy not in SEC_TAXONOMIES:
        return "the company's own concept"
    if fact.entity and document.text_of("EntityCentralIndexKey") not in (None, fact.entity):
        return "of another entity"
    return "not explained"


def _passed_over(document: InlineDocument, data: bytes) -> int:
    """Count the elements that are in the document and nowhere in what the parser returned."""
    body = data[data.index(b"<html") :] if b"<html" in data else data
    root = etree.fromstring(body, etree.XMLParser(huge_tree=True, recover=True))
    elements = sum(1 for _ in root.iter(_IX))
    read = len(document.facts) + document.duplicates + document.nil + len(document.unreadable)
    return elements - read


def report(checks: list[FilingCheck]) -> str:
    """Write the counts, the rate, and every exception with its reason."""
    agreeing = sum(check.agreeing for check in checks)
    differing = sum(len(check.differing) for check in checks)
    reasons = Counter(reason for check in checks for reason, _ in check.only_inline)
    missed = Counter(key[0] for check in checks for key in check.only_companyfacts)
    lines = [
        f"filings: {len(checks)}; elements passed over:"
        f" {sum(check.passed_over for check in checks)}; facts of one day:"
        f" {sum(check.of_one_day for check in checks)}",
        f"consolidated facts on both sides: {agreeing + differing}; agree: {agreeing}"
        f" ({agreeing / max(agreeing + differing, 1):.4%})",
        f"only inline: {dict(reasons)}",
        f"only in companyfacts: {missed.total()} {missed.most_common(12)}",
    ]
    for check in checks:
        lines += [f"  {check.filing} differs: {row}" for row in check.differing]
        lines += [
            f"  {check.filing} only inline, {reason}: {key}"
            for reason, key in check.only_inline
            if reason == "not explained"
        ]
        lines += [f"  {check.filing} only companyfacts: {key}" for key in check.only_companyfacts]
    return "\n".join(lines)


def main() -> None:
    """Print the report for a folder of data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    print(report(check_filings(parser.parse_args().data)))


if __name__ == "__main__":
    main()
