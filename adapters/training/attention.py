"""Causal attention with grouped queries, forwards by torch's fused kernel, backwards by hand.

The fused kernel's own backward pass on a CPU took five times as long as these five batched
matrix products (docs/experiments.md). Two details keep bfloat16 exact enough: the log of the
softmax's denominator is subtracted inside the product of queries and keys, and the row sums
inside the product of gradient and values, so that nothing large is rounded before it cancels.
Both ride along as two more columns, high and low part.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

_EXTRA = 2


@dataclass(frozen=True)
class Attended:
    """What one call computed.

    Attributes:
        query: [rows, heads, length, size].
        key: [rows, kv heads, seen, size], where seen is the prefix and the length.
        value: As `key`.
        out: As `query`.
        log_total: Log of the softmax's denominators, float32 [rows, heads, length].
    """

    query: torch.Tensor
    key: torch.Tensor
    value: torch.Tensor
    out: torch.Tensor
    log_total: torch.Tensor


def attend(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> Attended:
    """Let each query see the keys up to its own place; keys may begin before the queries."""
    length, seen = query.shape[2], key.shape[2]
    mask = None
    if seen > length:
        visible = torch.ones(length, seen, dtype=torch.bool).tril_(seen - length)
        mask = torch.zeros(length, seen, dtype=query.dtype).masked_fill_(~visible, -math.inf)
    out, log_total = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, 0.0, seen == length, attn_mask=mask
    )
    return Attended(query, key, value, out, log_total)


def attend_backward(
    gradient: torch.Tensor, done: Attended
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the gradients of query, key and value (Dao et al. 2022, appendix B.4)."""
    rows, heads, length, size = done.query.shape
    groups, seen = done.key.shape[1:3]
    scale = 1 / math.sqrt(size)
    # Query heads that share keys stand below one another: no copies of the keys.
    batch, tall = rows * groups, heads // groups * length
    query = _extended(done.query * scale, -done.log_total).view(batch, tall, -1)
    totals = (gradient * done.out).sum(-1, dtype=torch.float32)
    outer = _extended(gradient, -totals).view(batch, tall, -1)
    key = _with_ones(done.key).view(batch, seen, -1)
    value = _with_ones(done.value).view(batch, seen, -1)
    chances = torch.bmm(query, key.transpose(1, 2)).exp_()
    chances.view(-1, length, seen).tril_(seen - length)
    of_value = torch.bmm(chances.transpose(1, 2), outer[..., :size])
    of_scores = torch.bmm(outer, value.transpose(1, 2)).mul_(chances)
    of_query = torch.bmm(of_scores, key[..., :size]).mul_(scale)
    of_key = torch.bmm(of_scores.transpose(1, 2), query[..., :size])
    return (
        of_query.view(rows, heads, length, size),
        of_key.view(rows, groups, seen, size),
        of_value.view(rows, groups, seen, size),
    )


def _extended(x: torch.Tensor, column: torch.Tensor) -> torch.Tensor:
    """Append a float32 column [rows, heads, length] as its high and low part."""
    size = x.shape[-1]
    wide = x.new_empty(*x.shape[:-1], size + _EXTRA)
    wide[..., :size] = x
    wide[..., size] = column
    wide[..., size + 1] = column - wide[..., size]
    return wide


def _with_ones(x: torch.Tensor) -> torch.Tensor:
    """Append the columns that those of `_extended` are multiplied with."""
    size = x.shape[-1]
    wide = x.new_ones(*x.shape[:-1], size + _EXTRA)
    wide[..., :size] = x
    return wide
