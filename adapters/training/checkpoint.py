"""The state of a training on disk: written whole or not at all, and enough to go on exactly."""

from __future__ import annotations

import os
import pickle
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from adapters.errors import SetupError

STATE_FILE = "state.pt"


@dataclass
class State:
    """Where a training is.

    Attributes:
        identity: Hashes of recipe, rows, prompt and base; another training has others.
        step: Optimizer steps done.
        tokens: Tokens trained on so far.
        seconds: Time spent training so far, all runs together.
        weights: The masters, float32 [count].
        optimizer: AdamW's state: its tensors and its step count.
        best_weights: The masters at the best evaluation, float32 [count].
        best: Value of the best evaluation, larger is better; None before the first.
        misses: Evaluations since then.
        curve: What the evaluations gave, oldest first.
        chance: torch's random state, for dropout.
        stopped: Whether early stopping ended the training.
    """

    identity: dict[str, str]
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    weights: Any = None
    optimizer: dict[str, Any] = field(default_factory=dict)
    best_weights: Any = None
    best: float | None = None
    misses: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    chance: Any = None
    stopped: bool = False


def write_state(folder: Path, state: State) -> None:
    """Replace the checkpoint; a cut at any moment leaves the old one or the new one."""
    import torch

    temporary = folder / f".{STATE_FILE}.{os.getpid()}"
    with temporary.open("wb") as file:
        torch.save(vars(state), file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / STATE_FILE)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def read_state(folder: Path, identity: dict[str, str]) -> State | None:
    """Read the checkpoint of a training that was cut off; None where there is none.

    Raises:
        SetupError: It is of another training, or damaged.
    """
    import torch

    path = folder / STATE_FILE
    for stale in folder.glob(f".{STATE_FILE}.*"):
        stale.unlink(missing_ok=True)
    if not path.is_file():
        return None
    try:
        state = State(**torch.load(path, weights_only=True))
    except (RuntimeError, EOFError, TypeError, pickle.UnpicklingError) as error:
        raise SetupError(f"the checkpoint {path} is damaged; remove it to start anew") from error
    other = [name for name, value in identity.items() if state.identity.get(name) != value]
    if other:
        raise SetupError(
            f"the checkpoint {path} is of a training with another {', '.join(other)}; "
            "remove it, or give another --out"
        )
    return state


def plain(state: State) -> dict[str, Any]:
    """Return a state's figures without tensors, for a person or a log."""
    skipped = ("weights", "optimizer", "best_weights", "chance")
    return {name: value for name, value in asdict(state).items() if name not in skipped}
