"""One adapter's weights, read from a PEFT folder and laid out for the engine.

LoRA (Hu et al. 2021) on any of the seven linear layers, plain, rank-stabilised, or activated
(aLoRA, Greenewald et al. 2025: the weights act from the invocation tokens on). What the
engine cannot compute exactly (DoRA, biases, other saved modules) is refused, by name.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from adapters.engine.emit import LANES
from adapters.engine.step import PARTS
from adapters.engine.weights import Shape
from adapters.errors import AdapterError

CONFIG, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
MAX_RANK = 256
_REFUSED = ("use_dora", "modules_to_save", "layer_replication", "target_parameters",
            "trainable_token_indices", "lora_bias", "use_qalora")  # fmt: skip


@dataclass(frozen=True)
class Adapter:
    """An adapter in memory.

    Attributes:
        name: How it was asked for.
        data: All A and B, bfloat16 as int16, flat: A as [ranks / 16, inputs, 16] with the
            last rank tile padded by zeros, B as [rank, outputs].
        table: int64 [layers, 7, 4]: offsets of A and B in elements (-1 for none), rank,
            address of `data`.
        scales: float32 [layers, 7].
        invocation: Tokens from which an activated adapter acts; empty for a plain one.
    """

    name: str
    data: np.ndarray
    table: np.ndarray
    scales: np.ndarray
    invocation: tuple[int, ...] = ()

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return self.data.nbytes + self.table.nbytes + self.scales.nbytes

    def tensors(self, layer: int, part: int, shape: Shape) -> tuple[Any, Any, float] | None:
        """Return A [inputs, padded rank], B [rank, outputs] and scale, or None without one."""
        a, b, rank, _ = self.table[layer, part]
        if a < 0:
            return None
        inputs, outputs = shape.part(PARTS[part])
        flat = torch.from_numpy(self.data).view(torch.bfloat16)
        tiles = -(-int(rank) // LANES)
        low = flat[a : a + tiles * inputs * LANES].view(tiles, inputs, LANES)
        high = flat[b : b + rank * outputs].view(int(rank), outputs)
        return low, high, float(self.scales[layer, part])


def load(folder: Path, shape: Shape, name: str = "") -> Adapter:
    """Read and check an adapter folder as PEFT writes it.

    Raises:
        AdapterError: A file is missing, damaged, or asks for what the engine cannot compute.
    """
    name = name or folder.name
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        tensors = _read_tensors(folder / WEIGHTS)
    except (OSError, ValueError) as error:
        raise AdapterError(name, f"{folder} cannot be read ({error})") from error
    for setting in _REFUSED:
        if config.get(setting):
            raise AdapterError(name, f"it uses {setting}, which the engine does not compute")
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none":
        raise AdapterError(name, "it is not a LoRA without biases")
    return _lay_out(name, config, tensors, shape)


def _read_tensors(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            return {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ValueError(f"{path.name}: {error}") from error


def _lay_out(
    name: str, config: dict[str, Any], tensors: dict[str, torch.Tensor], shape: Shape
) -> Adapter:
    table = np.full((shape.layers, len(PARTS), 4), -1, dtype=np.int64)
    scales = np.zeros((shape.layers, len(PARTS)), dtype=np.float32)
    pieces: list[torch.Tensor] = []
    place, used = 0, set[str]()
    for layer in range(shape.layers):
        for part, module in enumerate(PARTS):
            block = "mlp" if module in ("gate_proj", "up_proj", "down_proj") else "self_attn"
            where = f"layers.{layer}.{block}.{module}"
            keys = [f"base_model.model.model.{where}.lora_{side}.weight" for side in "AB"]
            if not any(key in tensors for key in keys):
                continue
            a, b = _checked(name, tensors, keys, shape.part(module))
            used.update(keys)
            rank = a.shape[0]
            tiles = -(-rank // LANES)
            low = torch.zeros(tiles * LANES, a.shape[1], dtype=torch.bfloat16)
            low[:rank] = a
            low = low.view(tiles, LANES, -1).transpose(1, 2).contiguous()
            high = b.to(torch.bfloat16).T.contiguous()
            table[layer, part, :3] = place, place + low.numel(), rank
            scales[layer, part] = _scale(config, where, rank)
            pieces += [low.reshape(-1), high.reshape(-1)]
            place += low.numel() + high.numel()
    if unknown := sorted(set(tensors) - used):
        raise AdapterError(name, f"this model has no place for its weights {unknown[0]}")
    if not pieces:
        raise AdapterError(name, "it holds no weights")
    data = torch.cat(pieces).view(torch.int16).numpy()
    table[..., 3] = data.ctypes.data
    return Adapter(name, data, table, scales, tuple(config.get("alora_invocation_tokens") or ()))


def _checked(
    name: str, tensors: dict[str, torch.Tensor], keys: list[str], sizes: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor]:
    if missing := [key for key in keys if key not in tensors]:
        raise AdapterError(name, f"{missing[0]} is missing")
    a, b = (tensors[key] for key in keys)
    if a.ndim != 2 or b.ndim != 2 or (a.shape[1], b.shape[0]) != sizes or a.shape[0] != b.shape[1]:
        raise AdapterError(
            name, f"{keys[0]} has shapes {tuple(a.shape)} and {tuple(b.shape)}, not of this model"
        )
    if a.shape[0] > MAX_RANK:
        raise AdapterError(name, f"its rank {a.shape[0]} is above {MAX_RANK}")
    if not (torch.isfinite(a).all() and torch.isfinite(b).all()):
        raise AdapterError(name, f"{keys[0]} holds values that are no numbers")
    return a, b


def _scale(config: dict[str, Any], where: str, rank: int) -> float:
    """LoRA's scale: alpha / r, or alpha / sqrt(r) where rank-stabilised (Kalajdzievski 2023)."""
    alpha = config["lora_alpha"]
    for pattern, value in (config.get("alpha_pattern") or {}).items():
        if where == pattern or where.endswith(f".{pattern}"):
            alpha = value
    return float(alpha / (math.sqrt(rank) if config.get("use_rslora") else rank))
