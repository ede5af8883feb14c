"""Vector functions of the engine beside matrix products: norms, softmax, gates, conversions.

Each works on `chunks` times 16 float32 values from an address on, and always in the same
order, so that a value does not depend on what else is computed.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from adapters.engine.emit import (
    F32,
    I16,
    I32,
    LANES,
    V_F32,
    V_I32,
    Loop,
    call,
    constant,
    exp,
    fma,
    load,
    pointer,
    same,
    splat,
    store,
    sum_lanes,
    zero,
)

_plain: Any = intrinsic


@_plain
def exp_sum(typing_context: Any, x: Any, highest: Any, chunks: Any) -> Any:
    """Replace x by exp(x - highest), `chunks` times 16 lanes, and return the sum."""
    signature = types.float32(types.int64, types.float32, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, highest, chunks = arguments
        top = splat(builder, highest)
        loop = Loop(builder, chunks, [zero()])
        offset = builder.mul(loop.index, constant(LANES * 4))
        value = exp(builder, builder.fsub(load(builder, x, offset, V_F32, 4), top))
        store(builder, value, x, offset)
        total = loop.close([builder.fadd(loop.values[0], value)])[0]
        return sum_lanes(builder, total)

    return signature, generate


@_plain
def max_lanes(typing_context: Any, x: Any, chunks: Any) -> Any:
    """Return the highest of `chunks` times 16 float32 values."""
    signature = types.float32(types.int64, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, chunks = arguments
        loop = Loop(builder, chunks, [same(-3.0e38)])
        value = load(builder, x, builder.mul(loop.index, constant(LANES * 4)), V_F32, 4)
        top = call(builder, "llvm.maxnum.v16f32", V_F32, [loop.values[0], value])
        vector = loop.close([top])[0]
        undefined = ir.Constant(V_F32, ir.Undefined)
        width = LANES
        while width > 1:
            width //= 2
            mask = [(lane + width) % LANES for lane in range(LANES)]
            other = builder.shuffle_vector(vector, undefined, ir.Constant(V_I32, mask))
            vector = call(builder, "llvm.maxnum.v16f32", V_F32, [vector, other])
        return builder.extract_element(vector, ir.Constant(I32, 0))

    return signature, generate


@_plain
def sum_squares(typing_context: Any, x: Any, chunks: Any) -> Any:
    """Return the sum of squares of `chunks` times 16 float32 values."""
    signature = types.float32(types.int64, types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        x, chunks = arguments
        loop = Loop(builder, chunks, [zero()])
        value = load(builder, x, builder.mul(loop.index, constant(LANES * 4)), V_F32, 4)
        total = loop.close([fma(builder, value, value, loop.values[0])])[0]
        return sum_lanes(builder, total)

    return signature, generate


@_plain
def silu_multiply(typing_context: Any, gate: Any, up: Any, out: Any, chunks: Any) -> Any:
    """Store gate * sigmoid(gate) * up, `chunks` times 16 float32 values."""
    signature = types.void(*[types.int64] * 4)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        gate, up, out, chunks = arguments
        loop = Loop(builder, chunks, [])
        offset = builder.mul(loop.index, constant(LANES * 4))
        value = load(builder, gate, offset, V_F32, 4)
        power = exp(builder, builder.fsub(zero(), value))
        silu = builder.fdiv(value, builder.fadd(power, same(1.0)))
        store(builder, builder.fmul(silu, load(builder, up, offset, V_F32, 4)), out, offset)
        loop.close([])
        return context.get_dummy_value()

    return signature, generate


@_plain
def store_half(typing_context: Any, address: Any, value: Any) -> Any:
    """Store a float32 as bfloat16, rounded to nearest even."""
    signature = types.void(types.int64, types.float32)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, value = arguments
        bits = builder.bitcast(value, I32)
        odd = builder.and_(builder.lshr(bits, ir.Constant(I32, 16)), ir.Constant(I32, 1))
        rounded = builder.add(builder.add(bits, ir.Constant(I32, 0x7FFF)), odd)
        half = builder.trunc(builder.lshr(rounded, ir.Constant(I32, 16)), I16)
        builder.store(half, pointer(builder, address, constant(0), I16), align=2)
        return context.get_dummy_value()

    return signature, generate


@_plain
def load_half(typing_context: Any, address: Any) -> Any:
    """Load a bfloat16 as float32."""
    signature = types.float32(types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        half = load(builder, arguments[0], constant(0), I16, 2)
        bits = builder.shl(builder.zext(half, I32), ir.Constant(I32, 16))
        return builder.bitcast(bits, F32)

    return signature, generate


@_plain
def load_float(typing_context: Any, address: Any) -> Any:
    """Load a float32."""
    signature = types.float32(types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return load(builder, arguments[0], constant(0), F32, 4)

    return signature, generate


@_plain
def store_float(typing_context: Any, address: Any, value: Any) -> Any:
    """Store a float32."""
    signature = types.void(types.int64, types.float32)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        store(builder, arguments[1], arguments[0], constant(0))
        return context.get_dummy_value()

    return signature, generate


@_plain
def prefetch(typing_context: Any, address: Any) -> Any:
    """Ask for a cache line, to be in the second-level cache soon."""
    signature = types.void(types.int64)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = pointer(builder, arguments[0], constant(0), ir.IntType(8))
        kind = ir.FunctionType(ir.VoidType(), [place.type, I32, I32, I32])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [place, *(ir.Constant(I32, value) for value in (0, 2, 1))])
        return context.get_dummy_value()

    return signature, generate
