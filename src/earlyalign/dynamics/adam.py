"""Adam (Kingma & Ba 2015) on the two-layer network under the square loss, fused like SGD, with torch's defaults."""

from __future__ import annotations

from dataclasses import dataclass
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

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-8
"""torch.optim.Adam's defaults."""


@dataclass(frozen=True)
class AdamState:
    """Weights and running moments between two calls; step counts the steps taken.

    first, second  moments of the gradient, in the shape of the weights
    """

    net: TwoLayer
    first: TwoLayer
    second: TwoLayer
    step: int = 0

    @staticmethod
    def start(net: TwoLayer) -> AdamState:
        """The state before the first step: the weights of `net`, moments of zero."""
        zero = TwoLayer(np.zeros_like(net.inner), np.zeros_like(net.outer))
        return AdamState(net, zero, zero)


def adam(
    state: AdamState,
    inputs: np.ndarray,
    labels: np.ndarray,
    steps: int,
    batch_size: int,
    seed: int,
    learning_rate: float = LEARNING_RATE,
    activation: str = "relu",
    block: int | None = None,
) -> AdamState:
    """`state` after `steps` steps of Adam on L = 1/(2B) sum over the batch, in float32; batches and block as in `sgd`.

    inputs (n, d), labels (n,). Calls continue one another bit by bit. Raises ValueError as `sgd` does.
    """
    check(inputs, learning_rate, batch_size, activation, block)
    net, d = state.net, inputs.shape[1]
    block = block or block_for(net.width)
    moving = [to_blocks(part.inner, part.outer, block) for part in (net, state.first, state.second)]
    data = np.ascontiguousarray(inputs, np.float32), np.ascontiguousarray(labels, np.float32)
    buffers = Buffers.of(moving[0], d, batch_size, activation)
    batches = int(batch_size), float(learning_rate), np.uint64(seed), int(state.step), int(steps)
    _kernel(d, activation)(*moving, *data, buffers, *batches)
    moved, first, second = (from_blocks(part, net.width, d) for part in moving)
    return AdamState(moved, first, second, state.step + steps)


@cache
def _kernel(d: int, activation: str):
    def run(
        blocks, first, second, inputs, labels, buffers, batch_size, learning_rate, seed, first_step, steps
    ):
        size = blocks.shape[1]
        block = size // (d + 1)
        outer, gradient = d * block, buffers.gradient
        mean = np.float32(1 / batch_size)
        keep_1, keep_2 = np.float32(BETA_1), np.float32(BETA_2)
        take_1, take_2 = np.float32(1 - BETA_1), np.float32(1 - BETA_2)
        for step in range(first_step, first_step + steps):
            load_batch(buffers, batch_size, inputs, labels, seed, step)
            add_outputs(blocks, buffers, batch_size, d, activation)
            scale = np.float32(learning_rate / (1 - BETA_1 ** (step + 1)))
            unbias = np.float32(1 / np.sqrt(1 - BETA_2 ** (step + 1)))
            for q in range(len(blocks) - 1, -1, -1):
                v, m1, m2 = blocks[q], first[q], second[q]
                block_gradient(blocks, q, buffers, batch_size, d, activation)
                for j in range(d):
                    for i in range(block):
                        gradient[j * block + i] *= v[outer + i]
                for i in range(size):
                    g = gradient[i] * mean
                    m1[i] = keep_1 * m1[i] + take_1 * g
                    m2[i] = keep_2 * m2[i] + take_2 * g * g
                    v[i] -= scale * m1[i] / (np.sqrt(m2[i]) * unbias + np.float32(EPSILON))

    return compiled(run, d, activation)
