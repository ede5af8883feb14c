"""Prompts, computed many tokens at a time by torch's matrix kernels.

A piece is always computed in the same shape wherever it occurs: at the same place of the same
prompt, alone in its pass. So a prompt gives the same keys and values to the bit, cached or
not, alone or beside others. Rows are padded to a few sizes, since oneDNN keeps a compiled
kernel for each size it meets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from adapters.engine.attention import BLOCK_TOKENS
from adapters.engine.cache import BlockPool
from adapters.engine.lora import Adapter
from adapters.engine.step import PARTS
from adapters.engine.weights import Shape, Weights

_ROW_STEP = 32
_ATTENTION_PARTS = ((0, 1, 2), (3,), (4, 5), (6,))


@dataclass(frozen=True)
class Piece:
    """Tokens to compute together, after `start` tokens that are in the blocks already.

    Attributes:
        sees: Which of the piece's tokens each of them sees, bool [tokens, tokens]; None for
            all before it and itself.
        positions: Place of each token in its text; None for one after the other from `start`.
        is_kept: Whether keys and values are written into the blocks.
    """

    tokens: tuple[int, ...]
    start: int
    blocks: list[int]
    adapter: Adapter | None = None
    sees: torch.Tensor | None = None
    positions: tuple[int, ...] | None = None
    is_kept: bool = True


@dataclass(frozen=True)
class PromptRunner:
    """Computes pieces of prompts into a block pool."""

    weights: Weights
    pool: BlockPool

    def run(self, piece: Piece) -> torch.Tensor:
        """Compute a piece and return its last states after the final norm, float32 [rows, hidden].

        Rows beyond the piece's tokens are padding.
        """
        with torch.inference_mode():
            return self._run(piece)

    def _run(self, piece: Piece) -> torch.Tensor:
        weights, shape = self.weights, self.weights.shape
        count = len(piece.tokens)
        rows = -(-count // _ROW_STEP) * _ROW_STEP
        tokens = torch.zeros(rows, dtype=torch.int64)
        tokens[:count] = torch.tensor(piece.tokens)
        cos, sin = self._angles(piece, rows)
        mask = _mask(piece, rows)
        x = weights.embedding[tokens].float()
        norms = torch.from_numpy(weights.norms)
        place = self._places(piece)
        for layer in range(shape.layers):
            h = _norm(x, norms[layer, 0], shape.epsilon).to(weights.dtype)
            qkv = self._linear(h, layer, 0, piece.adapter)
            mixed = self._attend(qkv, cos, sin, mask, layer, piece, place)
            x += self._linear(mixed, layer, 1, piece.adapter)
            h = _norm(x, norms[layer, 1], shape.epsilon).to(weights.dtype)
            gate_up = self._linear(h, layer, 2, piece.adapter)
            gate, up = gate_up.chunk(2, dim=-1)
            x += self._linear(F.silu(gate) * up, layer, 3, piece.adapter)
        return _norm(x, torch.from_numpy(weights.final_norm), shape.epsilon)

    def _linear(self, x: torch.Tensor, layer: int, site: int, adapter: Adapter | None) -> Any:
        weight = self.weights.dense.linears[layer][site]
        if self.weights.dense.is_packed:
            y = torch.ops.mkldnn._linear_pointwise(x, weight, None, "none", [], "")
        else:
            y = F.linear(x, weight)
        if adapter is not None:
            _adapt(y, x, layer, site, adapter, self.weights.shape)
        return y

    def _angles(self, piece: Piece, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return cos and sin, [rows, 1, width]."""
        count = len(piece.tokens)
        places = piece.positions or range(piece.start, piece.start + count)
        at = torch.zeros(rows, dtype=torch.int64)
        at[:count] = torch.tensor(list(places))
        cos, sin = (torch.from_numpy(table)[at] for table in (self.weights.cos, self.weights.sin))
        return torch.cat([cos, cos], -1)[:, None], torch.cat([sin, sin], -1)[:, None]

    def _places(self, piece: Piece) -> tuple[torch.Tensor, torch.Tensor]:
        at = torch.arange(piece.start, piece.start + len(piece.tokens))
        blocks = torch.tensor(piece.blocks)
        needed = at // BLOCK_TOKENS if piece.is_kept else at[:0]
        return blocks[needed], at % BLOCK_TOKENS

    def _attend(
        self,
        qkv: torch.Tensor,
        cos: torch.Tensor,
        sin: torch.Tensor,
        mask: torch.Tensor,
        layer: int,
        piece: Piece,
        place: tuple[torch.Tensor, torch.Tensor],
    ) -> torch.Tensor:
        shape, rows = self.weights.shape, qkv.shape[0]
        heads = qkv.view(rows, -1, shape.width)
        q, k, v = heads.tensor_split([shape.heads, shape.heads + shape.kv_heads], dim=1)
        q, k = _rotate(q, cos, sin), _rotate(k, cos, sin)
        keys, values = self.pool.keys[layer], self.pool.values[layer]
        if piece.is_kept:
            count = len(piece.tokens)
            keys[place[0], :, :, place[1]] = k[:count].to(keys.dtype)
            values[place[0], :, place[1]] = v[:count].to(values.dtype)
        all_k, all_v = k, v
        if piece.start:
            past_k, past_v = self._past(layer, piece)
            all_k, all_v = torch.cat([past_k, k]), torch.cat([past_v, v])
        mixed = F.scaled_dot_product_attention(
            q.transpose(0, 1)[None], all_k.transpose(0, 1)[None], all_v.transpose(0, 1)[None],
            attn_mask=mask, enable_gqa=True,
        )  # fmt: skip
        return mixed[0].transpose(0, 1).reshape(rows, -1)

    def _past(self, layer: int, piece: Piece) -> tuple[torch.Tensor, torch.Tensor]:
        """Gather what the piece goes on from: [start, kv heads, width] each."""
        shape = self.weights.shape
        blocks = torch.tensor(piece.blocks[: -(-piece.start // BLOCK_TOKENS)])
        keys = self.pool.keys[layer][blocks].permute(0, 3, 1, 2)
        values = self.pool.values[layer][blocks].permute(0, 2, 1, 3)
        size = (-1, shape.kv_heads, shape.width)
        dtype = self.weights.dtype
        return (
            keys.reshape(size)[: piece.start].to(dtype),
            values.reshape(size)[: piece.start].to(dtype),
        )


def _norm(x: torch.Tensor, weight: torch.Tensor, epsilon: float) -> torch.Tensor:
    return F.rms_norm(x, (x.shape[-1],), weight, epsilon)


def _rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    wide = x.float()
    a, b = wide.chunk(2, dim=-1)
    return (wide * cos + torch.cat([-b, a], dim=-1) * sin).to(x.dtype)


def _mask(piece: Piece, rows: int) -> torch.Tensor:
    """Say what each row sees, bool [rows, start + rows]; padding rows see themselves."""
    count = len(piece.tokens)
    sees = torch.eye(rows, dtype=torch.bool)
    if piece.sees is None:
        sees = sees.tril() | torch.ones(rows, rows, dtype=torch.bool).tril()
    else:
        sees[:count, :count] = piece.sees
    return torch.cat([torch.ones(rows, piece.start, dtype=torch.bool), sees], dim=1)


def _adapt(
    y: torch.Tensor, x: torch.Tensor, layer: int, site: int, adapter: Adapter, shape: Shape
) -> None:
    """Add an adapter's parts of one fused layer to y, in place."""
    column = 0
    for part in _ATTENTION_PARTS[site]:
        found = adapter.tensors(layer, part, shape)
        if found is None:
            column += shape.part(PARTS[part])[1]
            continue
        low, high, scale = found
        rank, outputs = high.shape
        mixed = torch.cat([x @ tile.to(x.dtype) for tile in low], dim=-1)[:, :rank]
        y[:, column : column + outputs] += (mixed * scale) @ high.to(x.dtype)
        column += outputs
