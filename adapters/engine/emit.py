"""Small pieces of LLVM code that the engine's inner loops are written with.

Vectors have 16 lanes of float32. Addresses and offsets are 64-bit integers, in bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba.core import cgutils

LANES = 16

F32 = ir.FloatType()
I8, I16, I32, I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
V_F32 = ir.VectorType(F32, LANES)
V_I32 = ir.VectorType(I32, LANES)

# bitsandbytes' NF4 table, functional.get_4bit_type("nf4").
NF4_VALUES = (
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
    -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
)  # fmt: skip


def _host_has(feature: str) -> bool:
    return bool(binding.get_host_cpu_features().get(feature, False))


def pointer(builder: Any, address: Any, offset: Any, kind: Any) -> Any:
    """Turn address + offset into a pointer."""
    return builder.inttoptr(builder.add(address, offset), kind.as_pointer())


def load(builder: Any, address: Any, offset: Any, kind: Any, align: int = 1) -> Any:
    """Load a value of an LLVM type from address + offset."""
    return builder.load(pointer(builder, address, offset, kind), align=align)


def store(builder: Any, value: Any, address: Any, offset: Any) -> None:
    """Store a value at address + offset."""
    builder.store(value, pointer(builder, address, offset, value.type), align=4)


def constant(value: int) -> Any:
    """A 64-bit integer."""
    return ir.Constant(I64, value)


def splat(builder: Any, scalar: Any) -> Any:
    """Put one value into all lanes."""
    undefined = ir.Constant(V_F32, ir.Undefined)
    one = builder.insert_element(undefined, scalar, ir.Constant(I32, 0))
    return builder.shuffle_vector(one, undefined, ir.Constant(V_I32, [0] * LANES))


def call(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    """Call an LLVM intrinsic by name."""
    kind = ir.FunctionType(result, [argument.type for argument in arguments])
    function = cgutils.get_or_insert_function(builder.module, kind, name)
    return builder.call(function, arguments)


def fma(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """Return a * b + c, rounded once."""
    return call(builder, "llvm.fma.v16f32", V_F32, [a, b, c])


def nf4(builder: Any, codes: Any) -> Any:
    """Look up 16 codes, <16 x i32>, of which only the low four bits count."""
    table = ir.Constant(V_F32, list(NF4_VALUES))
    if _host_has("avx512f"):
        return call(builder, "llvm.x86.avx512.permvar.sf.512", V_F32, [table, codes])
    low = builder.and_(codes, ir.Constant(V_I32, [15] * LANES))
    if _host_has("avx2"):
        return _nf4_avx2(builder, low)
    found = ir.Constant(V_F32, ir.Undefined)
    for lane in range(LANES):
        place = ir.Constant(I32, lane)
        code = builder.extract_element(low, place)
        found = builder.insert_element(found, builder.extract_element(table, code), place)
    return found


def _nf4_avx2(builder: Any, codes: Any) -> Any:
    half_f, half_i = ir.VectorType(F32, 8), ir.VectorType(I32, 8)
    tables = [ir.Constant(half_f, list(NF4_VALUES[i : i + 8])) for i in (0, 8)]
    undefined = ir.Constant(V_I32, ir.Undefined)
    halves = []
    for start in (0, 8):
        mask = ir.Constant(half_i, list(range(start, start + 8)))
        part = builder.shuffle_vector(codes, undefined, mask)
        low, high = (
            call(builder, "llvm.x86.avx2.permps", half_f, [table, part]) for table in tables
        )
        is_high = builder.icmp_unsigned(">", part, ir.Constant(half_i, [7] * 8))
        halves.append(builder.select(is_high, high, low))
    return builder.shuffle_vector(*halves, ir.Constant(V_I32, list(range(16))))


def widen(builder: Any, halves: Any) -> Any:
    """Turn 16 bfloat16 values, as <16 x i16>, into float32."""
    wide = builder.zext(halves, V_I32)
    return builder.bitcast(builder.shl(wide, ir.Constant(V_I32, [16] * LANES)), V_F32)


def outline(builder: Any, name: str, arguments: list[Any], body: Callable[..., None]) -> None:
    """Call a function of the module, written at its first use: code is compiled once a variant."""
    module = builder.module
    if name not in module.globals:
        kinds = [argument.type for argument in arguments]
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
        function.linkage = "linkonce_odr"
        function.attributes.add("noinline")
        inner = ir.IRBuilder(function.append_basic_block("entry"))
        body(inner, *function.args)
        inner.ret_void()
    builder.call(module.globals[name], arguments)


class Loop:
    """A counted loop whose vectors are carried in registers (phi nodes)."""

    def __init__(self, builder: Any, count: Any, carried: list[Any]) -> None:
        self.builder, self.count = builder, count
        before = builder.block
        self.body = builder.append_basic_block("body")
        self.end = builder.append_basic_block("end")
        builder.branch(self.body)
        builder.position_at_end(self.body)
        self.index = builder.phi(I64)
        self.index.add_incoming(constant(0), before)
        self.values = []
        for value in carried:
            phi = builder.phi(value.type)
            phi.add_incoming(value, before)
            self.values.append(phi)

    def close(self, values: list[Any]) -> list[Any]:
        """End the body, which computed these values for the next turn; it runs at least once."""
        builder, last = self.builder, self.builder.block
        following = builder.add(self.index, constant(1))
        self.index.add_incoming(following, last)
        for phi, value in zip(self.values, values, strict=True):
            phi.add_incoming(value, last)
        again = builder.icmp_signed("<", following, self.count)
        builder.cbranch(again, self.body, self.end)
        builder.position_at_end(self.end)
        return values


def zero() -> Any:
    """A vector of zeros."""
    return ir.Constant(V_F32, [0.0] * LANES)


def sum_lanes(builder: Any, vector: Any) -> Any:
    """Add the 16 lanes pairwise, always in the same order."""
    undefined = ir.Constant(V_F32, ir.Undefined)
    width = LANES
    while width > 1:
        width //= 2
        mask = [(lane + width) % LANES for lane in range(LANES)]
        other = builder.shuffle_vector(vector, undefined, ir.Constant(V_I32, mask))
        vector = builder.fadd(vector, other)
    return builder.extract_element(vector, ir.Constant(I32, 0))


def same(value: float) -> Any:
    """A vector of one constant."""
    return ir.Constant(V_F32, [value] * LANES)


def exp(builder: Any, x: Any) -> Any:
    """Exponential of float32 lanes to about one unit in the last place (Cephes expf)."""
    x = call(builder, "llvm.maxnum.v16f32", V_F32, [x, same(-87.0)])
    x = call(builder, "llvm.minnum.v16f32", V_F32, [x, same(88.0)])
    scaled = builder.fmul(x, same(1.44269504088896341))
    whole = call(builder, "llvm.rint.v16f32", V_F32, [scaled])
    rest = fma(builder, whole, same(-0.693359375), x)
    rest = fma(builder, whole, same(2.12194440e-4), rest)
    value = same(1.9875691500e-4)
    for coefficient in (
        1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
    ):  # fmt: skip
        value = fma(builder, value, rest, same(coefficient))
    value = fma(builder, value, builder.fmul(rest, rest), rest)
    value = builder.fadd(value, same(1.0))
    exponent = builder.add(builder.fptosi(whole, V_I32), ir.Constant(V_I32, [127] * LANES))
    power = builder.bitcast(builder.shl(exponent, ir.Constant(V_I32, [23] * LANES)), V_F32)
    return builder.fmul(value, power)
