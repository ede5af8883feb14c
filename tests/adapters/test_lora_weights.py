from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from adapters.errors import SetupError
from adapters.lora_weights import CONFIG_FILE, WEIGHTS_FILE, LoraWeights, load_adapter, save_adapter

Q = "model.layers.0.self_attn.q_proj"


def weights(rank: int = 2) -> LoraWeights:
    generator = torch.Generator().manual_seed(3)
    a = torch.randn(rank, 32, generator=generator).bfloat16()
    b = torch.randn(32, rank, generator=generator).bfloat16()
    return LoraWeights(rank, 4.0, ("q_proj",), {Q: (a, b)})


def test_an_adapter_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    save_adapter(tmp_path, weights(), base_name="tiny")
    loaded = load_adapter(tmp_path)
    assert (loaded.rank, loaded.scale, loaded.targets) == (2, 2.0, ("q_proj",))
    assert all(map(torch.equal, loaded.modules[Q], weights().modules[Q]))


def test_peft_loads_the_folder_and_changes_the_model_as_much(
    tmp_path: Path, tiny_folder: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    save_adapter(tmp_path, weights(), base_name="tiny")
    model: Any = AutoModelForCausalLM.from_pretrained(tiny_folder, dtype=torch.float32)
    plain = model.model.layers[0].self_attn.q_proj.weight.clone()
    merged = PeftModel.from_pretrained(model, str(tmp_path)).merge_and_unload()
    change = merged.model.layers[0].self_attn.q_proj.weight - plain
    a, b = (tensor.float() for tensor in weights().modules[Q])
    assert torch.allclose(change, 2.0 * b @ a, atol=1e-5)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    save_adapter(tmp_path, weights(), base_name="tiny")
    path = tmp_path / WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(SetupError, match="missing or damaged"):
        load_adapter(tmp_path)


def test_weights_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    broken = weights()
    broken.modules[Q][1][0, 0] = float("nan")
    save_adapter(tmp_path, broken, base_name="tiny")
    with pytest.raises(SetupError, match="not finite"):
        load_adapter(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"r": 4}, "at rank 4"), ({"use_dora": True}, "not plain LoRA"), ({"r": "x"}, "damaged")],
)
def test_a_configuration_that_does_not_fit_is_refused(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    save_adapter(tmp_path, weights(), base_name="tiny")
    path = tmp_path / CONFIG_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(SetupError, match=message):
        load_adapter(tmp_path)
