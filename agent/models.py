"""`footnote adapters` and `footnote model plan`: what is there, and what would fit."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from adapters import conversion
from adapters.inspection import Inspected, inspect
from adapters.memory_plan import Use, read_shape, serving_bytes, training_bytes
from adapters.model_folder import base_hash, base_name
from adapters.registry import SHIPPED_WEIGHTS
from agent.config import Settings


def show_adapters(settings: Settings, *, as_json: bool) -> bool:
    """Print the shipped adapters and the user's; return whether all can be used."""
    folder = conversion.prepare(settings.model_name, settings.cache, progress=print)
    name, digest = base_name(folder), base_hash(folder)
    found = [
        (whose, inspect(card.parent, base_name=name, base_hash=digest))
        for whose, where in (("shipped", SHIPPED_WEIGHTS), ("yours", settings.home / "adapters"))
        for card in sorted(where.glob("*/card.json"))
    ]
    if as_json:
        rows = [{**asdict(adapter), "whose": whose} for whose, adapter in found]
        print(json.dumps({"base": name, "base_hash": digest, "adapters": rows}, default=str))
    elif found:
        Console().print(_table(name, found))
    else:
        print(f"No adapters; {name} serves every task. Train one with `footnote train`.")
    return not any(adapter.problem for _, adapter in found)


def show_plan(settings: Settings, source: str, use: Use, *, as_json: bool) -> None:
    """Print what a model would take to serve and to train on, in bytes or gigabytes."""
    folder = None
    if source == "embedded":
        folder = conversion.prepare(source, settings.cache, progress=print)
    shape = read_shape(source, folder)
    plans: dict[str, dict[str, int]] = {}
    for quantization in ("nf4", "none"):
        chosen = Use(**{**asdict(use), "quantization": quantization})
        plans[f"serve, {quantization}"] = serving_bytes(shape, chosen)
        plans[f"train, {quantization}, peft"] = training_bytes(shape, chosen, direct=False)
        plans[f"train, {quantization}, direct"] = training_bytes(shape, chosen, direct=True)
    if as_json:
        print(json.dumps({"shape": asdict(shape), "use": asdict(use), "bytes": plans}))
        return
    table = Table(title=f"{source}: gigabytes, without the libraries (about 0.5)")
    for heading in ("", "weights", "adapters", "cache", "activations", "total"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, parts in plans.items():
        cells = [parts.get(part, 0) for part in ("weights", "adapters", "cache", "activations")]
        table.add_row(name, *(f"{cell / 1e9:.2f}" for cell in [*cells, sum(cells)]))
    Console().print(table)


def _table(base: str, found: list[tuple[str, Inspected]]) -> Table:
    table = Table(title=f"Adapters of {base}")
    for heading in ("adapter", "whose", "tasks", "rank", "MB", "scores", "state"):
        table.add_column(heading)
    for whose, adapter in found:
        table.add_row(
            adapter.name,
            whose,
            ", ".join(adapter.tasks),
            str(adapter.rank or ""),
            f"{adapter.megabytes:.1f}",
            _scores(adapter.scores),
            adapter.problem or "ready",
        )
    return table


def _scores(scores: Any) -> str:
    """Write a card's scores: set, measure, value."""
    parts = []
    for name, values in scores.items():
        written = ", ".join(f"{measure} {value}" for measure, value in dict(values).items())
        parts.append(f"{name}: {written}")
    return "; ".join(parts)
