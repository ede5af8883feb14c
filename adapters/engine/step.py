"""One decoding step of a Llama for a few rows, as a single compiled function.

A row is one new token of one sequence; rows may belong to different sequences and use
different adapters. Activations and sums are float32, keys and values bfloat16. A row's
result depends on nothing but its own token, keys, values and adapter (see `tiles`).

Arrays come in whole; inside, everything is an address, since views cost more than the work.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adapters.engine.attention import BLOCK_TOKENS, attend, keep, rotate
from adapters.engine.lanes import load_float, load_half, silu_multiply, store_float, sum_squares
from adapters.engine.products import BFLOAT16, adapt, compiled, linear, look_ahead

# An adapter's parts, in the order of its offset table, and what feeds them.
PARTS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@compiled
def _norm(x: int, weight: int, out: int, width: int, rows: int, epsilon: float) -> None:
    """Root-mean-square norm of each row (Zhang & Sennrich 2019)."""
    for row in range(rows):
        source, target = x + row * width * 4, out + row * width * 4
        mean = sum_squares(source, width // 16) / np.float32(width)
        factor = np.float32(1.0) / np.sqrt(mean + np.float32(epsilon))
        for i in range(width):
            value = load_float(source + i * 4) * factor * load_float(weight + i * 4)
            store_float(target + i * 4, value)


@compiled
def run_step(
    dims: Any, weights: Any, norms: Any, final_norm: Any, cos: Any, sin: Any, embedding: int,
    epsilon: float, keys: Any, values: Any, tokens: Any, positions: Any, blocks: Any, groups: Any,
    tables: Any, scales: Any, x: Any, h: Any, qkv: Any, mixed: Any, gate_up: Any, scores: Any,
    low: Any,
) -> None:  # fmt: skip
    """Compute rows of one new token each; x [rows, hidden] holds the normed states after.

    Args:
        dims: int64: hidden, inner, heads, kv heads, head width, layers, kind of the linear
            weights, kind of the embedding.
        weights: int64 [layers, 4, 2], addresses of the packed qkv, o, gate-up and down
            weights and of their scales.
        norms: float32 [layers, 2, hidden].
        final_norm: float32 [hidden].
        cos: float32 [positions, head width / 2]; sin alike.
        sin: See cos.
        embedding: Address of the [vocabulary, hidden] embedding.
        epsilon: Of the norms.
        keys: Layer addresses, int64 [layers], of blocks [kv heads, width, 16] bfloat16.
        values: Layer addresses, int64 [layers], of blocks [kv heads, 16, width] bfloat16.
        tokens: int64 [rows].
        positions: int64 [rows].
        blocks: int64 [rows, most blocks], each row's blocks in order.
        groups: int64 [groups, 3]: index into tables or -1, first row, row after the last.
        tables: int64 [adapters, layers, 7, 4]: offsets of A and B, rank, address; A -1 for
            none.
        scales: float32 [adapters, layers, 7].
        x: Buffer, as all that follow with 7 rows more than given: [rows, hidden].
        h: [rows, hidden or the attention's width].
        qkv: [rows, attention width + 2 kv widths].
        mixed: [rows, inner or the attention's width].
        gate_up: [rows, 2 inner].
        scores: Of one token's heads: [heads a kv head, longest sequence + 17].
        low: [rows, highest rank, rounded up to 16].
    """
    hidden, inner, heads, kv_heads = dims[0], dims[1], dims[2], dims[3]
    width, layers, kind, half = dims[4], dims[5], dims[6], dims[7] == BFLOAT16
    rows = tokens.shape[0]
    q_width, kv_width = heads * width, kv_heads * width
    qkv_width = q_width + 2 * kv_width
    block_bytes = kv_width * BLOCK_TOKENS * 2
    xa, ha, qa = np.int64(x.ctypes.data), np.int64(h.ctypes.data), np.int64(qkv.ctypes.data)
    ma, ga = np.int64(mixed.ctypes.data), np.int64(gate_up.ctypes.data)
    sa, la = np.int64(scores.ctypes.data), np.int64(low.ctypes.data)
    cos_a, sin_a = np.int64(cos.ctypes.data), np.int64(sin.ctypes.data)
    norm_a = np.int64(norms.ctypes.data)
    ahead = np.empty((groups.shape[0], 2), np.int64)
    for row in range(rows):
        for i in range(hidden):
            if half:
                value = load_half(embedding + (tokens[row] * hidden + i) * 2)
            else:
                value = load_float(embedding + (tokens[row] * hidden + i) * 4)
            store_float(xa + (row * hidden + i) * 4, value)
    for layer in range(layers):
        norm = norm_a + layer * 2 * hidden * 4
        _norm(xa, norm, ha, hidden, rows, epsilon)
        count = look_ahead(0, 2, layer, groups, tables, kv_width, ahead)
        linear(kind, weights[layer, 0, 0], weights[layer, 0, 1], ha, qa, hidden, qkv_width, rows,
               ahead, count)  # fmt: skip
        stride = qkv_width * 4
        adapt(0, layer, groups, tables, scales, ha, hidden, qa, stride, q_width, la)
        k_place = qa + q_width * 4
        adapt(1, layer, groups, tables, scales, ha, hidden, k_place, stride, kv_width, la)
        v_place = qa + (q_width + kv_width) * 4
        adapt(2, layer, groups, tables, scales, ha, hidden, v_place, stride, kv_width, la)
        for row in range(rows):
            at = qa + row * stride
            place = positions[row] * (width // 2) * 4
            rotate(at, cos_a + place, sin_a + place, heads + kv_heads, width)
            block, slot = positions[row] // BLOCK_TOKENS, positions[row] % BLOCK_TOKENS
            start = blocks[row, block] * block_bytes
            k_at = at + q_width * 4
            keep(k_at, k_at + kv_width * 4, keys[layer] + start, values[layer] + start, kv_heads,
                  width, slot)  # fmt: skip
        for row in range(rows):
            attend(
                qa + row * stride, ma + row * q_width * 4, keys[layer], values[layer], blocks[row],
                block_bytes, positions[row] + 1, heads, kv_heads, width, sa,
            )  # fmt: skip
        count = look_ahead(3, 3, layer, groups, tables, hidden, ahead)
        linear(kind, weights[layer, 1, 0], weights[layer, 1, 1], ma, ha, q_width, hidden, rows,
               ahead, count)  # fmt: skip
        adapt(3, layer, groups, tables, scales, ma, q_width, ha, hidden * 4, hidden, la)
        for i in range(rows * hidden):
            store_float(xa + i * 4, load_float(xa + i * 4) + load_float(ha + i * 4))
        _norm(xa, norm + hidden * 4, ha, hidden, rows, epsilon)
        count = look_ahead(4, 5, layer, groups, tables, inner, ahead)
        linear(kind, weights[layer, 2, 0], weights[layer, 2, 1], ha, ga, hidden, 2 * inner, rows,
               ahead, count)  # fmt: skip
        stride = 2 * inner * 4
        adapt(4, layer, groups, tables, scales, ha, hidden, ga, stride, inner, la)
        adapt(5, layer, groups, tables, scales, ha, hidden, ga + inner * 4, stride, inner, la)
        for row in range(rows):
            at = ga + row * stride
            silu_multiply(at, at + inner * 4, ma + row * inner * 4, inner // 16)
        count = look_ahead(6, 6, layer, groups, tables, hidden, ahead)
        linear(kind, weights[layer, 3, 0], weights[layer, 3, 1], ma, ha, inner, hidden, rows,
               ahead, count)  # fmt: skip
        adapt(6, layer, groups, tables, scales, ma, inner, ha, hidden * 4, hidden, la)
        for i in range(rows * hidden):
            store_float(xa + i * 4, load_float(xa + i * 4) + load_float(ha + i * 4))
    _norm(xa, np.int64(final_norm.ctypes.data), xa, hidden, rows, epsilon)
