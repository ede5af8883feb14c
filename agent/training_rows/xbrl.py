"""Rows of the task `xbrl`: lines of filed statements, with the concept they are tagged with.

The lines come from the Financial Statement Data Sets and, where a warehouse is given, from the
statements of its filings. A row's concepts are what serving shows: the nearest of the filing's own
concepts, or the nearest of all that some other company uses in that statement. Some rows show
none that fits, and then the reply is "none".
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from adapters.tasks.xbrl import NO_CONCEPT, letter_of
from adapters.training.rows import TrainingRow
from agent.training_rows.sources import RowSources
from agent.xbrl.concepts import ConceptRanking, concept_words
from agent.xbrl.extraction import MAX_CONCEPTS, QUESTION
from tools.ingestion import data_sets

STATEMENT_NAMES: Mapping[str, str] = {
    "balance": "balance sheet",
    "income": "income statement",
    "cash": "cash flow statement",
    "equity": "statement of equity",
    "comprehensive": "statement of comprehensive income",
}
_SHARED_TAXONOMY = "us-gaap:"
_SHARE_AS_QUESTION = 0.25
_SHARE_OVER_ALL = 0.4
_SHARE_WITHOUT = 0.06
_MIN_COMPANIES = 3
_MOST_OF_ONE_PAIR = 4
_MOST_ROWS = 16_000


@dataclass(frozen=True)
class FiledLine:
    """One line of a filed statement.

    Attributes:
        accession: The filing.
        company: What rows are grouped by: the filer's CIK.
        statement: "balance", "income", "cash", "equity" or "comprehensive".
        heading: The heading above it, or "".
        label: As printed.
        concept: What it is tagged with.
    """

    accession: str
    company: str
    statement: str
    heading: str
    label: str
    concept: str


def rows(source: RowSources, seed: int) -> Iterator[TrainingRow]:
    """Make rows from the data sets in the folder, and from the warehouse where there is one."""
    folder = source.data / "edgar" / "financial_statement_data_sets"
    lines = list(data_set_lines(sorted(folder.glob("*.zip"))))
    if source.parts is not None:
        lines = [*warehouse_lines(source.parts.warehouse.connection), *lines]
    yield from rows_of(lines, seed, origin="statements")


def warehouse_lines(connection: duckdb.DuckDBPyConnection) -> Iterator[FiledLine]:
    """Read the statement lines of a warehouse's filings."""
    names = ("accession", "statement", "ordinal", "label", "concept", "is_abstract")
    found = connection.execute(f"SELECT {', '.join(names)} FROM statement_line").fetchall()
    filers = connection.execute("SELECT accession, cik FROM filing").fetchall()
    lines = [dict(zip(names, row, strict=True)) for row in found]
    yield from with_headings(lines, {accession: str(cik) for accession, cik in filers})


def data_set_lines(files: Iterable[Path]) -> Iterator[FiledLine]:
    """Read the lines of zipped quarterly data sets."""
    for file in files:
        found = data_sets.translate(data_sets.read_zip(file.read_bytes()))
        filers = {row["accession"]: str(row["cik"]) for row in found.filings.to_pylist()}
        yield from with_headings(found.lines.to_pylist(), filers)


def with_headings(
    lines: Sequence[Mapping[str, object]], filers: Mapping[str, str]
) -> Iterator[FiledLine]:
    """Turn statement lines into tagged ones that know the heading above them.

    Args:
        lines: Rows with accession, statement, ordinal, label, concept and is_abstract.
        filers: The company by accession.
    """
    ordered = sorted(lines, key=lambda r: (str(r["accession"]), str(r["statement"]), _int(r)))
    place, heading = ("", ""), ""
    for row in ordered:
        accession, statement = str(row["accession"]), str(row["statement"])
        if place != (accession, statement):
            place, heading = (accession, statement), ""
        concept = str(row["concept"] or "")
        if row["is_abstract"] or concept.endswith("Abstract"):
            heading = str(row["label"]).rstrip(": ")
        elif concept.startswith(_SHARED_TAXONOMY) and not concept.endswith("Member"):
            filer = filers.get(accession, accession)
            yield FiledLine(accession, filer, statement, heading, str(row["label"]), concept)


def rows_of(lines: Iterable[FiledLine], seed: int, *, origin: str) -> Iterator[TrainingRow]:
    """Make one row a line; a label with its concept is used a few times at most."""
    every = list(lines)
    kept = _thinned(every, random.Random(seed))[:_MOST_ROWS]
    of_filing: dict[str, dict[str, None]] = defaultdict(dict)
    users: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for line in every:
        of_filing[line.accession][line.concept] = None
        users[line.statement][line.concept].add(line.company)
    used = {s: {c: len(who) for c, who in counts.items()} for s, counts in users.items()}
    over_all = {
        statement: ConceptRanking([c for c in n if n[c] >= _MIN_COMPANIES], used=n)
        for statement, n in used.items()
    }
    filings = {line.accession for line in kept}
    over_filing = {name: ConceptRanking(of_filing[name]) for name in sorted(filings)}
    for line in kept:
        rng = random.Random(_digest(f"{seed} {line}"))
        whole = rng.random() < _SHARE_OVER_ALL
        ranking = over_all[line.statement] if whole else over_filing[line.accession]
        yield _row(line, ranking, rng, f"{origin} {'taxonomy' if whole else 'filing'}")


def _row(line: FiledLine, ranking: ConceptRanking, rng: random.Random, origin: str) -> TrainingRow:
    place = _place(line, rng)
    heading = "" if place == QUESTION else place
    count = rng.randint(4, MAX_CONCEPTS)
    concepts = list(ranking.nearest(line.label, heading, count=count + 1))
    if rng.random() < _SHARE_WITHOUT:
        concepts = [concept for concept in concepts if concept != line.concept]
    concepts = concepts[:count]
    fits = line.concept in concepts
    return TrainingRow(
        id=_digest(f"{line} {origin}")[:20],
        task="xbrl",
        origin=origin,
        group=line.company,
        variables={
            "line": line.label,
            "place": place,
            "concepts": [concept_words(concept) for concept in concepts],
        },
        completion=letter_of(concepts.index(line.concept)) if fits else NO_CONCEPT,
    )


def _place(line: FiledLine, rng: random.Random) -> str:
    if rng.random() < _SHARE_AS_QUESTION:
        return QUESTION
    name = STATEMENT_NAMES[line.statement]
    return f"{name}, {line.heading}" if line.heading else name


def _thinned(lines: list[FiledLine], rng: random.Random) -> list[FiledLine]:
    """Keep one line of a label and concept per company, and a few of them over all companies."""
    once: dict[tuple[str, str, str], FiledLine] = {}
    for line in lines:
        once.setdefault((line.company, line.label.lower(), line.concept), line)
    shuffled = sorted(once.values(), key=lambda line: _digest(str(line)))
    rng.shuffle(shuffled)
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for line in shuffled:
        pair = (line.label.lower(), line.concept)
        seen[pair] += 1
        if seen[pair] <= _MOST_OF_ONE_PAIR:
            kept.append(line)
    return kept


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _int(row: Mapping[str, object]) -> int:
    return int(str(row["ordinal"]))
