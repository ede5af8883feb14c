"""Taught terms as metrics: a formula an expert taught is looked up like any other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from memory.records import Record


def taught_metrics(
    records: Sequence[Record], shipped: Mapping[str, Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Turn taught terms into catalogue records and everyday words.

    Args:
        records: Taught term records.
        shipped: Shipped catalogue records by name.

    Returns:
        Catalogue records for terms with a formula, and metric names by taught word.
    """
    added: list[dict[str, Any]] = []
    words: dict[str, str] = {}
    for record in records:
        data = record.data
        if data.get("alias"):
            words[record.name] = str(data["alias"])
        elif data.get("formula"):
            name = "taught_" + re.sub(r"\W+", "_", record.name.lower()).strip("_")
            parts = [shipped[used] for used in data["metrics"] if used in shipped]
            if len(parts) == len(data["metrics"]) and parts:
                added.append(_catalogue_record(name, record, parts))
                words[record.name] = name
    return added, words


def _catalogue_record(
    name: str, record: Record, parts: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    formula = str(record.data["formula"])
    instant = all(part["period_type"] == "instant" for part in parts)
    return {
        "name": name,
        "label": record.name[:1].upper() + record.name[1:],
        "synonyms": [],
        "unit": "ratio" if "/" in formula else parts[0]["unit"],
        "period_type": "instant" if instant else "duration",
        "definition": record.text,
        "formula": formula,
    }
