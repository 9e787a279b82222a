"""Mini-batch SGD of the two-layer network under the square loss, as one fused kernel.

A step costs about 6 microseconds at width 1000 (d = 5, batch 32, one core). State is float32, as in the paper's torch
runs.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numba import njit

from earlyalign.dynamics.minibatch import (
    BLOCK,
    batch_buffers,
    check,
    from_blocks,
    load_batch,
    passes,
    to_blocks,
)
from earlyalign.networks.two_layer import TwoLayer


def sgd(
    net: TwoLayer,
    inputs: np.ndarray,
    labels: np.ndarray,
    steps: int,
    learning_rate: float,
    batch_size: int,
    seed: int,
    first_step: int = 0,
    activation: str = "relu",
) -> TwoLayer:
    """`net` after `steps` steps of SGD on L = 1/(2B) sum over the batch, in float32.

    inputs (n, d), labels (n,). Batches are drawn with replacement from the stream `seed`; step t of the stream is the
    same whenever it is taken, so that calls with first_step = 0, s, 2s, … continue one another bit by bit.
    Raises ValueError for a batch larger than the sample, a step that is not positive, or an unknown activation.
    """
    check(inputs, learning_rate, batch_size, activation)
    blocks = to_blocks(net.inner, net.outer)
    data = np.ascontiguousarray(inputs, np.float32), np.ascontiguousarray(labels, np.float32)
    run = _kernel(inputs.shape[1], activation)
    buffers = batch_buffers(batch_size, inputs.shape[1])
    run(blocks, *data, *buffers, batch_size, learning_rate, np.uint64(seed), first_step, steps)
    return from_blocks(blocks, net.width)


@cache
def _kernel(d: int, activation: str):
    add_outputs, block_gradient = passes(d, activation)
    block, outer = BLOCK, d * BLOCK

    @njit(fastmath=True, error_model="numpy")
    def run(blocks, inputs, labels, x, residual, batch_size, learning_rate, seed, first_step, steps):
        gradient = np.empty((d + 1) * block, np.float32)
        rate = np.float32(learning_rate / batch_size)
        for step in range(first_step, first_step + steps):
            load_batch(x, residual, batch_size, inputs, labels, seed, step)
            add_outputs(blocks, x, residual)
            for q in range(len(blocks)):
                v = blocks[q]
                block_gradient(v, x, residual, gradient)
                for i in range(block):
                    a = rate * v[outer + i]
                    v[outer + i] -= rate * gradient[outer + i]
                    for j in range(d):
                        v[j * block + i] -= a * gradient[j * block + i]

    return run
