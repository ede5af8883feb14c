"""Adapters with random weights, in the folders that PEFT writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

PARTS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def write_adapter(
    folder: Path, model: Any, seed: int, *, rank: int = 16, parts: tuple[str, ...] = PARTS,
    size: float = 0.3, **settings: Any,
) -> Path:  # fmt: skip
    """Write an adapter whose effect is plain to see: it changes what a small model says."""
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, module in model.named_modules():
        if name.rsplit(".", 1)[-1] not in parts:
            continue
        key = f"base_model.model.{name}.lora_"
        shapes = ((rank, module.in_features), (module.out_features, rank))
        for side, shape in zip("AB", shapes, strict=True):
            weight = torch.randn(shape, generator=generator) * size / shape[1] ** 0.5
            tensors[f"{key}{side}.weight"] = weight.to(torch.bfloat16)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 2 * rank,
        "target_modules": list(parts), "bias": "none", "base_model_name_or_path": "base",
        "inference_mode": True, **settings,
    }  # fmt: skip
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder
