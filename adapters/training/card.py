"""The card beside an adapter's weights: what it was made of, and how good it is."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from adapters.base_model import BaseModel
from adapters.lora_weights import CONFIG_FILE, WEIGHTS_FILE
from adapters.tasks.spec import TaskSpec
from adapters.training.recipe import Recipe
from adapters.training.rows import TrainingRow

CARD_FILE = "card.json"
LIBRARIES = ("torch", "transformers", "peft", "bitsandbytes")


def rows_hash(rows: Sequence[TrainingRow]) -> str:
    """SHA-256 over the rows' content, whatever file they came in."""
    digest = hashlib.sha256()
    for row in sorted(rows, key=lambda row: row.id):
        digest.update(json.dumps(asdict(row), sort_keys=True).encode())
    return digest.hexdigest()


def data_of(rows: Sequence[TrainingRow]) -> dict[str, Any]:
    """Summarize rows: how many, by origin, and their hash."""
    origins: dict[str, int] = {}
    for row in rows:
        origins[row.origin] = origins.get(row.origin, 0) + 1
    return {"rows": len(rows), "origins": origins, "sha256": rows_hash(rows)}


def make_card(
    base: BaseModel, spec: TaskSpec, recipe: Recipe, data: dict[str, Any]
) -> dict[str, Any]:
    """Return what a card says before anything was trained."""
    return {
        "tasks": [spec.name],
        "prompt_hashes": {spec.name: spec.prompt_hash},
        "base_name": base.name,
        "base_hash": base.base_hash,
        "quantization": base.quantization,
        "data": data,
        "recipe": asdict(recipe),
        "seed": recipe.seed,
        "libraries": {name: importlib.metadata.version(name) for name in LIBRARIES},
    }


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Write the card, with hashes of the weights that lie beside it."""
    files = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in (CONFIG_FILE, WEIGHTS_FILE)
    }
    content = json.dumps({**card, "files": files}, indent=1, ensure_ascii=False)
    (folder / CARD_FILE).write_text(content + "\n", encoding="utf-8")
