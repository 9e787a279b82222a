"""Steps of the full-batch gradient flow of the two-layer ReLU network under the square loss, as fused kernels.

In a step of length h neuron i moves under one D_i: w' = a D, a' = <w, D>, followed to third order in h ||D||, so that
its direction and the logarithm of its norm are followed alike however small it is. D_i is that of Adams and Bashforth's
second method, D + c (D - D before) with c = h / (2 h before): where a neuron crosses a wall w.x_k = 0 within a step,
what is missed in that step is made up for in the next, on average.

Weights and their changes are float64. The products that make D are float32, summed over lanes, blocks of neurons and
samples; or float64 where rest is to be told to more than six digits.
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
    from_blocks,
    to_blocks,
)
from earlyalign.networks.two_layer import TwoLayer

SAMPLES = 64
"""Samples that the float64 kernel takes at a time."""


class FullBatch:
    """A network on a sample, stepped along its flow.

    weights   (blocks, (d + 1) * block) float64, in the layout of `minibatch.to_blocks`
    pulls     (blocks, d * block) float64, D_i before the last step
    """

    def __init__(self, net: TwoLayer, inputs: np.ndarray, labels: np.ndarray, double: bool = False) -> None:
        """inputs (n, d), labels (n,). double: products in float64. Raises ValueError if lengths differ."""
        n, d = inputs.shape
        if labels.shape != (n,):
            raise ValueError(f"labels have shape {labels.shape}, inputs ask for ({n},)")
        self.n, self.d, self.width, self.double = n, d, net.width, double
        self.weights = to_blocks(net.inner, net.outer, block_for(net.width), np.float64)
        self.pulls = np.zeros((len(self.weights), d * block_for(net.width)))
        self._sample = _in_blocks(inputs, labels) if double else _single(inputs, labels)
        self._buffers = None if double else Buffers.of(self.weights, d, n, "relu")

    @property
    def net(self) -> TwoLayer:
        """The network as it is now."""
        return from_blocks(self.weights, self.width, self.d)

    @property
    def size(self) -> float:
        """sum of a_i^2 + ||w_i||^2, which bounds the curvature of the loss."""
        return float(np.sum(self.weights**2))

    def advance(self, span: float, before: float, steps: int) -> np.ndarray:
        """Take `steps` steps of length `span`, the step before them having had length `before` (0: none was).

        Gives (steps, 2): the loss 1/(2n) sum of squares and the norm of the gradient at the start of each.
        """
        told = np.zeros((steps, 2))
        if self.double:
            _double(self.d)(self.weights, self.pulls, *self._sample, self.n, span, before, told)
        else:
            single = self.weights.astype(np.float32)
            _kernel(self.d)(
                self.weights, single, self.pulls, *self._sample, self._buffers, self.n, span, before, told
            )
        return told

    def copy_state(self) -> tuple[np.ndarray, np.ndarray]:
        """Copies of `weights` and `pulls`, for `restore`."""
        return self.weights.copy(), self.pulls.copy()

    def restore(self, state: tuple[np.ndarray, np.ndarray]) -> None:
        """Go back to a state of `copy_state`."""
        self.weights, self.pulls = (part.copy() for part in state)


def _single(inputs: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.ascontiguousarray(inputs, np.float32).ravel(), np.ascontiguousarray(labels, np.float32)


def _in_blocks(inputs: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(count, d * SAMPLES), one coordinate after the other within a block, and (count, SAMPLES); zero-padded."""
    n, d = inputs.shape
    count = -(-n // SAMPLES)
    x, y = np.zeros((count * SAMPLES, d)), np.zeros(count * SAMPLES)
    x[:n], y[:n] = inputs, labels
    rows = x.reshape(count, SAMPLES, d).transpose(0, 2, 1)
    return np.ascontiguousarray(rows).reshape(count, d * SAMPLES), y.reshape(count, SAMPLES)


@cache
def _move(d: int):
    def move(v, before, now, n, span, c):
        """One step of the neurons of a block `v`, whose D_i is minus `now` over n and was `before`; the squared norm of
        the gradient in their weights."""
        block = len(v) // (d + 1)
        square, outer, pull = 0.0, d * block, np.empty(d)
        for i in range(block):
            a, along, strength, slope, force = v[outer + i], 0.0, 0.0, 0.0, 0.0
            for j in range(d):
                at = j * block + i
                plain = -now[at] / n
                pull[j] = plain + c * (plain - before[at])
                before[at] = plain
                slope += v[at] * plain
                force += plain * plain
                along += v[at] * pull[j]
                strength += pull[j] * pull[j]
            square += slope * slope + a * a * force
            reach = span * (a + span / 2 * (along + span / 3 * a * strength))
            for j in range(d):
                v[j * block + i] += reach * pull[j]
            v[outer + i] += span * (along + span / 2 * strength * (a + span / 3 * along))
        return square

    return compiled(move, d)


@cache
def _kernel(d: int):
    move = _move(d)

    def follow(weights, single, pulls, inputs, labels, buffers, n, span, before, told):
        buffers.inputs[:] = inputs
        for step in range(len(told)):
            c = 0.0 if before == 0.0 else 0.5 * span / before
            for k in range(n):
                buffers.residual[k] = -labels[k]
            add_outputs(single, buffers, n, d, "relu")
            loss, square = 0.0, 0.0
            for k in range(n):
                loss += np.float64(buffers.residual[k]) ** 2
            for q in range(len(weights)):
                block_gradient(single, q, buffers, n, d, "relu")
                square += move(weights[q], pulls[q], buffers.gradient, n, span, c)
                for k in range(weights.shape[1]):
                    single[q, k] = np.float32(weights[q, k])
            told[step, 0], told[step, 1] = loss / (2 * n), np.sqrt(square)
            before = span

    return compiled(follow, d)


@cache
def _double(d: int):
    move, gradient_of = _move(d), _gradient(d)

    def follow(weights, pulls, inputs, labels, n, span, before, told):
        gradient = np.empty(pulls.shape)
        for step in range(len(told)):
            c = 0.0 if before == 0.0 else 0.5 * span / before
            gradient[:] = 0.0
            loss, square = gradient_of(weights, inputs, labels, gradient), 0.0
            for q in range(len(weights)):
                square += move(weights[q], pulls[q], gradient[q], n, span, c)
            told[step, 0], told[step, 1] = loss / (2 * n), np.sqrt(square)
            before = span

    return compiled(follow, d)


@cache
def _gradient(d: int):
    def gradient_of(weights, inputs, labels, gradient):
        """gradient (blocks, d * block) += sum of r_k 1[w.x_k > 0] x_k; the sum of r_k^2."""
        block = weights.shape[1] // (d + 1)
        residual, on, outer, loss = np.empty(SAMPLES), np.empty(SAMPLES), d * block, 0.0
        for p in range(len(inputs)):
            x = inputs[p]
            for k in range(SAMPLES):
                residual[k] = -labels[p, k]
            for q in range(len(weights)):
                for i in range(block):
                    a = weights[q, outer + i]
                    if a != 0.0:
                        for k in range(SAMPLES):
                            s = 0.0
                            for j in range(d):
                                s += weights[q, j * block + i] * x[j * SAMPLES + k]
                            residual[k] += a * max(s, 0.0)
            for k in range(SAMPLES):
                loss += residual[k] ** 2
            for q in range(len(weights)):
                for i in range(block):
                    if weights[q, outer + i] != 0.0:
                        for k in range(SAMPLES):
                            s = 0.0
                            for j in range(d):
                                s += weights[q, j * block + i] * x[j * SAMPLES + k]
                            on[k] = residual[k] if s > 0.0 else 0.0
                        for j in range(d):
                            total = 0.0
                            for k in range(SAMPLES):
                                total += on[k] * x[j * SAMPLES + k]
                            gradient[q, j * block + i] += total
        return loss

    return compiled(gradient_of, d, freedom="reorder")
