"""What every mini-batch method shares: neurons in blocks, and the two passes over them, as compiled functions.

Within a block all first coordinates come first, then all second ones, …, all output weights last, so that both passes
are plain vector loops in the first-level cache. Pass one sums the outputs of the batch; pass two recomputes the
pre-activations, which is cheaper than storing them.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import njit

from earlyalign.dynamics.counter import uniform_index
from earlyalign.networks.activations import ACTIVATIONS
from earlyalign.networks.two_layer import TwoLayer

BLOCK = 128
"""Neurons a block; 128 is within a fifth of the best of 64, 128, 256 for d in 5..10 and m in 200..10,000."""


def to_blocks(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Weights (m, d) and (m,) as float32 (blocks, (d + 1) * BLOCK). Padding neurons are zero and stay zero."""
    m, d = inner.shape
    padded = np.zeros((-(-m // BLOCK) * BLOCK, d + 1), np.float32)
    padded[:m, :d], padded[:m, d] = inner, outer
    return np.ascontiguousarray(padded.reshape(-1, BLOCK, d + 1).transpose(0, 2, 1)).reshape(
        -1, (d + 1) * BLOCK
    )


def from_blocks(blocks: np.ndarray, m: int) -> TwoLayer:
    """The inverse of `to_blocks` for m neurons."""
    rows = blocks.reshape(len(blocks), -1, BLOCK).transpose(0, 2, 1).reshape(-1, blocks.shape[1] // BLOCK)
    return TwoLayer(rows[:m, :-1].copy(), rows[:m, -1].copy())


def check(inputs: np.ndarray, learning_rate: float, batch_size: int, activation: str) -> None:
    """Raise ValueError for a batch larger than the sample, a step that is not positive, or an unknown activation."""
    if activation not in ACTIVATIONS:
        raise ValueError(f"unknown activation {activation!r}; allowed: {', '.join(ACTIVATIONS)}")
    if not 1 <= batch_size <= len(inputs):
        raise ValueError(f"batch size {batch_size} must lie in 1..n = 1..{len(inputs)}")
    if learning_rate <= 0:
        raise ValueError(f"learning rate {learning_rate} must be positive")


@njit(inline="always")
def load_batch(x, residual, inputs, labels, seed, step):
    """Draw the batch of one step with replacement: its inputs into x (B, d), minus its labels into residual (B,)."""
    for b in range(len(x)):
        k = uniform_index(seed, step * len(x) + b, len(inputs))
        for j in range(x.shape[1]):
            x[b, j] = inputs[k, j]
        residual[b] = -labels[k]


@cache
def passes(d: int, activation: str):
    """The two compiled passes for inputs in d dimensions; d and the activation are constants of the machine code.

    add_outputs(blocks, x, residual)                     residual (B,) += h(x) over all neurons
    block_gradient(v, x, residual, pull, gradient)       gradient ((d + 1) * BLOCK,) of one block v, without a_i for
                                                         the inner weights; pull (BLOCK,) is scratch
    """
    sigma, slope = ACTIVATIONS[activation]
    block, outer = BLOCK, d * BLOCK

    @njit(fastmath=True, error_model="numpy")
    def add_outputs(blocks, x, residual):
        for q in range(len(blocks)):
            v = blocks[q]
            for b in range(len(x)):
                xb, total = x[b], np.float32(0)
                for i in range(block):
                    s = np.float32(0)
                    for j in range(d):
                        s += xb[j] * v[j * block + i]
                    total += v[outer + i] * sigma(s)
                residual[b] += total

    @njit(fastmath=True, error_model="numpy")
    def block_gradient(v, x, residual, pull, gradient):
        gradient[:] = np.float32(0)
        for b in range(len(x)):
            xb, r = x[b], residual[b]
            for i in range(block):
                s = np.float32(0)
                for j in range(d):
                    s += xb[j] * v[j * block + i]
                gradient[outer + i] += r * sigma(s)
                pull[i] = r * slope(s)
            for j in range(d):
                xj = xb[j]
                for i in range(block):
                    gradient[j * block + i] += pull[i] * xj

    return add_outputs, block_gradient
