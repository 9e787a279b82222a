"""Two small matrix products held in registers, over arrays whose innermost axis is a batch, in vectors of eight floats.

The vectors are written as such, whatever the processor, so that every sum has one order everywhere. A call computes
one tile, a few rows and columns that stay in registers while the sum runs. Arrays are float32 and contiguous, indices
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

ROWS, VECTORS = 4, 3
"""The largest tile of `weighted_sums`: its twelve sums and what feeds them fill sixteen registers."""

COLUMNS = 2
"""The largest tile of `inner_products` is ROWS by COLUMNS, one vector of results."""

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
        weights[w + r strides[3] + i strides[4] + taps[t + j]] x[places[t + j] strides[1] + i strides[2] + v + l]

    for r < `rows` and lane l of `vectors` vectors, both literal, with (o, v, w, t) = at. A sum below `floor` becomes
    `floor`; one that is not a number stays.
    """
    height, width = rows.literal_value, vectors.literal_value
    signature = types.void(
        _FLOATS, _FLOATS, _FLOATS, _INTEGERS, _INTEGERS,
        types.UniTuple(types.int64, 4), types.UniTuple(types.int64, 5), types.UniTuple(types.int64, 2),
        types.float32, rows, vectors,
    )  # fmt: skip

    def generate(context, builder, signature, args):
        pointers = [_data(context, builder, *pair) for pair in zip(signature.args[:5], args[:5])]
        out, x, weights, places, taps = pointers
        o, v, w, t = cgutils.unpack_tuple(builder, args[5])
        out_row, x_place, x_term, w_row, w_term = cgutils.unpack_tuple(builder, args[6])
        neighbours, terms = cgutils.unpack_tuple(builder, args[7])
        sums = _zeros(builder, height * width)
        with cgutils.for_range(builder, neighbours) as tap:
            here = builder.add(t, tap.index)
            x_tap = builder.add(v, builder.mul(builder.load(builder.gep(places, [here])), x_place))
            w_tap = builder.add(w, builder.load(builder.gep(taps, [here])))
            with cgutils.for_range(builder, terms) as term:
                x_here = builder.add(x_tap, builder.mul(term.index, x_term))
                w_here = builder.add(w_tap, builder.mul(term.index, w_term))
                loaded = [builder.load(_vector(builder, x, x_here, k), align=4) for k in range(width)]
                for r in range(height):
                    weight = _broadcast(builder, builder.load(_row(builder, weights, w_here, w_row, r)))
                    for k in range(width):
                        _add_product(builder, sums[r * width + k], weight, loaded[k])
        least = _broadcast(builder, args[8])
        for r in range(height):
            for k in range(width):
                found = builder.load(sums[r * width + k])
                found = builder.select(builder.fcmp_ordered("<", found, least), least, found)
                start = builder.add(o, builder.mul(out_row, _INT(r)))
                builder.store(found, _vector(builder, out, start, k), align=4)
        return context.get_dummy_value()

    return signature, generate


@intrinsic(prefer_literal=True)
def descend(typing, weights, y, x, y_places, x_places, at, strides, counts, rate, rows, columns):
    """A tile of inner products, taken off what it is the gradient of.

    weights[w + r strides[0] + i strides[1]] -= rate * sum over j < counts[0] and lanes l < counts[1] of
        y[y_places[t + j] strides[2] + r strides[3] + u + l] x[x_places[t + j] strides[4] + i strides[3] + v + l]

    for r < `rows` and i < `columns`, both literal, with (w, u, v, t) = at. counts[1] is a multiple of LANES.
    """
    height, width = rows.literal_value, columns.literal_value
    signature = types.void(
        _FLOATS, _FLOATS, _FLOATS, _INTEGERS, _INTEGERS,
        types.UniTuple(types.int64, 4), types.UniTuple(types.int64, 5), types.UniTuple(types.int64, 2),
        types.float32, rows, columns,
    )  # fmt: skip

    def generate(context, builder, signature, args):
        pointers = [_data(context, builder, *pair) for pair in zip(signature.args[:5], args[:5])]
        weights, y, x, y_places, x_places = pointers
        w, u, v, t = cgutils.unpack_tuple(builder, args[5])
        w_row, w_column, y_place, channel, x_place = cgutils.unpack_tuple(builder, args[6])
        pairs, lanes = cgutils.unpack_tuple(builder, args[7])
        sums = _zeros(builder, height * width)
        with cgutils.for_range(builder, pairs) as pair:
            here = builder.add(t, pair.index)
            y_here = builder.add(u, builder.mul(builder.load(builder.gep(y_places, [here])), y_place))
            x_here = builder.add(v, builder.mul(builder.load(builder.gep(x_places, [here])), x_place))
            with cgutils.for_range(builder, builder.udiv(lanes, _INT(LANES))) as block:
                lane = builder.mul(block.index, _INT(LANES))
                y_lane, x_lane = builder.add(y_here, lane), builder.add(x_here, lane)
                columns = [_load(builder, _row(builder, x, x_lane, channel, i)) for i in range(width)]
                for r in range(height):
                    row = _load(builder, _row(builder, y, y_lane, channel, r))
                    for i in range(width):
                        _add_product(builder, sums[r * width + i], row, columns[i])
        totals = _totals(builder, [builder.load(one) for one in sums])
        for r in range(height):
            for i in range(width):
                place = _row(builder, weights, builder.add(w, builder.mul(w_row, _INT(r))), w_column, i)
                step = builder.fmul(args[8], builder.extract_element(totals, _INT(r * width + i)))
                builder.store(builder.fsub(builder.load(place), step), place)
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


def _load(builder, place):
    return builder.load(builder.bitcast(place, _VECTOR.as_pointer()), align=4)


def _broadcast(builder, value):
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, _INT(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), mask)


def _add_product(builder, place, a, b):
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
    multiply_add = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f32")
    builder.store(builder.call(multiply_add, [a, b, builder.load(place)]), place)


def _totals(builder, vectors):
    """The sums over lanes of up to eight vectors, as one vector: neighbours are added, three times over."""
    zero = ir.Constant(_VECTOR, None)
    left = vectors + [zero] * (LANES - len(vectors))
    even, odd = (
        ir.Constant(ir.VectorType(ir.IntType(32), LANES), [2 * lane + part for lane in range(LANES)])
        for part in (0, 1)
    )
    while len(left) > 1:
        left = [
            builder.fadd(builder.shuffle_vector(a, b, even), builder.shuffle_vector(a, b, odd))
            for a, b in zip(left[::2], left[1::2])
        ]
    return left[0]
