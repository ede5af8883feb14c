"""One adapter's weights, read from a PEFT folder and laid out for the engine.

LoRA (Hu et al. 2021) on any of the seven linear layers, plain or activated (aLoRA, Greenewald
et al. 2025: the weights act from the invocation tokens on). What the engine cannot compute
exactly (DoRA, biases, weights of other modules) is refused, by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from adapters.engine.emit import LANES
from adapters.engine.step import PARTS
from adapters.engine.weights import Shape
from adapters.errors import AdapterError, SetupError
from adapters.lora_weights import LoraWeights, load_adapter

MAX_RANK = 256


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
        return lay_out(load_adapter(folder), shape, name)
    except SetupError as error:
        raise AdapterError(name, str(error)) from error


def lay_out(weights: LoraWeights, shape: Shape, name: str) -> Adapter:
    """Lay an adapter out for the engine.

    Raises:
        AdapterError: It is not one of this model.
    """
    table = np.full((shape.layers, len(PARTS), 4), -1, dtype=np.int64)
    left = dict(weights.modules)
    pieces: list[torch.Tensor] = []
    place = 0
    for layer in range(shape.layers):
        for part, module in enumerate(PARTS):
            block = "mlp" if module in ("gate_proj", "up_proj", "down_proj") else "self_attn"
            pair = left.pop(f"model.layers.{layer}.{block}.{module}", None)
            if pair is None:
                continue
            a, b = pair
            if (a.shape[1], b.shape[0]) != shape.part(module) or a.shape[0] > MAX_RANK:
                raise AdapterError(name, f"its {module} is {tuple(b.shape)} {tuple(a.shape)}")
            tiles = -(-a.shape[0] // LANES)
            low = torch.zeros(tiles * LANES, a.shape[1], dtype=torch.bfloat16)
            low[: a.shape[0]] = a
            low = low.view(tiles, LANES, -1).transpose(1, 2).contiguous()
            high = b.to(torch.bfloat16).T.contiguous()
            table[layer, part, :3] = place, place + low.numel(), a.shape[0]
            pieces += [low.reshape(-1), high.reshape(-1)]
            place += low.numel() + high.numel()
    if left or not pieces:
        raise AdapterError(name, f"this model has no place for its {next(iter(left), 'weights')}")
    data = torch.cat(pieces).view(torch.int16).numpy()
    table[..., 3] = data.ctypes.data
    scales = np.full((shape.layers, len(PARTS)), weights.scale, dtype=np.float32)
    return Adapter(name, data, table, scales, weights.invocation)
