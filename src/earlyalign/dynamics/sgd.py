"""Mini-batch SGD of the two-layer network under the square loss, as one fused kernel.

State is float32, as in the paper's torch runs. How long a step takes: `make bench`.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from earlyalign.dynamics.compiled import compiled
from earlyalign.dynamics.minibatch import (
    Buffers,
    add_outputs,
    block_for,
    block_gradient,
    check,
    from_blocks,
    load_batch,
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
    block: int | None = None,
) -> TwoLayer:
    """`net` after `steps` steps of SGD on L = 1/(2B) sum over the batch, in float32.

    inputs (n, d), labels (n,). Batches are drawn with replacement from the stream `seed`; step t of the stream is the
    same whenever it is taken, so that calls with first_step = 0, s, 2s, … continue one another bit by bit. Outputs are
    summed over `block` neurons at a time (None: what suits the width): another rounding of the same training.
    Raises ValueError for a batch larger than the sample, a step that is not positive, an unknown activation, or a
    block that is no multiple of 16.
    """
    check(inputs, learning_rate, batch_size, activation, block)
    d = inputs.shape[1]
    blocks = to_blocks(net.inner, net.outer, block or block_for(net.width))
    data = np.ascontiguousarray(inputs, np.float32), np.ascontiguousarray(labels, np.float32)
    buffers = Buffers.of(blocks, d, batch_size, activation)
    rate = np.float32(learning_rate / batch_size)
    _kernel(d, activation)(
        blocks, *data, buffers, int(batch_size), rate, np.uint64(seed), int(first_step), int(steps)
    )
    return from_blocks(blocks, net.width, d)


@cache
def _kernel(d: int, activation: str):
    def run(blocks, inputs, labels, buffers, batch_size, rate, seed, first_step, steps):
        block = blocks.shape[1] // (d + 1)
        outer, gradient = d * block, buffers.gradient
        for step in range(first_step, first_step + steps):
            load_batch(buffers, batch_size, inputs, labels, seed, step)
            add_outputs(blocks, buffers, batch_size, d, activation)
            for q in range(len(blocks) - 1, -1, -1):
                v = blocks[q]
                block_gradient(blocks, q, buffers, batch_size, d, activation)
                for i in range(block):
                    a = rate * v[outer + i]
                    v[outer + i] -= rate * gradient[outer + i]
                    for j in range(d):
                        v[j * block + i] -= a * gradient[j * block + i]

    return compiled(run, d, activation)
