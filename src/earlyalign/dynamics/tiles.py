"""The two passes of a mini-batch method over a tile of neurons, with the tile's weights or gradient in registers.

Weights lie in blocks: all first coordinates of a block's neurons, then all second ones, …, all output weights last. A
tile is TILE consecutive neurons of a block. Pass one adds the tile's outputs and leaves notes; pass two makes the
gradient from notes and residuals, and forms no w·x again. What the notes are is the activation's: `lane_activations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from earlyalign.dynamics.lane_activations import PAIR, WORD, lane_activation
from earlyalign.dynamics.lanes import LANES, Lanes, Memory, Slot, index

TILE = PAIR * LANES
"""Neurons a tile: a pair of vectors shares every broadcast of an input."""

COORDINATES = 5
"""Coordinates of the gradient that pass two sums at a time: PAIR times as many sums fit beside the rest into the
sixteen registers of AVX2."""


def notes_size(batch_size: int, activation: str) -> int:
    """Numbers that a tile notes down for a batch."""
    return -(-batch_size // WORD) * lane_activation(activation).notes


@intrinsic(prefer_literal=True)
def forward(typing, weights, start, block, x, batch_size, sums, notes, d, activation):
    """sums (B, LANES) += the outputs of the tile that begins at `start`, lane by lane; its notes go to `notes`.

    weights ((d + 1) * block,), x (B * d,); d and activation are constants of the machine code.
    """
    given = weights, start, block, x, batch_size, sums, notes, d, activation

    def generate(context, build, signature, values):
        tile = _Tile(context, build, signature, values)
        inner, outer = [tile.row(0, j) for j in range(tile.d)], tile.row(0, tile.d)
        inner, outer = tile.activation.weights(inner, outer)
        with tile.chunks() as (first, count, at):
            notebook = tile.activation.notebook(build, tile.array(6), at)
            with cgutils.for_range(build, count) as loop:
                sample = build.add(first, loop.index)
                before = [Lanes.zero(build)] * PAIR
                for j in range(tile.d):
                    coordinate = tile.array(3).spread(tile.coordinate(sample, j))
                    before = [before[u] + coordinate * inner[j][u] for u in range(PAIR)]
                after = notebook.write(before, loop.index)
                place = build.mul(sample, index(LANES))
                total = tile.array(5).load(place)
                for u in range(PAIR):
                    total = total + outer[u] * after[u]
                tile.array(5).store(place, total)
            notebook.close()
        return context.get_dummy_value()

    return types.void(*given), generate


@intrinsic(prefer_literal=True)
def backward(typing, weights, start, block, x, batch_size, residual, notes, d, activation, gradient):
    """gradient ((d + 1) * block,) of the tile: sum of residual * sigma' * x for the inner weights, without their a_i,
    and of residual * sigma for the outer ones. Arguments as in `forward`; residual (B,)."""
    given = weights, start, block, x, batch_size, residual, notes, d, activation, gradient

    def generate(context, build, signature, values):
        tile = _Tile(context, build, signature, values)
        outer = [Lanes.zero(build)] * PAIR
        for low in range(0, tile.d, COORDINATES):
            group = range(low, min(low + COORDINATES, tile.d))
            found = _sums(tile, group, with_outer=low == 0 and not tile.activation.homogeneous)
            for k, j in enumerate(group):
                for u in range(PAIR):
                    tile.array(9).store(tile.place(j, u), found[k][u])
                    if tile.activation.homogeneous:
                        outer[u] = outer[u] + found[k][u] * tile.array(0).load(tile.place(j, u))
            if len(found) > len(group):
                outer = found[-1]
        for u in range(PAIR):
            tile.array(9).store(tile.place(tile.d, u), outer[u])
        return context.get_dummy_value()

    return types.void(*given), generate


def _sums(tile: _Tile, group: range, with_outer: bool) -> list[list[Lanes]]:
    """Sums over the batch for the coordinates of `group`, and for the outer weights after them if asked."""
    build = tile.build
    slots = [[Slot.of(Lanes.zero(build)) for _ in range(PAIR)] for _ in range(len(group) + with_outer)]
    with tile.chunks() as (first, count, at):
        notebook = tile.activation.notebook(build, tile.array(6), at)
        notebook.open()
        last = build.sub(count, index(1))
        with cgutils.for_range(build, count) as loop:
            k = build.sub(last, loop.index)
            sample = build.add(first, k)
            pulls, after = notebook.read(tile.array(5).spread(sample), k, with_outer)
            for row, j in zip(slots, group):
                coordinate = tile.array(3).spread(tile.coordinate(sample, j))
                for u in range(PAIR):
                    row[u].add(coordinate * pulls[u])
            if with_outer:
                for u in range(PAIR):
                    slots[-1][u].add(after[u])
    return [[slot.get() for slot in row] for row in slots]


class _Tile:
    """The arguments that both passes share, as values under construction."""

    def __init__(self, context, build: ir.IRBuilder, signature, values) -> None:
        self.build = build
        self.d = signature.args[7].literal_value
        self.activation = lane_activation(signature.args[8].literal_value)
        self._arrays = {
            k: Memory(build, context.make_array(kind)(context, build, value).data)
            for k, (kind, value) in enumerate(zip(signature.args, values))
            if isinstance(kind, types.Array)
        }
        self._start, self._block, self._batch = (values[k] for k in (1, 2, 4))

    def array(self, k: int) -> Memory:
        return self._arrays[k]

    def place(self, j: int, u: int) -> ir.Value:
        """Where vector u of coordinate j lies in the block."""
        row = self.build.add(self._start, self.build.mul(self._block, index(j)))
        return self.build.add(row, index(u * LANES))

    def row(self, k: int, j: int) -> list[Lanes]:
        return [self.array(k).load(self.place(j, u)) for u in range(PAIR)]

    def coordinate(self, sample: ir.Value, j: int) -> ir.Value:
        return self.build.add(self.build.mul(sample, index(self.d)), index(j))

    @contextmanager
    def chunks(self) -> Iterator[tuple[ir.Value, ir.Value, ir.Value]]:
        """A loop over WORD samples at a time: the first of them, how many they are, and where their notes are."""
        build, word = self.build, index(WORD)
        number = build.sdiv(build.add(self._batch, index(WORD - 1)), word)
        with cgutils.for_range(build, number) as loop:
            first = build.mul(loop.index, word)
            left = build.sub(self._batch, first)
            count = build.select(build.icmp_signed("<", left, word), left, word)
            at = build.mul(loop.index, index(self.activation.notes))
            yield first, count, at
