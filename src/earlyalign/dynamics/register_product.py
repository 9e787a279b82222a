"""A matrix product held in registers, over arrays whose innermost axis is in vectors of eight floats.

The vectors are written as such, whatever the processor, so that every sum has one order everywhere. A call computes
one tile, a few rows and vectors that stay in registers while the sum runs. Arrays are float32 and contiguous, indices
and strides count floats, and nothing is checked.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 8
"""Floats in a vector."""

_FLOAT, _INT = ir.FloatType(), ir.IntType(64)
_VECTOR = ir.VectorType(_FLOAT, LANES)
_INTEGERS = types.int64[::1]
_FLOATS = types.float32[::1]


def padded(batch: int) -> int:
    """The least multiple of `LANES` that holds `batch` samples."""
    return -(-batch // LANES) * LANES


def aligned(size: int) -> np.ndarray:
    """Zeros (size,), float32, from the start of a cache line on."""
    room = np.zeros(size + 16, np.float32)
    start = -room.ctypes.data % 64 // room.itemsize
    return room[start : start + size]


@intrinsic(prefer_literal=True)
def weighted_sums(typing, out, x, weights, places, taps, at, strides, counts, floor, rows, vectors):
    """A tile of sums over neighbours and channels.

    out[o + r strides[0] + l] = sum over j < counts[0], i < counts[1] of
        weights[w + taps[t + j] strides[3] + r strides[4] + i strides[5]]
        x[v + places[t + j] strides[1] + i strides[2] + l]

    for r < `rows` and lane l of `vectors` vectors, both literal, with (o, v, w, t) = at. A sum below `floor` becomes
    `floor`; one that is not a number stays.
    """
    height, width = rows.literal_value, vectors.literal_value
    signature = types.void(
        _FLOATS, _FLOATS, _FLOATS, _INTEGERS, _INTEGERS,
        types.UniTuple(types.int64, 4), types.UniTuple(types.int64, 6), types.UniTuple(types.int64, 2),
        types.float32, rows, vectors,
    )  # fmt: skip

    def generate(context, builder, signature, args):
        pointers = [_data(context, builder, *pair) for pair in zip(signature.args[:5], args[:5])]
        out, x, weights, places, taps = pointers
        o, v, w, t = cgutils.unpack_tuple(builder, args[5])
        out_row, x_place, x_term, w_tap, w_row, w_term = cgutils.unpack_tuple(builder, args[6])
        neighbours, terms = cgutils.unpack_tuple(builder, args[7])
        sums = _zeros(builder, height * width)
        with cgutils.for_range(builder, neighbours) as tap:
            here = builder.add(t, tap.index)
            x_near = builder.add(v, builder.mul(builder.load(builder.gep(places, [here])), x_place))
            w_near = builder.add(w, builder.mul(builder.load(builder.gep(taps, [here])), w_tap))
            with cgutils.for_range(builder, terms) as term:
                x_here = builder.add(x_near, builder.mul(term.index, x_term))
                w_here = builder.add(w_near, builder.mul(term.index, w_term))
                loaded = [builder.load(_vector(builder, x, x_here, k), align=4) for k in range(width)]
                for r in range(height):
                    weight = _broadcast(builder, builder.load(_row(builder, weights, w_here, w_row, r)))
                    for k in range(width):
                        _add_product(builder, sums[r * width + k], weight, loaded[k])
        least = _broadcast(builder, args[8])
        for r in range(height):
            for k in range(width):
                total = builder.load(sums[r * width + k])
                total = builder.select(builder.fcmp_ordered("<", total, least), least, total)
                start = builder.add(o, builder.mul(out_row, _INT(r)))
                builder.store(total, _vector(builder, out, start, k), align=4)
        return context.get_dummy_value()

    return signature, generate


def _data(context, builder, kind, value):
    return context.make_array(kind)(context, builder, value).data


def _zeros(builder, count):
    return [cgutils.alloca_once_value(builder, ir.Constant(_VECTOR, None)) for _ in range(count)]


def _row(builder, base, start, stride, index):
    return builder.gep(base, [builder.add(start, builder.mul(stride, _INT(index)))])


def _vector(builder, base, start, index):
    place = builder.gep(base, [builder.add(start, _INT(LANES * index))])
    return builder.bitcast(place, _VECTOR.as_pointer())


def _broadcast(builder, value):
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, _INT(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), mask)


def _add_product(builder, place, a, b):
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    multiply_add = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f32")
    builder.store(builder.call(multiply_add, [a, b, builder.load(place)]), place)
