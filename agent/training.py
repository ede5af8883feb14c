"""`footnote train`: rows, base model and recipe brought together."""

from __future__ import annotations

from pathlib import Path

from adapters import base_model
from adapters.tasks.catalogue import task_named
from adapters.training.contamination import refusals_of, refuse, shipped_refusals
from adapters.training.recipe import load_recipe, shipped_recipe
from adapters.training.rows import read_rows
from agent.config import Settings
from agent.errors import SetupError


def train_adapter(
    settings: Settings,
    task: str,
    *,
    recipe: Path | None = None,
    data: Path | None = None,
    out: Path | None = None,
    refuse_texts: Path | None = None,
) -> None:
    """Train a task's adapter and print where it is and how good.

    Args:
        settings: Where the model is, and the home.
        task: The task.
        recipe: A recipe's file; the task's shipped one without it.
        data: Rows; `training/<task>.jsonl` of the home without it.
        out: The adapter's folder; `adapters/<task>` of the home without it.
        refuse_texts: A file of questions that no row may hold, beside the shipped ones.

    Raises:
        SetupError: The rows, the recipe, the base or the folder cannot be used.
    """
    from adapters.training.run import train

    chosen = load_recipe(recipe or shipped_recipe(task))
    if chosen.task != task:
        raise SetupError(f"The recipe is for task {chosen.task!r}, not {task!r}; name its own.")
    refusals = shipped_refusals()
    if refuse_texts is not None:
        refusals |= refusals_of(refuse_texts)
    source = data or settings.home / "training" / f"{task}.jsonl"
    rows = list(refuse(read_rows(source, task=task), refusals))
    folder = out or settings.home / "adapters" / task
    prepared = base_model.prepare(settings.model_name, settings.cache, progress=print)
    base = base_model.load(prepared, settings.quantization, device=settings.device)
    card = train(base, task_named(task), chosen, rows, folder)
    held_out = card["scores"].get("held_out", {})
    print(f"{folder}: {', '.join(f'{name} {value}' for name, value in held_out.items())}")
