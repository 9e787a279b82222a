"""What every mini-batch method shares: neurons in blocks, and the two passes over them, as compiled functions.

Within a block all first coordinates come first, then all second ones, …, all output weights last, so that both passes
are plain vector loops in the first-level cache. Pass one sums the outputs of the batch; pass two recomputes the
pre-activations, which is cheaper than storing them. Four samples go through a pass together: one at a time, loads and
stores take twice as long as the arithmetic.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import njit

from earlyalign.dynamics.counter import uniform_index
from earlyalign.networks.activations import ACTIVATIONS
from earlyalign.networks.two_layer import TwoLayer

BLOCK = 128
"""Neurons a block; 128 is within a tenth of the best of 64, 128, 256 at d = 5 and m in 200..10,000."""

SAMPLES = 4
"""Samples that `passes` takes at a time; its bodies are written out for this number."""


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


def batch_buffers(batch_size: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (B', d) and residuals (B',) of one batch, zero, with B' the next multiple of SAMPLES.

    Padding samples stay zero: every activation has sigma(0) = 0, so they add nothing to outputs or gradients.
    """
    padded = -(-batch_size // SAMPLES) * SAMPLES
    return np.zeros((padded, d), np.float32), np.zeros(padded, np.float32)


@njit(inline="always")
def load_batch(x, residual, batch_size, inputs, labels, seed, step):
    """Draw the batch of one step with replacement: its inputs into x (B', d), minus its labels into residual (B',).
    Padding rows get residual 0."""
    for b in range(batch_size):
        k = uniform_index(seed, step * batch_size + b, len(inputs))
        for j in range(x.shape[1]):
            x[b, j] = inputs[k, j]
        residual[b] = -labels[k]
    for b in range(batch_size, len(x)):
        residual[b] = np.float32(0)


@cache
def passes(d: int, activation: str):
    """The two compiled passes for inputs in d dimensions; d and the activation are constants of the machine code.

    add_outputs(blocks, x, residual)               residual (B',) += h(x) over all neurons
    block_gradient(v, x, residual, gradient)       gradient ((d + 1) * BLOCK,) of one block v, without a_i for the
                                                   inner weights

    Each pass takes SAMPLES samples at a time, written out, so that a weight is loaded once for all of them and the
    gradient is loaded and stored once.
    """
    sigma, slope = ACTIVATIONS[activation]
    block, outer = BLOCK, d * BLOCK

    @njit(fastmath=True, error_model="numpy")
    def add_outputs(blocks, x, residual):
        for q in range(len(blocks)):
            v = blocks[q]
            for b in range(0, len(x), SAMPLES):
                x0, x1, x2, x3 = x[b], x[b + 1], x[b + 2], x[b + 3]
                h0 = h1 = h2 = h3 = np.float32(0)
                for i in range(block):
                    s0 = s1 = s2 = s3 = np.float32(0)
                    for j in range(d):
                        w = v[j * block + i]
                        s0 += x0[j] * w
                        s1 += x1[j] * w
                        s2 += x2[j] * w
                        s3 += x3[j] * w
                    a = v[outer + i]
                    h0 += a * sigma(s0)
                    h1 += a * sigma(s1)
                    h2 += a * sigma(s2)
                    h3 += a * sigma(s3)
                residual[b] += h0
                residual[b + 1] += h1
                residual[b + 2] += h2
                residual[b + 3] += h3

    @njit(fastmath=True, error_model="numpy")
    def block_gradient(v, x, residual, gradient):
        gradient[:] = np.float32(0)
        for b in range(0, len(x), SAMPLES):
            x0, x1, x2, x3 = x[b], x[b + 1], x[b + 2], x[b + 3]
            r0, r1, r2, r3 = residual[b], residual[b + 1], residual[b + 2], residual[b + 3]
            for i in range(block):
                s0 = s1 = s2 = s3 = np.float32(0)
                for j in range(d):
                    w = v[j * block + i]
                    s0 += x0[j] * w
                    s1 += x1[j] * w
                    s2 += x2[j] * w
                    s3 += x3[j] * w
                gradient[outer + i] += r0 * sigma(s0) + r1 * sigma(s1) + r2 * sigma(s2) + r3 * sigma(s3)
                p0, p1, p2, p3 = r0 * slope(s0), r1 * slope(s1), r2 * slope(s2), r3 * slope(s3)
                for j in range(d):
                    gradient[j * block + i] += p0 * x0[j] + p1 * x1[j] + p2 * x2[j] + p3 * x3[j]

    return add_outputs, block_gradient
