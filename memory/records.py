"""The records that memory holds, and the texts by which they are found again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

Kind = Literal["term", "process", "correction"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SEED = "seed"


@dataclass(frozen=True)
class Record:
    """One thing to remember, in one version.

    Attributes:
        id: `<kind>/<slug of name>/<seed|taught>`; the same for all versions of a record.
        kind: What it is: a term (a metric or a word for one), a process, or a correction.
        name: The name it goes by, unique within a kind and layer.
        text: What it says, in one or two sentences.
        data: Its details by kind; plain JSON values. Terms: label, synonyms, unit, period_type,
            concepts, formula, alias. Processes: see `seeds/processes.yaml`.
        provenance: Where it comes from: a seed file, or the words of the expert.
        taught_by: `"seed"`, or the person who taught it.
        created: When this version was stored (UTC), `None` before it is stored.
        version: Counts from 1 for each id.
    """

    id: str
    kind: Kind
    name: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    provenance: str = ""
    taught_by: str = SEED
    created: datetime | None = None
    version: int = 1

    @property
    def is_taught(self) -> bool:
        """Whether a person taught it, in contrast to a shipped seed."""
        return self.taught_by != SEED


def make_record(
    kind: Kind,
    name: str,
    text: str,
    data: Mapping[str, Any] | None = None,
    *,
    provenance: str,
    taught_by: str = SEED,
) -> Record:
    """Make a record that is not stored yet; its id follows from kind, name and layer.

    Raises:
        ValueError: The kind is unknown or the name has no letter or digit.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    slug = re.sub(r"[\W_]+", "_", name.casefold()).strip("_")
    if not slug:
        raise ValueError(f"a record's name needs a letter or digit: {name!r}")
    layer = SEED if taught_by == SEED else "taught"
    return Record(
        id=f"{kind}/{slug}/{layer}",
        kind=kind,
        name=name,
        text=text,
        data=dict(data or {}),
        provenance=provenance,
        taught_by=taught_by,
    )


def content_hash(record: Record) -> str:
    """Return the SHA-256 of what a record says, whoever said it and whenever."""
    said = [record.kind, record.name, record.text, record.data]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def names_of(record: Record) -> list[str]:
    """Return the phrases that name a record outright: name, label and synonyms."""
    data = record.data
    names = [record.name.replace("_", " "), data.get("label"), *data.get("synonyms", ())]
    return list(dict.fromkeys(name for name in names if name))


def texts_to_embed(record: Record) -> list[str]:
    """Return the texts by whose meaning a record is found; the best match counts.

    A term is one text (its names and meaning). A process is one text for its description and
    one for each example phrasing.
    """
    if record.kind == "term":
        return [f"{', '.join(names_of(record))}: {record.text}"]
    return [f"{record.name.replace('_', ' ')}: {record.text}", *record.data.get("examples", ())]


def normalize_phrase(text: str) -> str:
    """Return `text` in lower case with single blanks for everything but letters and digits."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold().replace("'s", "").replace("’s", "")))
