from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from adapters.base_model import load
from adapters.errors import SetupError
from adapters.lora_weights import WEIGHTS_FILE, load_adapter
from adapters.tasks.spec import TaskSpec, Turn
from adapters.training.batches import make_batch
from adapters.training.direct import DirectEngine
from adapters.training.examples import Example, shared_prefix, split
from adapters.training.parameters import start_parameters
from adapters.training.recipe import ALL_LINEAR, RECIPES, Recipe, load_recipe
from adapters.training.rows import TrainingRow
from adapters.training.run import train
from adapters.training.with_peft import PeftEngine

SPEC = TaskSpec("echo", (Turn("system", "Say the letter again."), Turn("user", "{letter}")))
RECIPE = Recipe(
    "echo", rank=4, alpha=16.0, learning_rate=1e-2, epochs=6, held_out=0.2, patience=0,
    step_tokens=400, pass_tokens=400, max_tokens=300, checkpoint_seconds=0.0,
)  # fmt: skip


def echo_rows() -> list[TrainingRow]:
    letters = [first + second for first in "abcdefgh" for second in "pqrstuvw"]
    return [
        TrainingRow(f"echo-{text}", "echo", "made by this test", text[0], {"letter": text}, text)
        for text in letters
    ]


def made_examples() -> list[Example]:
    chance = random.Random(0)
    found = []
    for index in range(5):
        length = chance.randint(20, 40)
        tokens = (1, 5, 6, 7, 8, 9, *(chance.randint(3, 250) for _ in range(length)))
        found.append(Example(str(index), "g", tokens, 6 + length - chance.randint(3, 9)))
    return found


def gradients_of(engine: Any, folder: Path, recipe: Recipe, prefix: int) -> tuple[Any, Any]:
    """Loss and gradients with weights that are far from their start."""
    model = load(folder, "none", device="cpu").model.float()
    parameters = start_parameters(model, recipe)
    chance = torch.Generator().manual_seed(1)
    parameters.flat.add_(torch.randn(parameters.flat.shape, generator=chance) * 0.1)
    ready = engine(model, parameters)
    ready.refresh()
    score = ready.train(make_batch(made_examples(), prefix, 16), 0.1)
    return score, parameters.gradient


@pytest.mark.parametrize("prefix", [0, 6])
@pytest.mark.parametrize("targets", [ALL_LINEAR, ("q_proj", "v_proj"), ("down_proj",)])
def test_the_written_out_gradients_are_those_of_peft(
    tiny_folder: Path, targets: tuple[str, ...], prefix: int
) -> None:
    recipe = Recipe("echo", rank=4, alpha=8.0, targets=targets)
    score, wanted = gradients_of(PeftEngine, tiny_folder, recipe, 0)
    found_score, found = gradients_of(DirectEngine, tiny_folder, recipe, prefix)
    assert found_score.loss == pytest.approx(score.loss, rel=1e-5)
    assert (found_score.labels, found_score.exact) == (score.labels, score.exact)
    assert wanted.abs().max() > 0.5
    assert torch.allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize("engine", [DirectEngine, PeftEngine])
def test_checkpointing_changes_no_gradient(tiny_folder: Path, engine: Any) -> None:
    plain = gradients_of(engine, tiny_folder, Recipe("echo", rank=4), 0)[1]
    sparing = gradients_of(engine, tiny_folder, Recipe("echo", rank=4, checkpointing=True), 0)[1]
    assert torch.equal(plain, sparing)


@pytest.mark.parametrize("engine", ["direct", "peft"])
def test_training_makes_an_adapter_that_fits_the_rows_better(
    tiny_folder: Path, tmp_path: Path, engine: Any
) -> None:
    recipe = Recipe(**{**vars(RECIPE), "engine": engine})
    card = train(load(tiny_folder, "none", device="cpu"), SPEC, recipe, echo_rows(), tmp_path)
    curve = card["training"]["curve"]
    assert curve[-1]["loss"] < 0.8 * curve[0]["loss"]
    assert card["scores"]["held_out"]["loss"] == round(min(p["loss"] for p in curve), 4)
    assert card["data"]["trained"] + card["data"]["held_out"] == 64
    assert load_adapter(tmp_path).targets == tuple(sorted(ALL_LINEAR))
    events = [json.loads(line)["event"] for line in (tmp_path / "log.jsonl").open()]
    assert (events[0], events[-1], events.count("evaluation")) == ("start", "end", 12)


KILLED = """
import sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from adapters.base_model import load
from test_training import RECIPE, SPEC, echo_rows
from adapters.training.run import train
train(load(Path(sys.argv[1]), "none", device="cpu"), SPEC, RECIPE, echo_rows(), Path(sys.argv[2]))
"""


def test_a_killed_training_goes_on_to_the_same_weights(tiny_folder: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    train(load(tiny_folder, "none", device="cpu"), SPEC, RECIPE, echo_rows(), whole)
    command = [sys.executable, "-c", KILLED, tiny_folder, cut, Path(__file__).parent]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": "."}) as process:
        log = cut / "log.jsonl"
        while not log.exists() or log.read_text().count('"event": "step"') < 6:
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert not (cut / WEIGHTS_FILE).exists()
    train(load(tiny_folder, "none", device="cpu"), SPEC, RECIPE, echo_rows(), cut)
    assert (cut / WEIGHTS_FILE).read_bytes() == (whole / WEIGHTS_FILE).read_bytes()
    starts = [json.loads(line) for line in log.open() if '"start"' in line]
    assert starts[1]["step"] >= 5


def test_a_checkpoint_of_another_recipe_is_refused(tiny_folder: Path, tmp_path: Path) -> None:
    base = load(tiny_folder, "none", device="cpu")
    train(base, SPEC, Recipe(**{**vars(RECIPE), "epochs": 1}), echo_rows(), tmp_path)
    with pytest.raises(SetupError, match="another recipe"):
        train(base, SPEC, RECIPE, echo_rows(), tmp_path)


def test_groups_are_held_out_whole_and_stay_when_rows_are_added() -> None:
    examples = [Example(str(i), f"company {i % 20}", (1, 2, 3), 2) for i in range(200)]
    trained, held_out = split(examples, 0.3, seed=1)
    assert not {e.group for e in trained} & {e.group for e in held_out}
    assert 20 <= len(held_out) <= 100
    more = [Example("new", "company 20", (1, 2, 3), 2), *examples]
    assert [e for e in split(more, 0.3, seed=1)[1] if e.id != "new"] == held_out


def test_the_shared_beginning_leaves_every_prompt_its_last_token() -> None:
    examples = [Example("a", "g", (1, 2, 3, 9), 3), Example("b", "g", (1, 2, 3, 8, 7), 4)]
    assert shared_prefix(examples) == 2


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_recipe_loads(path: Path) -> None:
    assert load_recipe(path).task == path.stem


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rank = 4", "does not say its task"),
        ("task = 'plan'\nrnak = 4", "no setting 'rnak'"),
        ("task = 'plan'\nrank = '4'", "sets rank to '4'"),
        ("task = 'plan'\ntargets = ['head']", "targets are not among"),
        ("task = 'plan'\ndropout = 0.1\nengine = 'direct'", "has no dropout"),
        ("task = 'plan'\nmax_tokens = 9000", "fits no pass"),
        ("task = ", "cannot be read"),
    ],
)
def test_a_recipe_that_cannot_be_used_says_why(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(SetupError, match=message):
        load_recipe(path)
