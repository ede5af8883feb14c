"""Keep published test questions, and the dev questions we measure on, out of training rows.

Three checks: ids (a test split's own, by pattern and by list), fingerprints of whole texts
(same words in any order, punctuation and case aside), and runs of 13 words in common with a
refused text (the length that Brown et al., 2020, appendix C, use). Fingerprints can be shipped
where the texts can't; runs need the texts, which a user gives with `--refuse`.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.errors import SetupError
from adapters.training.rows import TrainingRow

RUN_WORDS = 13
SHIPPED = Path(__file__).parent / "refused"
# Ids and origins of published test splits: "financebench_id_01858", "finqa-test", "test/12".
_TEST_SPLIT = re.compile(r"financebench|(?:^|[^a-z])(?:test|sealed)(?:[^a-z]|$)", re.IGNORECASE)
_TEXT_FIELDS = ("question", "text", "input", "sentence")


@dataclass(frozen=True)
class Refusals:
    """What no training row may hold.

    Attributes:
        fingerprints: Of texts and ids.
        runs: Hashes of all runs of `RUN_WORDS` words in the refused texts.
    """

    fingerprints: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()

    def __or__(self, other: Refusals) -> Refusals:
        """Refuse what either refuses."""
        return Refusals(self.fingerprints | other.fingerprints, self.runs | other.runs)

    def reason(self, row: TrainingRow) -> str:
        """Say why a row is refused; empty where it may be used."""
        for name in (row.id, row.origin, row.group):
            if _TEST_SPLIT.search(name):
                return f"{name!r} names a test split"
        if any(fingerprint(name) in self.fingerprints for name in _own_ids(row.id)):
            return f"{row.id!r} is the id of a refused question"
        for name, value in row.variables.items():
            for text in [value] if isinstance(value, str) else value:
                if fingerprint(text) in self.fingerprints:
                    return f"{name!r} has the words of a refused text: {text[:80]!r}"
                if self.runs and any(run in self.runs for run in _run_hashes(text)):
                    return f"{name!r} shares {RUN_WORDS} words in a row with a refused text"
        return ""


@functools.cache
def shipped_refusals() -> Refusals:
    """Return the fingerprints of the questions that this project measures on."""
    found: set[str] = set()
    for path in sorted(SHIPPED.glob("*.txt")):
        lines = path.read_text("utf-8").split("\n")
        found |= {line for line in lines if line and not line.startswith("#")}
    return Refusals(frozenset(found))


def refusals_of(path: Path) -> Refusals:
    """Read what a user wants refused: JSON, JSON lines (also gzipped), or a text a line.

    Of a JSON object the id and the fields question, text, input and sentence count.

    Raises:
        SetupError: The file is not there or cannot be read.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be read ({error}); give a file of questions") from error
    texts = [found for item in _items(text) for found in _texts(item)]
    runs = {run for found in texts for run in _run_hashes(found)}
    return Refusals(frozenset(map(fingerprint, texts)), frozenset(runs))


def allowed(rows: Iterable[TrainingRow], refusals: Refusals) -> Iterator[TrainingRow]:
    """Yield the rows that may be trained on, dropping the others (for row makers)."""
    return (row for row in rows if not refusals.reason(row))


def refuse(rows: Iterable[TrainingRow], refusals: Refusals) -> Iterator[TrainingRow]:
    """Yield rows, stopping at the first that may not be trained on (for training).

    Raises:
        SetupError: A row is refused; the message names it and why.
    """
    for row in rows:
        if reason := refusals.reason(row):
            raise SetupError(
                f"training row {row.id} may not be used: {reason}; remove it from the data"
            )
        yield row


def fingerprint(text: str) -> str:
    """Hash the words of a text, 16 hex digits: order, case and punctuation don't matter."""
    return _hash(" ".join(sorted(set(_words(text)))))


def _own_ids(row_id: str) -> list[str]:
    """Return an id, and it without a variant ("#1") and a data set's name ("convfinqa:")."""
    plain = row_id.split("#")[0]
    return [row_id, plain, plain.split(":")[-1], plain.removeprefix("convfinqa:").split(":")[0]]


def _run_hashes(text: str) -> Iterator[str]:
    words = _words(text)
    for start in range(len(words) - RUN_WORDS + 1):
        yield _hash(" ".join(words[start : start + RUN_WORDS]))


def _words(text: str) -> Sequence[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _items(text: str) -> list[Any]:
    """Read a JSON list, JSON lines, or plain lines."""
    try:
        content = json.loads(text)
    except ValueError:
        return [_item(line) for line in text.split("\n") if line.strip()]
    return content if isinstance(content, list) else [content]


def _item(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line.strip()


def _texts(item: Any) -> list[str]:
    """Return the texts and the id of a record."""
    if isinstance(item, str):
        return [item]
    if not isinstance(item, dict):
        return []
    named = [item.get(name) for name in (*_TEXT_FIELDS, "id", "financebench_id")]
    nested = item.get("qa")
    return [value for value in named if isinstance(value, str) and value] + _texts(nested)
