"""How fast the two training engines are, side by side: `footnote bench training`.

Both train the same made batches of the embedded base in one process, in turns, on one
thread; CPU time is compared, so a machine with other work gives a fair ratio, too.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from pathlib import Path
from typing import Any

import torch

from adapters import base_model
from adapters.training.batches import make_batch
from adapters.training.direct import DirectEngine
from adapters.training.examples import Example
from adapters.training.parameters import start_parameters
from adapters.training.recipe import Recipe
from adapters.training.with_peft import PeftEngine

ROW_TOKENS, LABELS, PASS_TOKENS = 192, 12, 1920


def print_training_bench(cache: Path, rounds: int) -> None:
    """Print tokens a CPU second of both engines, on one thread, as JSON."""
    torch.set_num_threads(1)
    print(json.dumps(measure(cache, rounds), indent=1))


def measure(cache: Path, rounds: int) -> dict[str, Any]:
    """Train `rounds` passes with each engine; return medians of tokens a CPU second."""
    folder = base_model.prepare("embedded", cache)
    chance = random.Random(1)
    recipe = Recipe("bench", pass_tokens=PASS_TOKENS)
    engines = {}
    for name, engine in (("direct", DirectEngine), ("peft", PeftEngine)):
        base = base_model.load(folder, "nf4", device="cpu")
        engines[name] = engine(base.model, start_parameters(base.model, recipe))
    speeds: dict[str, list[float]] = {name: [] for name in engines}
    for turn in range(rounds + 1):
        rows = [
            Example(str(n), "made", tuple(chance.choices(range(40_000), k=ROW_TOKENS)),
                    ROW_TOKENS - LABELS)
            for n in range(PASS_TOKENS // ROW_TOKENS)
        ]  # fmt: skip
        batch = make_batch(rows, 0, 32)
        for name, ready in engines.items():
            begun = time.process_time()
            ready.train(batch, 1 / len(batch.labels))
            if turn:  # the first pass warms up
                speeds[name].append(batch.token_count / (time.process_time() - begun))
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    return {
        "tokens_per_cpu_second": {name: round(value) for name, value in medians.items()},
        "all": {name: [round(value) for value in values] for name, values in speeds.items()},
        "ratio": round(medians["direct"] / medians["peft"], 2),
    }
