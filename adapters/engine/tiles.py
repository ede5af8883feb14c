"""The inner loops of the engine, written as LLVM vector code and compiled by numba.

All of them are "a few rows times a weight tile of 16 columns, summed over k": a column is a
lane of a vector register, so each output is one chain of fused multiply-adds in the order of
k. It takes the same value whatever else is in the batch, which is what makes a request's
reply the same alone and among others. Weights are read once for up to `MAX_ROWS` rows.

NF4 weights stay in 4 bits: the 16 code values of NF4 (Dettmers et al. 2023, "QLoRA") fill
one 512-bit register, and looking codes up in it is one instruction. Products are summed in
float32 within a block of 64, then scaled by the block's float32 maximum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from adapters.engine.emit import (
    F32,
    I8,
    I16,
    LANES,
    V_F32,
    V_I32,
    Loop,
    constant,
    fma,
    load,
    nf4,
    outline,
    splat,
    store,
    sum_lanes,
    widen,
    zero,
)

MAX_ROWS = 8
# Numbers of rows that have code of their own.
ROW_VARIANTS = (1, 2, 3, 4, 6, 8)
NF4_BLOCK = 64

_intrinsic: Any = intrinsic(prefer_literal=True)


def _by_rows(
    builder: Any, rows: Any, variants: tuple[int, ...], write: Callable[[int], None]
) -> None:
    """Call the code for a number of rows; a number without code takes the next higher one."""
    end = builder.append_basic_block("end")
    for variant in variants[:-1]:
        then, other = (builder.append_basic_block(f"{name}{variant}") for name in ("is", "above"))
        builder.cbranch(builder.icmp_signed("<=", rows, constant(variant)), then, other)
        builder.position_at_end(then)
        write(variant)
        builder.branch(end)
        builder.position_at_end(other)
    write(variants[-1])
    builder.branch(end)
    builder.position_at_end(end)


@_intrinsic
def nf4_tiles(
    typing_context: Any, codes: Any, scales: Any, x: Any, x_stride: Any, y: Any, y_stride: Any,
    k: Any, rows: Any,
) -> Any:  # fmt: skip
    """Compute 1 to 8 rows of x times four NF4 tiles; addresses and byte strides.

    codes: [4, k / 2, 16] bytes, low half the even k; scales: float32 [4, k / 64, 16];
    x: float32 [rows, k]; y: float32 [rows, 64], overwritten. x and y have room for rows
    rounded up to one of `ROW_VARIANTS`.
    """
    signature = types.void(*[types.int64] * 8)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *given, k, row_count = arguments
        codes, scales, _, _, y, _ = given

        def one(variant: int) -> None:
            tiles = 4 if variant <= 4 else 2
            for first in range(0, 4, tiles):
                code_offset = builder.mul(k, constant(first * LANES // 2))
                scale_offset = builder.mul(k, constant(first * LANES * 4 // NF4_BLOCK))
                moved = [
                    builder.add(codes, code_offset), builder.add(scales, scale_offset),
                    *given[2:4], builder.add(y, constant(first * LANES * 4)), given[5], k,
                ]  # fmt: skip
                outline(
                    builder, f"footnote_nf4_{variant}", moved,
                    lambda inner, *args: _nf4_tiles(inner, args, variant, tiles),
                )  # fmt: skip

        _by_rows(builder, row_count, ROW_VARIANTS, one)
        return context.get_dummy_value()

    return signature, generate


def _nf4_tiles(builder: Any, arguments: Any, row_count: int, tile_count: int) -> None:
    codes, scales, x, x_stride, y, y_stride, k = arguments
    code_stride = builder.lshr(builder.mul(k, constant(LANES)), constant(1))
    blocks = builder.lshr(k, constant(6))
    scale_stride = builder.mul(blocks, constant(LANES * 4))
    places = [(t, m) for t in range(tile_count) for m in range(row_count)]
    outer = Loop(builder, blocks, [zero() for _ in places])
    block_codes = builder.add(codes, builder.mul(outer.index, constant(NF4_BLOCK // 2 * 16)))
    block_x = builder.add(x, builder.mul(outer.index, constant(NF4_BLOCK * 4)))
    inner = Loop(builder, constant(NF4_BLOCK // 2), [zero() for _ in places])
    sums = dict(zip(places, inner.values, strict=True))
    pair = builder.add(block_x, builder.mul(inner.index, constant(8)))
    xs = [_broadcasts(builder, pair, x_stride, row_count, 4 * half) for half in range(2)]
    for t in range(tile_count):
        offset = builder.add(
            builder.mul(code_stride, constant(t)), builder.mul(inner.index, constant(LANES))
        )
        loaded = load(builder, block_codes, offset, ir.VectorType(I8, LANES))
        low = builder.zext(loaded, V_I32)
        high = builder.lshr(low, ir.Constant(V_I32, [4] * LANES))
        for half, code in enumerate((low, high)):
            weights = nf4(builder, code)
            for m in range(row_count):
                sums[t, m] = fma(builder, weights, xs[half][m], sums[t, m])
    inner.close([sums[place] for place in places])
    totals = []
    for place, total in zip(places, outer.values, strict=True):
        offset = builder.add(
            builder.mul(scale_stride, constant(place[0])),
            builder.mul(outer.index, constant(LANES * 4)),
        )
        scale = load(builder, scales, offset, V_F32, 4)
        totals.append(fma(builder, sums[place], scale, total))
    outer.close(totals)
    _write(builder, places, totals, y, y_stride)


def _broadcasts(builder: Any, x: Any, x_stride: Any, rows: int, offset: int) -> list[Any]:
    """Load one value of each row into all lanes of a vector."""
    return [
        splat(
            builder,
            load(
                builder, x, builder.add(builder.mul(x_stride, constant(m)), constant(offset)),
                F32, 4,
            ),
        )
        for m in range(rows)
    ]  # fmt: skip


def _write(builder: Any, places: list[Any], totals: list[Any], y: Any, y_stride: Any) -> None:
    for (t, m), total in zip(places, totals, strict=True):
        offset = builder.add(builder.mul(y_stride, constant(m)), constant(t * LANES * 4))
        store(builder, total, y, offset)


@_intrinsic
def dense_tiles(
    typing_context: Any, w: Any, w_stride: Any, tile_stride: Any, x: Any, x_stride: Any, y: Any,
    y_stride: Any, k: Any, rows: Any, tiles: Any, half: Any, adds: Any, chains: Any,
) -> Any:  # fmt: skip
    """Compute rows of x times dense tiles, k at least `chains`; addresses and byte strides.

    w: [k, 16] per tile, `w_stride` from k to k, `tile_stride` from tile to tile; bfloat16
    where `half` is 1, else float32. x: float32 [rows, k]. y: float32, overwritten, or added
    to where `adds` is 1. Every sum runs in `chains` sums of each so-many-th k (k a multiple
    of it), which are added at the end. The last four are literals.

    Overwriting with one chain takes 1 to 8 rows, of which x and y have room for those
    rounded up to one of `ROW_VARIANTS`; otherwise 1 to 4 rows.
    """
    variant = [kind.literal_value for kind in (tiles, half, adds, chains)]
    signature = types.void(*[types.int64] * 9, tiles, half, adds, chains)
    counts = (1, 2, 3, 4) if variant[2] or variant[3] > 1 else ROW_VARIANTS

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def one(count: int) -> None:
            name = "footnote_dense_" + "_".join(str(value) for value in (count, *variant))
            outline(
                builder, name, list(arguments[:8]),
                lambda inner, *args: _dense_tiles(inner, args, count, *variant),
            )  # fmt: skip

        _by_rows(builder, arguments[8], counts, one)
        return context.get_dummy_value()

    return signature, generate


def _dense_tiles(
    builder: Any, arguments: Any, rows: int, tiles: int, half: int, adds: int, chains: int
) -> None:
    w, w_stride, tile_stride, x, x_stride, y, y_stride, k = arguments
    places = [(t, m) for t in range(tiles) for m in range(rows)]
    turns = builder.sdiv(k, constant(chains))
    loop = Loop(builder, turns, [zero() for _ in range(chains) for _ in places])
    sums = dict(zip([(c, *p) for c in range(chains) for p in places], loop.values, strict=True))
    first = builder.mul(loop.index, constant(chains))
    for c in range(chains):
        index = builder.add(first, constant(c))
        at = builder.add(x, builder.mul(index, constant(4)))
        xs = _broadcasts(builder, at, x_stride, rows, 0)
        for t in range(tiles):
            offset = builder.add(
                builder.mul(tile_stride, constant(t)), builder.mul(index, w_stride)
            )
            weights = _dense(builder, w, offset, bool(half))
            for m in range(rows):
                sums[c, t, m] = fma(builder, weights, xs[m], sums[c, t, m])
    loop.close(list(sums.values()))
    totals = []
    for t, m in places:
        parts = [sums[c, t, m] for c in range(chains)]
        while len(parts) > 1:
            parts = [builder.fadd(*parts[i : i + 2]) for i in range(0, len(parts), 2)]
        if adds:
            offset = builder.add(builder.mul(y_stride, constant(m)), constant(t * LANES * 4))
            parts[0] = builder.fadd(load(builder, y, offset, V_F32, 4), parts[0])
        totals.append(parts[0])
    _write(builder, places, totals, y, y_stride)


def _dense(builder: Any, w: Any, offset: Any, is_half: bool) -> Any:
    if is_half:
        return widen(builder, load(builder, w, offset, ir.VectorType(I16, LANES), 2))
    return load(builder, w, offset, V_F32, 4)


@_intrinsic
def dot_rows(
    typing_context: Any, w: Any, x: Any, x_stride: Any, y: Any, y_stride: Any, k: Any,
    rows: Any, half: Any,
) -> Any:  # fmt: skip
    """Compute y[m] = x[m] . w for one weight row w [k], k a multiple of 16, k at least 16.

    Used where single weight rows are wanted: the logits of the tokens a grammar allows.
    1 to 8 rows, x and y with room for those rounded up; `half` is a literal.
    """
    is_half = bool(half.literal_value)
    signature = types.void(*[types.int64] * 7, half)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def one(count: int) -> None:
            outline(
                builder, f"footnote_dot_{count}_{int(is_half)}", list(arguments[:6]),
                lambda inner, *args: _dot_rows(inner, args, count, is_half),
            )  # fmt: skip

        _by_rows(builder, arguments[6], (1, 2, 4, 8), one)
        return context.get_dummy_value()

    return signature, generate


def _dot_rows(builder: Any, arguments: Any, rows: int, is_half: bool) -> None:
    w, x, x_stride, y, y_stride, k = arguments
    loop = Loop(builder, builder.lshr(k, constant(4)), [zero() for _ in range(rows)])
    chunk = builder.mul(loop.index, constant(LANES * (2 if is_half else 4)))
    weights = _dense(builder, w, chunk, is_half)
    sums = []
    for m, value in enumerate(loop.values):
        offset = builder.add(
            builder.mul(x_stride, constant(m)), builder.mul(loop.index, constant(LANES * 4))
        )
        sums.append(fma(builder, weights, load(builder, x, offset, V_F32, 4), value))
    for m, value in enumerate(loop.close(sums)):
        store(builder, sum_lanes(builder, value), y, builder.mul(y_stride, constant(m)))
