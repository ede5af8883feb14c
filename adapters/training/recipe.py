"""How an adapter is trained: one TOML file a task, every setting with its meaning here."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from adapters.errors import SetupError

RECIPES = Path(__file__).parent / "recipes"
ALL_LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
Engine = Literal["auto", "direct", "peft"]
Watch = Literal["loss", "exact"]


@dataclass(frozen=True)
class Recipe:
    """The settings of one training.

    Attributes:
        task: Task that the adapter is for.
        rank: LoRA's rank.
        alpha: LoRA's alpha; the change is scaled by alpha / rank.
        dropout: Share of LoRA's inputs that are dropped; the engine "direct" knows only 0.
        targets: Last parts of the names of the linear layers that are adapted.
        learning_rate: Peak of the schedule.
        warmup: Share of all steps in which the rate rises to its peak.
        final_rate: Share of the peak that the cosine ends at.
        weight_decay: AdamW's, decoupled.
        beta1: AdamW's decay of the mean.
        beta2: AdamW's decay of the squared mean.
        clip_norm: Longest gradient of a step, as a 2-norm.
        epochs: Times that every row is seen.
        step_tokens: Tokens of one optimizer step, gathered over as many passes as needed.
        pass_tokens: Most tokens of one forward and backward pass, padding included.
        bucket_tokens: Lengths are padded to a multiple of this; few shapes, little memory.
        max_tokens: Longer rows are left out, and counted.
        held_out: Share of the groups that is held out, a fraction.
        evaluations: Evaluations on the held-out rows, per epoch.
        evaluation_rows: Most held-out rows that are looked at each time.
        watch: What early stopping goes by: "loss" a token, or the share of completions whose
            every token is the likeliest ("exact").
        patience: Evaluations without a better value before training stops; 0 never stops.
        seed: Of the weights' start, the order of rows and the held-out groups.
        engine: "direct" computes Llama's passes with one matrix product for all adapted
            projections of an input; "peft" runs transformers, bitsandbytes and PEFT as they
            are; "auto" is "direct" on a CPU and "peft" on CUDA.
        checkpointing: Keep only each layer's input and compute the rest again: a third
            slower, a tenth of the memory.
        checkpoint_seconds: Time between checkpoints.
    """

    task: str
    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.0
    targets: tuple[str, ...] = ALL_LINEAR
    learning_rate: float = 5e-4
    warmup: float = 0.05
    final_rate: float = 0.05
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.98
    clip_norm: float = 1.0
    epochs: int = 3
    step_tokens: int = 4096
    pass_tokens: int = 2048
    bucket_tokens: int = 32
    max_tokens: int = 1024
    held_out: float = 0.05
    evaluations: int = 2
    evaluation_rows: int = 200
    watch: Watch = "loss"
    patience: int = 4
    seed: int = 1
    engine: Engine = "auto"
    checkpointing: bool = False
    checkpoint_seconds: float = 180.0

    @property
    def hash(self) -> str:
        """SHA-256 over what changes the weights, 64 hex digits."""
        content = dataclasses.asdict(self)
        del content["checkpoint_seconds"]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def load_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        SetupError: It cannot be read, or a setting has no such name or value.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SetupError(f"the recipe {path} cannot be read ({error}); correct it") from error
    return _checked(content, path)


def shipped_recipe(task: str) -> Path:
    """Return the file of the task's shipped recipe.

    Raises:
        SetupError: None is shipped.
    """
    path = RECIPES / f"{task}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in RECIPES.glob("*.toml")))
        raise SetupError(
            f"no recipe is shipped for task {task!r} (there are {known}); name one with --recipe"
        )
    return path


def _checked(content: dict[str, Any], path: Path) -> Recipe:
    fields = {field.name: field for field in dataclasses.fields(Recipe)}
    values: dict[str, Any] = {}
    for name, value in content.items():
        if name not in fields:
            raise SetupError(f"the recipe {path} has no setting {name!r}: remove it")
        default = fields[name].default
        values[name] = tuple(value) if isinstance(default, tuple) else value
        if isinstance(default, float) and isinstance(value, int):
            values[name] = float(value)
        elif default is not dataclasses.MISSING and type(values[name]) is not type(default):
            raise SetupError(f"the recipe {path} sets {name} to {value!r}: write it as {default!r}")
    if "task" not in values:
        raise SetupError(f"the recipe {path} does not say its task: add task = ...")
    recipe = Recipe(**values)
    for problem in _problems(recipe):
        raise SetupError(f"the recipe {path} cannot be used: {problem}; correct it")
    return recipe


def _problems(recipe: Recipe) -> list[str]:
    """Say what is out of range."""
    found = []
    for name in ("rank", "epochs", "bucket_tokens", "evaluations", "evaluation_rows"):
        if getattr(recipe, name) < 1:
            found.append(f"{name} is below 1")
    for name in ("learning_rate", "alpha", "clip_norm"):
        if getattr(recipe, name) <= 0:
            found.append(f"{name} is not above 0")
    for name in ("dropout", "warmup", "final_rate", "held_out", "beta1", "beta2"):
        if not 0 <= getattr(recipe, name) < 1:
            found.append(f"{name} is not a share from 0 to below 1")
    if recipe.max_tokens > recipe.pass_tokens:
        found.append("max_tokens is above pass_tokens, so that a long row fits no pass")
    if recipe.watch not in get_args(Watch) or recipe.engine not in get_args(Engine):
        found.append(f"watch is {recipe.watch!r} and engine is {recipe.engine!r}")
    if recipe.dropout and recipe.engine == "direct":
        found.append('the engine "direct" has no dropout')
    if not recipe.targets or not set(recipe.targets) <= set(ALL_LINEAR):
        found.append(f"targets are not among {', '.join(ALL_LINEAR)}")
    return found
