"""What every mini-batch method shares: neurons in blocks, and the two passes over them, as compiled functions.

Pass one sums the outputs of the batch, block by block; pass two makes the gradient of one block at a time. Both take
a tile of neurons and go through the batch with the tile in registers (`tiles`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from earlyalign.dynamics.counter import uniform_index
from earlyalign.dynamics.lane_activations import lane_activation
from earlyalign.dynamics.lanes import LANES
from earlyalign.dynamics.tiles import TILE, backward, forward, notes_size
from earlyalign.networks.two_layer import TwoLayer

BLOCK = 256
"""Neurons a block at most, unless the caller says otherwise; outputs are summed within blocks first."""


class Buffers(NamedTuple):
    """What a step writes before it moves the weights, float32.

    inputs    (B * d,) of the batch
    residual  (B,) minus the labels, then h(x) - y
    sums      (2, B * LANES) outputs over the neurons, in lanes: of a block, of all
    notes     (tiles, size) what pass one leaves for pass two
    gradient  ((d + 1) * block,) of one block
    """

    inputs: np.ndarray
    residual: np.ndarray
    sums: np.ndarray
    notes: np.ndarray
    gradient: np.ndarray

    @staticmethod
    def of(blocks: np.ndarray, d: int, batch_size: int, activation: str) -> Buffers:
        """Zeros, for weights `blocks` (see `to_blocks`) of inputs in d dimensions."""
        row = blocks.shape[1]
        tiles = len(blocks) * (row // (d + 1) // TILE)
        shapes = (
            (batch_size * d,),
            (batch_size,),
            (2, batch_size * LANES),
            (tiles, notes_size(batch_size, activation)),
            (row,),
        )
        return Buffers(*(np.zeros(shape, np.float32) for shape in shapes))


def block_for(m: int) -> int:
    """Neurons a block for a network of m: whole tiles, in as few blocks as BLOCK allows, with little padding."""
    count = -(-m // BLOCK)
    return -(-m // (count * TILE)) * TILE


def to_blocks(inner: np.ndarray, outer: np.ndarray, block: int, dtype: type = np.float32) -> np.ndarray:
    """Weights (m, d) and (m,) as (blocks, (d + 1) * block). Padding neurons are zero, and stay zero
    because sigma(0) = 0 for every activation of `networks.activations`."""
    m, d = inner.shape
    padded = np.zeros((-(-m // block) * block, d + 1), dtype)
    padded[:m, :d], padded[:m, d] = inner, outer
    return np.ascontiguousarray(padded.reshape(-1, block, d + 1).transpose(0, 2, 1)).reshape(
        -1, (d + 1) * block
    )


def from_blocks(blocks: np.ndarray, m: int, d: int) -> TwoLayer:
    """The inverse of `to_blocks` for m neurons in d dimensions."""
    rows = blocks.reshape(len(blocks), d + 1, -1).transpose(0, 2, 1).reshape(-1, d + 1)
    return TwoLayer(rows[:m, :-1].copy(), rows[:m, -1].copy())


def check(
    inputs: np.ndarray, learning_rate: float, batch_size: int, activation: str, block: int | None
) -> None:
    """Raise ValueError for a batch larger than the sample, a step that is not positive, an unknown activation, or a
    block that is no multiple of TILE."""
    lane_activation(activation)
    if not 1 <= batch_size <= len(inputs):
        raise ValueError(f"batch size {batch_size} must lie in 1..n = 1..{len(inputs)}")
    if learning_rate <= 0:
        raise ValueError(f"learning rate {learning_rate} must be positive")
    if block is not None and (block < TILE or block % TILE):
        raise ValueError(f"block {block} must be a positive multiple of {TILE}")


@njit(inline="always")
def load_batch(buffers, batch_size, inputs, labels, seed, step):
    """Draw the batch of one step with replacement: its inputs, and minus its labels as the residual."""
    d = inputs.shape[1]
    for b in range(batch_size):
        k = uniform_index(seed, step * batch_size + b, len(inputs))
        for j in range(d):
            buffers.inputs[b * d + j] = inputs[k, j]
        buffers.residual[b] = -labels[k]


@njit(inline="always")
def add_outputs(blocks, buffers, batch_size, d, activation):
    """residual (B,) += h(x) over all neurons: in a block lane by lane, then over blocks, then over lanes."""
    block = blocks.shape[1] // (d + 1)
    within, over = buffers.sums[0], buffers.sums[1]
    over[:] = np.float32(0)
    for q in range(len(blocks)):
        within[:] = np.float32(0)
        for start in range(0, block, TILE):
            notes = buffers.notes[(q * block + start) // TILE]
            forward(blocks[q], start, block, buffers.inputs, batch_size, notes, d, activation, within)
        for k in range(len(over)):
            over[k] += within[k]
    for b in range(batch_size):
        output = np.float32(0)
        for k in range(LANES):
            output += over[b * LANES + k]
        buffers.residual[b] += output


@njit(inline="always")
def block_gradient(blocks, q, buffers, batch_size, d, activation):
    """gradient ((d + 1) * block,) of block q, without a_i for the inner weights.

    Tiles are taken from the last to the first, and blocks should be: the notes written last are still in the cache.
    """
    block = blocks.shape[1] // (d + 1)
    for start in range(block - TILE, -1, -TILE):
        notes = buffers.notes[(q * block + start) // TILE]
        backward(
            blocks[q],
            start,
            block,
            buffers.inputs,
            batch_size,
            notes,
            d,
            activation,
            buffers.residual,
            buffers.gradient,
        )
