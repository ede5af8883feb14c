from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from adapters.inspection import inspect
from adapters.lora_weights import WEIGHTS_FILE, LoraWeights, save_adapter
from adapters.tasks.plan import PLAN
from adapters.training.card import write_card

BASE = {"base_name": "tiny", "base_hash": "ab" * 32}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    a, b = torch.ones(2, 4), torch.ones(4, 2)
    where = tmp_path / "planner"
    save_adapter(where, LoraWeights(2, 4.0, ("q_proj",), {"q_proj": (a, b)}), base_name="tiny")
    scores = {"held_out": {"exact": 0.5}}
    write_card(where, {**BASE, "prompt_hashes": {"plan": PLAN.prompt_hash}, "scores": scores})
    return where


def change_card(folder: Path, **changes: Any) -> None:
    path = folder / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_sound_adapter_has_no_problem(folder: Path) -> None:
    found = inspect(folder, **BASE)
    assert (found.problem, found.tasks, found.rank) == ("", ("plan",), 2)
    assert found.scores == {"held_out": {"exact": 0.5}}


def test_another_base_is_named_with_this_one(folder: Path) -> None:
    change_card(folder, base_name="Llama-3.1-8B", base_hash="cd" * 32)
    problem = inspect(folder, **BASE).problem
    assert problem == (
        "it was trained for Llama-3.1-8B (cdcdcdcdcdcd) and the base model is tiny (abababababab)"
    )


def test_another_prompt_is_named(folder: Path) -> None:
    change_card(folder, prompt_hashes={"plan": "00"})
    assert "the prompt of task plan has changed" in inspect(folder, **BASE).problem


def test_changed_weights_are_named(folder: Path) -> None:
    data = bytearray((folder / WEIGHTS_FILE).read_bytes())
    data[-1] ^= 1
    (folder / WEIGHTS_FILE).write_bytes(data)
    problem = inspect(folder, **BASE).problem
    assert problem == "adapter_model.safetensors has other content than its card says"


def test_a_broken_card_is_named(folder: Path) -> None:
    (folder / "card.json").write_text("{")
    assert "card.json cannot be read" in inspect(folder, **BASE).problem
