"""Attention of a step's rows to their blocks of keys and values, and rotary positions."""

from __future__ import annotations

from typing import Any

import numpy as np

from adapters.engine.lanes import exp_sum, load_float, max_lanes, store_float, store_half
from adapters.engine.products import add_rows, compiled, narrow_rows

# Tokens in a block of the key-value cache; also a vector's lanes.
BLOCK_TOKENS = 16


@compiled
def rotate(x: int, cos: int, sin: int, heads: int, width: int) -> None:
    """Rotary positions, Llama's half-split form (Su et al. 2021), in place."""
    half = width // 2
    for head in range(heads):
        base = x + head * width * 4
        for i in range(half):
            a, b = load_float(base + i * 4), load_float(base + (i + half) * 4)
            c, s = load_float(cos + i * 4), load_float(sin + i * 4)
            store_float(base + i * 4, a * c - b * s)
            store_float(base + (i + half) * 4, b * c + a * s)


@compiled
def keep(k: int, v: int, keys: int, values: int, kv_heads: int, width: int, slot: int) -> None:
    """Write one token's keys and values into its block; keys lie as [heads, width, 16]."""
    for head in range(kv_heads):
        for i in range(width):
            place = (head * width + i) * BLOCK_TOKENS + slot
            store_half(keys + place * 2, load_float(k + (head * width + i) * 4))
            place = (head * BLOCK_TOKENS + slot) * width + i
            store_half(values + place * 2, load_float(v + (head * width + i) * 4))


@compiled
def attend(
    q: int, out: int, keys: int, values: int, table: Any, block_bytes: int, length: int,
    heads: int, kv_heads: int, width: int, scores: int,
) -> None:  # fmt: skip
    """Attend from one token to the `length` tokens of its blocks, itself the last.

    q [heads, width] is overwritten. Blocks are walked in order, so a token's result does not
    depend on how many tokens were computed with it.
    """
    group = heads // kv_heads
    blocks = (length + BLOCK_TOKENS - 1) // BLOCK_TOKENS
    stride = blocks * BLOCK_TOKENS * 4
    head_bytes = width * BLOCK_TOKENS * 2
    factor = np.float32(1.0) / np.sqrt(np.float32(width))
    for i in range(heads * width):
        store_float(q + i * 4, load_float(q + i * 4) * factor)
        store_float(out + i * 4, np.float32(0.0))
    for head in range(kv_heads):
        q_head, out_head = q + head * group * width * 4, out + head * group * width * 4
        for b in range(blocks):
            key = keys + table[b] * block_bytes + head * head_bytes
            narrow_rows(key, q_head, width * 4, scores + b * 64, stride, width, group)
        for i in range(group):
            row = scores + i * stride
            for j in range(length, blocks * BLOCK_TOKENS):
                store_float(row + j * 4, np.float32(-1e30))
            total = exp_sum(row, max_lanes(row, blocks), blocks)
            for j in range(length, blocks * BLOCK_TOKENS):
                store_float(row + j * 4, np.float32(0.0))
            store_float(scores + (group * blocks * BLOCK_TOKENS + i) * 4, total)
        for b in range(blocks):
            value = values + table[b] * block_bytes + head * head_bytes
            add_rows(
                value, width * 2, scores + b * 64, stride, out_head, width * 4, BLOCK_TOKENS,
                width // 16, group,
            )  # fmt: skip
        for i in range(group):
            share = np.float32(1.0) / load_float(scores + (group * blocks * BLOCK_TOKENS + i) * 4)
            for j in range(width):
                place = out_head + (i * width + j) * 4
                store_float(place, load_float(place) * share)
