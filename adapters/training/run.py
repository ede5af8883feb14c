"""From a recipe and rows to an adapter's folder."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from adapters.base_model import BaseModel
from adapters.errors import PromptTooLongError, SetupError
from adapters.lora_weights import WEIGHTS_FILE, save_adapter
from adapters.tasks.spec import TaskSpec
from adapters.training.card import data_of, make_card, write_card
from adapters.training.checkpoint import STATE_FILE, State, read_state
from adapters.training.examples import Example, encode_row, split
from adapters.training.progress import Progress
from adapters.training.recipe import Recipe
from adapters.training.rows import TrainingRow


def train(
    base: BaseModel, spec: TaskSpec, recipe: Recipe, rows: Sequence[TrainingRow], folder: Path
) -> dict[str, Any]:
    """Train an adapter, or go on where a training was cut off; return its card.

    Args:
        base: The loaded base model; it is changed, do not use it afterwards.
        spec: The task.
        recipe: How.
        rows: What to learn.
        folder: Checkpoint, log and the finished adapter; made if missing.

    Raises:
        SetupError: The rows, the recipe or the folder cannot be used.
    """
    from adapters.training.loop import Training
    from adapters.training.parameters import start_parameters

    folder.mkdir(parents=True, exist_ok=True)
    if (folder / WEIGHTS_FILE).exists() and not (folder / STATE_FILE).exists():
        raise SetupError(f"{folder} holds a finished adapter; give another --out")
    examples, left_out = encode_rows(base, spec, recipe, rows)
    sides = split(examples, recipe.held_out, recipe.seed)
    if not sides[0] or (recipe.held_out and not sides[1]):
        raise SetupError(
            f"{len(sides[0])} rows are left to train on and {len(sides[1])} are held out; "
            "give more rows or groups, or raise max_tokens in the recipe"
        )
    data = data_of(rows)
    card = make_card(base, spec, recipe, data)
    identity = {
        "recipe": recipe.hash, "rows": data["sha256"], "prompt": spec.prompt_hash,
        "base": base.base_hash,
    }  # fmt: skip
    state = read_state(folder, identity) or State(identity)
    parameters = start_parameters(base.model, recipe, base.device)
    engine = make_engine(base, recipe, parameters)
    training = Training(engine, parameters, sides, folder, state)
    progress = Progress(folder, len(training.steps))
    try:
        training.run(progress)
    finally:
        progress.close()
    if state.best_weights is not None:
        parameters.flat.copy_(state.best_weights)
    save_adapter(folder, parameters.as_weights(), base_name=base.name)
    card["data"].update(trained=len(sides[0]), held_out=len(sides[1]), left_out=left_out)
    card["training"] = {
        "steps": state.step, "tokens": state.tokens, "seconds": round(state.seconds),
        "stopped_early": state.stopped, "curve": state.curve,
        "finished": time.strftime("%Y-%m-%d", time.gmtime()),
    }  # fmt: skip
    card["scores"] = _scores(state)
    write_card(folder, card)
    return card


def encode_rows(
    base: BaseModel, spec: TaskSpec, recipe: Recipe, rows: Sequence[TrainingRow]
) -> tuple[list[Example], int]:
    """Tokenize rows; return those that are short enough, and how many are not."""
    found = []
    for row in rows:
        try:
            example = encode_row(base, spec, row)
        except PromptTooLongError:
            continue
        if len(example.tokens) <= recipe.max_tokens:
            found.append(example)
    return found, len(rows) - len(found)


def make_engine(base: BaseModel, recipe: Recipe, parameters: Any) -> Any:
    """Build the recipe's engine; "auto" is "direct" for a Llama on a CPU, else "peft"."""
    from adapters.training.direct import DirectEngine
    from adapters.training.with_peft import PeftEngine

    name = recipe.engine
    if name == "auto":
        suits = base.device == "cpu" and base.model.config.model_type == "llama"
        name = "direct" if suits and not recipe.dropout else "peft"
    if name == "direct":
        return DirectEngine(base.model, parameters)
    return PeftEngine(base.model, parameters)


def _scores(state: State) -> dict[str, Any]:
    """The held-out figures at the weights that are saved."""
    if not state.curve:
        return {}
    misses = state.misses
    best = state.curve[-1 - misses]
    return {"held_out": {"loss": round(best["loss"], 4), "exact": round(best["exact"], 4)}}
