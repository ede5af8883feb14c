"""What is wrong with an adapter's folder, in a sentence; what is right with it, in a line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.errors import SetupError
from adapters.lora_weights import WEIGHTS_FILE, load_adapter
from adapters.tasks.catalogue import tasks


@dataclass(frozen=True)
class Inspected:
    """An adapter's folder after a look at everything in it.

    Attributes:
        name: The folder's name.
        folder: The folder.
        problem: Why it cannot be used; empty when it can.
        tasks: Tasks that it serves.
        rank: LoRA's rank; 0 where the weights cannot be read.
        megabytes: Size of the weights' file.
        scores: As the card has them.
    """

    name: str
    folder: Path
    problem: str = ""
    tasks: tuple[str, ...] = ()
    rank: int = 0
    megabytes: float = 0.0
    scores: Mapping[str, Any] = field(default_factory=dict)


def inspect(folder: Path, *, base_name: str, base_hash: str) -> Inspected:
    """Check card, hashes, weights, base and prompts of an adapter's folder."""
    name = folder.name
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
        prompts = dict(card["prompt_hashes"])
        base = (str(card["base_name"]), str(card["base_hash"]))
        files = dict(card.get("files", {}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Inspected(name, folder, f"card.json cannot be read ({error})")
    try:
        rank = load_adapter(folder).rank
        problem = ""
    except SetupError as error:
        rank, problem = 0, str(error)
    path = folder / WEIGHTS_FILE
    return Inspected(
        name,
        folder,
        changed_file(folder, files)
        or problem
        or other_base(base, (base_name, base_hash))
        or other_prompt(prompts),
        tuple(prompts),
        rank,
        path.stat().st_size / 1e6 if path.is_file() else 0.0,
        dict(card.get("scores", {})),
    )


def changed_file(folder: Path, files: Mapping[str, str]) -> str:
    """Name the first file whose content is not what the card says."""
    for name, wanted in files.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if hashlib.sha256(path.read_bytes()).hexdigest() != wanted:
            return f"{name} has other content than its card says"
    return ""


def other_base(trained: tuple[str, str], present: tuple[str, str]) -> str:
    """Name both bases, each (name, hash), where they differ."""
    if trained[1] == present[1]:
        return ""
    return (
        f"it was trained for {trained[0]} ({trained[1][:12]}) and the base model is "
        f"{present[0]} ({present[1][:12]})"
    )


def other_prompt(prompts: Mapping[str, str]) -> str:
    """Name the first task whose prompt is another today, or that is gone."""
    known = tasks()
    for task, wanted in prompts.items():
        if task not in known:
            return f"there is no task {task} any more"
        if known[task].prompt_hash != wanted:
            return f"the prompt of task {task} has changed since; train it anew"
    return ""
