"""Matrix products of a step: base weights, and adapters' low-rank additions to them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from adapters.engine.lanes import load_float, prefetch, store_float
from adapters.engine.tiles import dense_tiles, dot_rows, nf4_tiles

# How a weight is held.
NF4, BFLOAT16, FLOAT32 = 0, 1, 2

compiled: Any = njit(nogil=True, cache=True, error_model="numpy")


@compiled
def look_ahead(
    first: int, last: int, layer: int, groups: Any, tables: Any, n: int, found: Any
) -> int:
    """Find what parts first to last of the groups' adapters weigh: found int64 [groups, 2].

    An adapter's parts of one layer lie behind each other (`lora.lay_out`). Returns how many
    of `found` were set, address and bytes; none where there is one adapter.
    """
    count = 0
    if groups.shape[0] < 2:
        return 0
    for g in range(groups.shape[0]):
        index = groups[g, 0]
        if index < 0:
            continue
        start, end = tables[index, layer, first, 0], tables[index, layer, last, 1]
        if start >= 0 and end >= start:
            found[count, 0] = tables[index, layer, first, 3] + start * 2
            found[count, 1] = (end + tables[index, layer, last, 2] * n - start) * 2
            count += 1
    return count


@compiled
def _fetch(ahead: Any, count: int, done: int, steps: int) -> None:
    """Ask for one of `steps` shares of what the adapters weigh, while the base is computed."""
    for g in range(count):
        lines = ahead[g, 1] // 64
        for line in range(lines * done // steps, lines * (done + 1) // steps):
            prefetch(ahead[g, 0] + line * 64)


@compiled
def linear(
    kind: int, w: int, s: int, x: int, y: int, k: int, n: int, rows: int, ahead: Any, count: int
) -> None:
    """Compute y [rows, n] = x [rows, k] W; both buffers have room for 7 rows more.

    The products of several rows keep the processor busy and the memory idle; that time is
    used to bring in the adapters' weights that come next (`ahead`, see `look_ahead`).
    """
    tiles, stride = n // 16, n * 4
    t = 0
    while t < tiles:
        row = 0
        while row < rows:
            m = min(rows - row, 8)
            xr, yr = x + row * k * 4, y + row * stride + t * 64
            if kind == NF4:
                nf4_tiles(w + t * k * 8, s + t * k, xr, k * 4, yr, stride, k, m)
            elif kind == BFLOAT16:
                dense_tiles(w + t * k * 32, 32, 0, xr, k * 4, yr, stride, k, m, 1, 1, 0, 1)
            else:
                dense_tiles(w + t * k * 64, 64, 0, xr, k * 4, yr, stride, k, m, 1, 0, 0, 1)
            row += m
        step = 4 if kind == NF4 else 1
        if count:
            _fetch(ahead, count, t // step, max(1, tiles // step))
        t += step


@compiled
def add_rows(
    w: int, w_stride: int, x: int, x_stride: int, y: int, y_stride: int, k: int, tiles: int,
    rows: int,
) -> None:  # fmt: skip
    """Y [rows, tiles * 16] += x [rows, k] W, W bfloat16 [k, tiles * 16] of any row stride."""
    row = 0
    while row < rows:
        m = min(rows - row, 4)
        xr, yr = x + row * x_stride, y + row * y_stride
        t = 0
        while t + 4 <= tiles:
            dense_tiles(w + t * 32, w_stride, 32, xr, x_stride, yr + t * 64, y_stride, k, m,
                        4, 1, 1, 1)  # fmt: skip
            t += 4
        while t < tiles:
            dense_tiles(w + t * 32, w_stride, 32, xr, x_stride, yr + t * 64, y_stride, k, m,
                        1, 1, 1, 1)  # fmt: skip
            t += 1
        row += m


@compiled
def narrow_rows(w: int, x: int, x_stride: int, y: int, y_stride: int, k: int, rows: int) -> None:
    """Y [rows, 16] = x [rows, k] W, W bfloat16 [k, 16], k a multiple of 4."""
    row = 0
    while row < rows:
        m = min(rows - row, 4)
        dense_tiles(w, 32, 0, x + row * x_stride, x_stride, y + row * y_stride, y_stride, k, m,
                    1, 1, 0, 4)  # fmt: skip
        row += m


@compiled
def _add_adapter(
    data: int, offset_a: int, offset_b: int, rank: int, scale: float, x: int, k: int, y: int,
    y_stride: int, n: int, rows: int, low: int,
) -> None:  # fmt: skip
    """Compute y [rows, n] += scale * (x A^T) B^T for one part of one adapter.

    A lies as [ranks / 16, k, 16], B as [rank, n], both bfloat16, `offset_*` in elements.
    """
    padded = (rank + 15) // 16 * 16
    for t in range(padded // 16):
        a = data + (offset_a + t * k * 16) * 2
        narrow_rows(a, x, k * 4, low + t * 64, padded * 4, k, rows)
    for i in range(rows * padded):
        store_float(low + i * 4, load_float(low + i * 4) * np.float32(scale))
    add_rows(data + offset_b * 2, n * 2, low, padded * 4, y, y_stride, rank, n // 16, rows)


@compiled
def adapt(
    part: int, layer: int, groups: Any, tables: Any, scales: Any, x: int, k: int, y: int,
    y_stride: int, n: int, low: int,
) -> None:  # fmt: skip
    """Add a part of every group's adapter. groups: int64 [groups, 3] (table or -1, first, last)."""
    for g in range(groups.shape[0]):
        index, first, last = groups[g, 0], groups[g, 1], groups[g, 2]
        if index >= 0 and tables[index, layer, part, 0] >= 0:
            _add_adapter(
                tables[index, layer, part, 3], tables[index, layer, part, 0],
                tables[index, layer, part, 1], tables[index, layer, part, 2],
                scales[index, layer, part], x + first * k * 4, k, y + first * y_stride, y_stride,
                n, last - first, low,
            )  # fmt: skip


@compiled
def some_logits(w: int, is_half: bool, x: int, ids: Any, out: Any, k: int) -> None:
    """Compute one row's logits of some tokens: out [ids] = x . w[id]."""
    y = np.int64(out.ctypes.data)
    for i in range(ids.shape[0]):
        if is_half:
            dot_rows(w + ids[i] * k * 2, x, 0, y + i * 4, 0, k, 1, 1)
        else:
            dot_rows(w + ids[i] * k * 4, x, 0, y + i * 4, 0, k, 1, 0)


@compiled
def all_logits(w: int, is_half: bool, x: int, out: Any, k: int, rows: int) -> None:
    """Compute all logits of some rows: out [rows, vocabulary]; x and out hold 8 rows."""
    y = np.int64(out.ctypes.data)
    stride = out.shape[1] * 4
    for i in range(out.shape[1]):
        if is_half:
            dot_rows(w + i * k * 2, x, k * 4, y + i * 4, stride, k, rows, 1)
        else:
            dot_rows(w + i * k * 4, x, k * 4, y + i * 4, stride, k, rows, 0)
