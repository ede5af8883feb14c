from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.errors import SetupError
from adapters.registry import Registry

BASE = {"base_name": "SmolLM2-135M-Instruct", "base_hash": "ab" * 32}


def write_card(folder: Path, name: str, **changes: object) -> None:
    card = {**BASE, "prompt_hashes": {"plan": "cd" * 32}, **changes}
    (folder / name).mkdir()
    (folder / name / "card.json").write_text(json.dumps(card))


def test_no_adapter_means_the_base_serves_the_task() -> None:
    assert Registry.open(**BASE).adapter_for("plan") == "base"


def test_adapter_serves_the_tasks_on_its_card(tmp_path: Path) -> None:
    write_card(tmp_path, "planner")
    registry = Registry.open(**BASE, folder=tmp_path)
    assert (registry.adapter_for("plan"), registry.adapter_for("qa")) == ("planner", "base")


def test_adapter_of_another_base_is_refused_naming_both(tmp_path: Path) -> None:
    write_card(tmp_path, "planner", base_name="Llama-3.1-8B", base_hash="ef" * 32)
    with pytest.raises(SetupError, match=r"Llama-3\.1-8B.*SmolLM2-135M-Instruct"):
        Registry.open(**BASE, folder=tmp_path)


def test_two_adapters_for_one_task_are_refused(tmp_path: Path) -> None:
    write_card(tmp_path, "one")
    write_card(tmp_path, "two")
    with pytest.raises(SetupError, match="one and two both serve task plan"):
        Registry.open(**BASE, folder=tmp_path)


def test_broken_card_is_refused_naming_it(tmp_path: Path) -> None:
    (tmp_path / "planner").mkdir()
    (tmp_path / "planner" / "card.json").write_text("{")
    with pytest.raises(SetupError, match=r"card\.json is not an adapter's card"):
        Registry.open(**BASE, folder=tmp_path)


def test_own_adapter_takes_its_task_over_from_the_shipped_one(tmp_path: Path) -> None:
    for name in ("shipped", "own"):
        (tmp_path / name).mkdir()
        write_card(tmp_path / name, f"{name}-planner")
    registry = Registry.open(**BASE, folder=tmp_path / "shipped", own_folder=tmp_path / "own")
    assert registry.adapter_for("plan") == "own-planner"


def test_changed_weights_are_refused(tmp_path: Path) -> None:
    write_card(tmp_path, "planner", files={"adapter_model.safetensors": "00" * 32})
    (tmp_path / "planner" / "adapter_model.safetensors").write_bytes(b"x")
    with pytest.raises(SetupError, match=r"planner: adapter_model\.safetensors has other content"):
        Registry.open(**BASE, folder=tmp_path)
