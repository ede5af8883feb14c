"""A loaded Llama's weights in the layouts that the engine computes with.

Decoding reads weights in tiles of 16 columns (see `tiles`): NF4 weights stay the 4-bit codes
and float32 block maxima that bitsandbytes made, dense ones keep their type. Prompts are
computed many tokens at a time, where the processor's matrix units want dense weights in
oneDNN's layout; `DenseLayers` holds that copy (2 bytes a weight in bfloat16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from adapters.base_model import BaseModel
from adapters.engine.emit import LANES
from adapters.engine.products import BFLOAT16, FLOAT32, NF4
from adapters.engine.tiles import NF4_BLOCK

_SITES = (
    ("self_attn", ("q_proj", "k_proj", "v_proj")),
    ("self_attn", ("o_proj",)),
    ("mlp", ("gate_proj", "up_proj")),
    ("mlp", ("down_proj",)),
)


@dataclass(frozen=True)
class Shape:
    """Sizes of a Llama, as its configuration has them."""

    hidden: int
    inner: int
    heads: int
    kv_heads: int
    width: int
    layers: int
    vocabulary: int
    epsilon: float

    @classmethod
    def of(cls, config: Any) -> Shape:
        """Read a transformers configuration."""
        heads = config.num_attention_heads
        return cls(
            config.hidden_size, config.intermediate_size, heads, config.num_key_value_heads,
            getattr(config, "head_dim", None) or config.hidden_size // heads,
            config.num_hidden_layers, config.vocab_size, config.rms_norm_eps,
        )  # fmt: skip

    def part(self, name: str) -> tuple[int, int]:
        """Inputs and outputs of a linear layer, by its name in the model."""
        attention, kv = self.heads * self.width, self.kv_heads * self.width
        return {
            "q_proj": (self.hidden, attention),
            "k_proj": (self.hidden, kv),
            "v_proj": (self.hidden, kv),
            "o_proj": (attention, self.hidden),
            "gate_proj": (self.hidden, self.inner),
            "up_proj": (self.hidden, self.inner),
            "down_proj": (self.inner, self.hidden),
        }[name]


def unsupported(base: BaseModel) -> str | None:
    """Say why the engine cannot compute this model, or None where it can."""
    config = base.model.config
    if not base.device.startswith("cpu"):
        return f"it is on {base.device}"
    if config.model_type != "llama":
        return f"its architecture is {config.model_type}"
    if config.hidden_act != "silu" or config.attention_bias or config.mlp_bias:
        return "its layers have biases or another activation"
    shape = Shape.of(config)
    sizes = (shape.hidden, shape.inner, shape.width, shape.kv_heads * shape.width)
    if any(size % LANES for size in sizes):
        return f"its sizes {sizes} are no multiples of {LANES}"
    layer = base.model.model.layers[0].mlp.down_proj
    if _is_nf4(layer) and (shape.hidden % NF4_BLOCK or shape.inner % NF4_BLOCK):
        return "its NF4 blocks run over rows"
    attention = (shape.heads + 2 * shape.kv_heads) * shape.width
    if _is_nf4(layer) and (attention % 64 or 2 * shape.inner % 64 or shape.hidden % 64):
        return "its layers' outputs are no multiples of 64"
    if not _is_nf4(layer) and layer.weight.dtype not in (torch.bfloat16, torch.float32):
        return f"its weights are {layer.weight.dtype}"
    return None


@dataclass(frozen=True)
class DenseLayers:
    """Weights for prompts, per layer the four fused linear layers, in the model's type."""

    linears: list[tuple[Any, ...]]
    is_packed: bool


@dataclass(frozen=True)
class Weights:
    """What one model's computation needs; arrays are kept alive here, addresses point at them.

    Attributes:
        dims: See `step.run_step`.
        table: Addresses, int64 [layers, 4, 2].
        norms: float32 [layers, 2, hidden].
        final_norm: float32 [hidden].
        cos: float32 [positions, width / 2].
        sin: float32 [positions, width / 2].
        embedding: [vocabulary, hidden], bfloat16 or float32.
        head: [vocabulary, hidden], often the embedding itself.
        dense: For prompts.
    """

    shape: Shape
    dims: np.ndarray
    table: np.ndarray
    norms: np.ndarray
    final_norm: np.ndarray
    cos: np.ndarray
    sin: np.ndarray
    embedding: torch.Tensor
    head: torch.Tensor
    dense: DenseLayers
    arrays: list[Any]

    @property
    def dtype(self) -> torch.dtype:
        """Type in which prompts are computed and dense weights are held."""
        return self.embedding.dtype


