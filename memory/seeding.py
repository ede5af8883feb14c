"""Fills a new memory from the shipped YAML files, and follows their changes in later versions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from memory.errors import SetupError
from memory.records import Record, content_hash, make_record
from memory.store import MemoryStore

SEEDS = Path(__file__).parent / "seeds"
_SETTING = "seeds_sha256"
_LAYOUT = b"1"  # raise when the mapping from YAML to records changes


@dataclass(frozen=True)
class SeedSummary:
    """What seeding did, in numbers of records."""

    added: int
    unchanged: int
    withdrawn: int


def seed(store: MemoryStore, folder: Path = SEEDS) -> SeedSummary:
    """Make the store's seeds equal to the YAML files; does nothing when they have not changed.

    A seed that a person has forgotten stays forgotten until its content changes.

    Raises:
        SetupError: A seed file is missing or is not as its head describes.
    """
    files = [folder / "metrics.yaml", folder / "processes.yaml"]
    digest = hashlib.sha256(_LAYOUT + b"".join(_read(path) for path in files)).hexdigest()
    if store.read_setting(_SETTING) == digest:
        return SeedSummary(0, sum(not item.is_taught for item in store.list()), 0)
    records = [*_term_records(files[0]), *_process_records(files[1])]
    forgotten = store.forgotten()
    remembered = [item for item in records if forgotten.get(item.id) != content_hash(item)]
    kept = {item.id for item in records}
    gone = [item.id for item in store.list() if not item.is_taught and item.id not in kept]
    added = store.add_many(remembered, withdraw=gone, settings={_SETTING: digest})
    return SeedSummary(added, len(remembered) - added, len(gone))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SetupError(f"Seed file {path.name} cannot be read: reinstall footnote.") from error


def _entries(path: Path, key: str) -> Iterator[dict[str, Any]]:
    try:
        document = yaml.load(_read(path), Loader=yaml.CSafeLoader)
        entries = document[key]
        for entry in entries:
            if not isinstance(entry["name"], str):
                raise TypeError(f"name {entry['name']!r} is not a text")
            yield dict(entry)
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise SetupError(f"The seed file {path.name} is not valid: {error}.") from error


def _term_records(path: Path) -> Iterator[Record]:
    for entry in _entries(path, "metrics"):
        name = entry.pop("name")
        text = " ".join(str(entry.pop("definition", "")).split())
        yield make_record("term", name, text, entry, provenance=path.name)


def _process_records(path: Path) -> Iterator[Record]:
    for entry in _entries(path, "processes"):
        name = entry.pop("name")
        text = " ".join(str(entry.pop("description", "")).split())
        yield make_record("process", name, text, entry, provenance=path.name)
