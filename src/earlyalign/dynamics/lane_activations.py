"""What an activation does in the two passes over a tile, and what the first pass notes down for the second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from numba.core import cgutils

from earlyalign.dynamics.gelu_lanes import density, tail, value_and_slope
from earlyalign.dynamics.lanes import LANES, PAIR, Bits, Lanes, Memory, Slot, index
from earlyalign.networks.activations import form_of

if TYPE_CHECKING:
    from llvmlite import ir

    from earlyalign.dynamics.tiles import Chunk, Tile

WORD = 32
"""Samples in a chunk: a bit each of a 32-bit word."""


class Relu:
    """max(s, 0), with slope 0 at 0. Its notes are one word a neuron and chunk: on which samples it is active.

    Pass one works on -s, whose sign bit is the activation; s starts from +0, so that a zero neuron is nowhere active.
    """

    homogeneous = True
    """Whether the outer gradient is w times the inner one."""

    notes = PAIR * LANES
    """Numbers noted a tile and chunk."""

    @staticmethod
    def forward(tile: Tile, chunk: Chunk, inner: list[list[Lanes]], outer: list[Lanes]) -> None:
        """Add a chunk's outputs, and note each activation: a word moves down by a bit and takes it at its top."""
        minus, below = [[-w for w in row] for row in inner], [-a for a in outer]
        words = [Slot.of(Lanes.zero(tile.build).bits) for _ in range(PAIR)]
        with cgutils.for_range(tile.build, chunk.count) as loop:
            sample = tile.build.add(chunk.first, loop.index)
            before = tile.before(sample, minus)
            tile.add_output(sample, below, [s.least(0.0) for s in before])
            for word, s in zip(words, before):
                word.put((word.get() >> 1) | (s.bits & Bits.SIGN))
        for u, word in enumerate(words):
            tile.notes.store(chunk.note(u), word.get().floats)

    def __init__(self, tile: Tile, chunk: Chunk) -> None:
        """Open the notes of a chunk, to be read from its last sample back to its first."""
        self._words = [Slot.of(tile.notes.load(chunk.note(u)).bits) for u in range(PAIR)]

    def slopes_times(self, residual: Lanes, sample: ir.Value) -> list[Lanes]:
        """residual * sigma' of the last sample not yet read, whose activation is on top."""
        slopes = [(word.get().spread_sign & residual.bits).floats for word in self._words]
        for word in self._words:
            word.add(word.get())
        return slopes


class Gelu:
    """s Phi(s). Its notes are sigma and sigma' of every sample: 8 bytes a neuron and sample.

    Pass one goes through a chunk three times, with what is between in a scratch: products, the formula vector by vector
    without regard to which sample it is, outputs. All at once is too long for a processor to overlap with what follows.
    """

    homogeneous = False
    notes = WORD * 2 * PAIR * LANES

    @staticmethod
    def forward(tile: Tile, chunk: Chunk, inner: list[list[Lanes]], outer: list[Lanes]) -> None:
        """Add a chunk's outputs, and note sigma and sigma' of each of its samples."""
        build = tile.build
        before = Memory.scratch(build, WORD * PAIR)
        with cgutils.for_range(build, chunk.count) as loop:
            for u, s in enumerate(tile.before(build.add(chunk.first, loop.index), inner)):
                before.store(_place(build, loop.index, u), s)
        with cgutils.for_range(build, build.mul(chunk.count, index(PAIR))) as loop:
            place = build.mul(loop.index, index(LANES))
            s = before.load(place)
            phi = density(s)
            value, slope = value_and_slope(s, phi, tail(s, phi))
            tile.notes.store(build.add(_noted(chunk, _VALUE), place), value)
            tile.notes.store(build.add(_noted(chunk, _SLOPE), place), slope)
        with cgutils.for_range(build, chunk.count) as loop:
            after = [tile.notes.load(_note(chunk, _VALUE, loop.index, u)) for u in range(PAIR)]
            tile.add_output(build.add(chunk.first, loop.index), outer, after)

    def __init__(self, tile: Tile, chunk: Chunk) -> None:
        self._notes, self._chunk = tile.notes, chunk

    def slopes_times(self, residual: Lanes, sample: ir.Value) -> list[Lanes]:
        """residual * sigma' of a sample of the chunk."""
        places = [_note(self._chunk, _SLOPE, sample, u) for u in range(PAIR)]
        return [residual * self._notes.load(place) for place in places]

    def values_times(self, residual: Lanes, sample: ir.Value) -> list[Lanes]:
        """residual * sigma of a sample of the chunk."""
        places = [_note(self._chunk, _VALUE, sample, u) for u in range(PAIR)]
        return [residual * self._notes.load(place) for place in places]


_SLOPE, _VALUE = range(2)


def _place(build: ir.IRBuilder, sample: ir.Value, u: int) -> ir.Value:
    return build.mul(build.add(build.mul(sample, index(PAIR)), index(u)), index(LANES))


def _noted(chunk: Chunk, part: int) -> ir.Value:
    """Where a part of a chunk's notes begins."""
    return chunk.note(part * WORD * PAIR)


def _note(chunk: Chunk, part: int, sample: ir.Value, u: int) -> ir.Value:
    return chunk.build.add(_noted(chunk, part), _place(chunk.build, sample, u))


LANE_ACTIVATIONS: Mapping[str, type[Relu] | type[Gelu]] = {"relu": Relu, "gelu": Gelu}
"""The vector form of every activation of `networks.activations`, by its name there."""


def lane_activation(name: str) -> type[Relu] | type[Gelu]:
    """The vector form of the activation `name`. Raises ValueError for an unknown one."""
    return form_of(name, LANE_ACTIVATIONS)
