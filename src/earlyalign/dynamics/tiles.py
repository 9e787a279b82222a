"""The two passes of a mini-batch method over a tile of neurons, with the tile's weights or gradient in registers.

Weights lie in blocks: all first coordinates of a block's neurons, then all second ones, …, all output weights last. A
tile is TILE consecutive neurons of a block. Pass one adds the tile's outputs and leaves notes; pass two makes the
gradient from notes and residuals, and forms no w·x again. What the notes are is the activation's: `lane_activations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from earlyalign.dynamics.lane_activations import WORD, Gelu, lane_activation
from earlyalign.dynamics.lanes import LANES, PAIR, Lanes, Memory, Slot, index

TILE = PAIR * LANES
"""Neurons a tile."""

COORDINATES = 5
"""Coordinates of the gradient that pass two sums at a time: PAIR times as many sums fit beside the rest into the
sixteen registers of AVX2."""


def notes_size(batch_size: int, activation: str) -> int:
    """Numbers that a tile notes down for a batch."""
    return -(-batch_size // WORD) * lane_activation(activation).notes


@intrinsic(prefer_literal=True)
def forward(typing, weights, start, block, x, batch_size, notes, d, activation, sums):
    """sums (B * LANES,) += the outputs of the tile that begins at `start`, lane by lane; its notes go to `notes`.

    weights ((d + 1) * block,), x (B * d,); d and activation are constants of the machine code.
    """
    given = weights, start, block, x, batch_size, notes, d, activation, sums

    def generate(context, build, signature, values):
        tile = Tile(context, build, signature, values)
        inner = [[tile.weights.load(place) for place in tile.places(j)] for j in range(tile.d)]
        outer = [tile.weights.load(place) for place in tile.places(tile.d)]
        with tile.chunks() as chunk:
            tile.activation.forward(tile, chunk, inner, outer)
        return context.get_dummy_value()

    return types.void(*given), generate


@intrinsic(prefer_literal=True)
def backward(typing, weights, start, block, x, batch_size, notes, d, activation, residual, gradient):
    """gradient ((d + 1) * block,) of the tile: sum of residual * sigma' * x for the inner weights, without their a_i,
    and of residual * sigma for the outer ones. Arguments as in `forward`; residual (B,)."""
    given = weights, start, block, x, batch_size, notes, d, activation, residual, gradient

    def generate(context, build, signature, values):
        tile = Tile(context, build, signature, values)
        _, into = tile.rest
        outer = [Lanes.zero(build)] * PAIR
        for low in range(0, tile.d, COORDINATES):
            group = range(low, min(low + COORDINATES, tile.d))
            with_outer = low == 0 and not tile.activation.homogeneous
            rows = _sums(tile, group, with_outer)
            for j, row in zip(group, rows):
                for u, place in enumerate(tile.places(j)):
                    into.store(place, row[u])
                    if tile.activation.homogeneous:
                        outer[u] = outer[u] + row[u] * tile.weights.load(place)
            if with_outer:
                outer = rows[-1]
        for u, place in enumerate(tile.places(tile.d)):
            into.store(place, outer[u])
        return context.get_dummy_value()

    return types.void(*given), generate


def _sums(tile: Tile, group: range, with_outer: bool) -> list[list[Lanes]]:
    """Sums over the batch for the coordinates of `group`, and for the outer weights after them if asked."""
    build = tile.build
    slots = [[Slot.of(Lanes.zero(build)) for _ in range(PAIR)] for _ in range(len(group) + with_outer)]
    with tile.chunks() as chunk:
        notes = tile.activation(tile, chunk)
        last = build.sub(chunk.count, index(1))
        with cgutils.for_range(build, chunk.count) as loop:
            k = build.sub(last, loop.index)
            sample = build.add(chunk.first, k)
            residual = tile.rest[0].spread(sample)
            pulls = notes.slopes_times(residual, k)
            for row, j in zip(slots, group):
                x = tile.input(sample, j)
                for u in range(PAIR):
                    row[u].add(x * pulls[u])
            if with_outer:
                assert isinstance(notes, Gelu), "the activation that is not homogeneous"
                for slot, more in zip(slots[-1], notes.values_times(residual, k)):
                    slot.add(more)
    return [[slot.get() for slot in row] for row in slots]


@dataclass(frozen=True)
class Chunk:
    """At most WORD consecutive samples of the batch: the first, how many, and where their notes begin."""

    build: ir.IRBuilder
    first: ir.Value
    count: ir.Value
    at: ir.Value

    def note(self, u: int) -> ir.Value:
        """Where the u-th vector of the notes lies."""
        return self.build.add(self.at, index(u * LANES))


class Tile:
    """The arguments of a pass, as values under construction; `rest` are the arrays that the other pass lacks."""

    def __init__(self, context, build: ir.IRBuilder, signature, values) -> None:
        self.build = build
        self.d = signature.args[6].literal_value
        self.activation = lane_activation(signature.args[7].literal_value)
        self.weights, self._inputs, self.notes, *self.rest = (
            Memory(build, context.make_array(kind)(context, build, value).data)
            for kind, value in zip(signature.args, values)
            if isinstance(kind, types.Array)
        )
        self._start, self._block, self._batch = values[1], values[2], values[4]

    def places(self, j: int) -> list[ir.Value]:
        """Where the vectors of coordinate j lie in the block."""
        row = self.build.add(self._start, self.build.mul(self._block, index(j)))
        return [self.build.add(row, index(u * LANES)) for u in range(PAIR)]

    def input(self, sample: ir.Value, j: int) -> Lanes:
        """Coordinate j of a sample, in every lane."""
        at = self.build.add(self.build.mul(sample, index(self.d)), index(j))
        return self._inputs.spread(at)

    def before(self, sample: ir.Value, inner: list[list[Lanes]]) -> list[Lanes]:
        """w.x of a sample, summed up from +0."""
        sums = [Lanes.zero(self.build)] * PAIR
        for j, row in enumerate(inner):
            x = self.input(sample, j)
            sums = [s + x * w for s, w in zip(sums, row)]
        return sums

    def add_output(self, sample: ir.Value, outer: list[Lanes], after: list[Lanes]) -> None:
        """Add the outputs a * sigma to a sample's sum, in the first pass."""
        (sums,) = self.rest
        place = self.build.mul(sample, index(LANES))
        total = sums.load(place)
        for a, value in zip(outer, after):
            total = total + a * value
        sums.store(place, total)

    @contextmanager
    def chunks(self) -> Iterator[Chunk]:
        """A loop over the batch, WORD samples at a time."""
        build, word = self.build, index(WORD)
        number = build.sdiv(build.add(self._batch, index(WORD - 1)), word)
        with cgutils.for_range(build, number) as loop:
            first = build.mul(loop.index, word)
            left = build.sub(self._batch, first)
            count = build.select(build.icmp_signed("<", left, word), left, word)
            yield Chunk(build, first, count, build.mul(loop.index, index(self.activation.notes)))