def pack(base: BaseModel) -> Weights:
    """Lay out a model's weights; takes a few seconds and twice the dense size for a moment.

    Raises:
        ValueError: The model is not one that the engine computes, see `unsupported`.
    """
    if reason := unsupported(base):
        raise ValueError(f"the engine cannot compute {base.name}: {reason}")
    model = base.model.model
    shape = Shape.of(base.model.config)
    arrays: list[Any] = []
    table = np.zeros((shape.layers, len(_SITES), 2), dtype=np.int64)
    linears = []
    kind = NF4 if _is_nf4(model.layers[0].mlp.down_proj) else _kind(model.embed_tokens.weight)
    with torch.inference_mode():
        for index, layer in enumerate(model.layers):
            fused = []
            for site, (block, names) in enumerate(_SITES):
                modules = [getattr(getattr(layer, block), name) for name in names]
                packed, dense = _pack_nf4(modules) if kind == NF4 else _pack_dense(modules)
                arrays.extend(packed)
                table[index, site, : len(packed)] = [array.ctypes.data for array in packed]
                fused.append(_for_prompts(dense.to(model.embed_tokens.weight.dtype)))
            linears.append(tuple(fused))
    embedding = model.embed_tokens.weight.detach().contiguous()
    head = base.model.get_output_embeddings().weight.detach()
    head = embedding if head.data_ptr() == embedding.data_ptr() else head.contiguous()
    cos, sin = _rotary(model, base.context_tokens)
    dims = [shape.hidden, shape.inner, shape.heads, shape.kv_heads, shape.width, shape.layers,
            kind, _kind(embedding)]  # fmt: skip
    norms = [
        [layer.input_layernorm.weight, layer.post_attention_layernorm.weight]
        for layer in model.layers
    ]
    return Weights(
        shape, np.array(dims, dtype=np.int64), table,
        np.stack([np.stack([_floats(norm) for norm in pair]) for pair in norms]),
        _floats(model.norm.weight), cos, sin, embedding, head,
        DenseLayers(linears, _packs(embedding.dtype)), arrays,
    )  # fmt: skip


def _floats(tensor: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().float().numpy())


def _kind(tensor: torch.Tensor) -> int:
    return BFLOAT16 if tensor.dtype == torch.bfloat16 else FLOAT32


def _is_nf4(layer: Any) -> bool:
    state = getattr(layer.weight, "quant_state", None)
    return state is not None and state.quant_type == "nf4" and state.blocksize == NF4_BLOCK


def _rotary(model: Any, positions: int) -> tuple[np.ndarray, np.ndarray]:
    rotary = model.rotary_emb
    angles = torch.outer(torch.arange(positions).float(), rotary.inv_freq.detach().float())
    scale = float(rotary.attention_scaling)
    return (angles.cos() * scale).numpy(), (angles.sin() * scale).numpy()


def _nf4_codes(layer: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return codes uint8 [out, in] and block maxima float32 [out, in / 64]."""
    from bitsandbytes.functional import dequantize_blockwise

    weight, state = layer.weight, layer.weight.quant_state
    outputs, inputs = state.shape
    if getattr(state, "packing_format_for_cpu", False):
        # bitsandbytes re-packs at its first forward pass: pairs of 16 rows, 2 columns a byte.
        packed = weight.data.numpy().reshape(outputs // 32, inputs // 2, 32)
        both = np.concatenate([packed & 15, packed >> 4], axis=2)
        both = both.reshape(outputs // 32, inputs // 2, 32, 2).transpose(0, 2, 1, 3)
        return both.reshape(outputs, inputs), _floats(state.absmax.T.contiguous())
    maxima = state.absmax
    if state.nested:
        maxima = dequantize_blockwise(maxima, state.state2).float() + state.offset
    packed = weight.data.view(torch.uint8).numpy().reshape(-1)
    codes = np.stack([packed >> 4, packed & 15], axis=1).reshape(outputs, inputs)
    return codes, maxima.float().reshape(outputs, inputs // NF4_BLOCK).numpy()


def _pack_nf4(modules: list[Any]) -> tuple[list[np.ndarray], torch.Tensor]:
    from adapters.engine.emit import NF4_VALUES

    parts = [_nf4_codes(module) for module in modules]
    codes, maxima = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    outputs, inputs = codes.shape
    tiles = codes.reshape(outputs // LANES, LANES, inputs).transpose(0, 2, 1)
    packed = np.ascontiguousarray(tiles[:, 0::2] | (tiles[:, 1::2] << 4))
    scales = maxima.reshape(outputs // LANES, LANES, -1).transpose(0, 2, 1)
    values = np.array(NF4_VALUES, dtype=np.float32)[codes]
    values *= np.repeat(maxima, NF4_BLOCK, axis=1)
    return [packed, np.ascontiguousarray(scales, dtype=np.float32)], torch.from_numpy(values)


def _pack_dense(modules: list[Any]) -> tuple[list[np.ndarray], torch.Tensor]:
    weight = torch.cat([module.weight.detach() for module in modules])
    outputs, inputs = weight.shape
    tiles = weight.reshape(outputs // LANES, LANES, inputs).transpose(1, 2).contiguous()
    if weight.dtype == torch.bfloat16:
        tiles = tiles.view(torch.int16)
    return [tiles.numpy()], weight


def _packs(dtype: torch.dtype) -> bool:
    return dtype == torch.bfloat16 and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _for_prompts(weight: torch.Tensor) -> Any:
    if _packs(weight.dtype):
        return torch.ops.mkldnn._reorder_linear_weight(weight, None)
    return weight
