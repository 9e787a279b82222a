"""Gradient flow over long horizons: steps of one length, with neurons followed exactly between their walls.

Two-layer ReLU networks spend most of their time on plateaus, and what ends a plateau are its smallest neurons. Their
errors are therefore controlled like those of large ones: a neuron moves exactly under the D_i of a step, whatever its
norm (`full_batch`). What is approximate is D_i itself: second order in the step where it changes smoothly, first order
where neurons slide along a wall or hop to and fro across it. `certificate` repeats a flow at half the step and tells
by how much its readings differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from earlyalign.dynamics.full_batch import FullBatch
from earlyalign.networks.two_layer import TwoLayer

STEP = 0.2
"""Length of a step, in units of time."""

_CHUNK = 100
"""Steps between two looks at the loss and the curvature."""

_STABLE = 0.8
"""Longest step, in units of one over the curvature; Adams and Bashforth's second method is stable up to 1."""

_RISE, _ROUNDING = 0.1, 1e-6
"""A chunk in which the loss rises by more than the first share of itself and the second of the loss at the start is
taken again at half the step."""

_HARDEST_BRAKE = 1e-9

_FIRST_ROUNDS, _ROUNDS, _MARGIN = 12, 2, 1.2
"""Rounds of the power iteration at the first look and at later ones, and by how much its value is raised."""


@dataclass(frozen=True)
class Settled:
    """Where a flow stands, and how it got there.

    net          the weights at the last time
    times        (k,) the times asked for
    nets         the weights at these times
    trace        (chunks + 1, 3) time, loss L and gradient norm at the start of every chunk of steps and at the end
    converged    whether the gradient norm fell below `gradient_tolerance` before the last time asked for
    evaluations  of the gradient, the unit of cost
    """

    net: TwoLayer
    times: np.ndarray
    nets: list[TwoLayer]
    trace: np.ndarray
    converged: bool
    evaluations: int


def settle(
    net: TwoLayer,
    inputs: np.ndarray,
    labels: np.ndarray,
    times: np.ndarray | Sequence[float],
    step: float = STEP,
    gradient_tolerance: float = 0.0,
    double: bool = False,
) -> Settled:
    """Follow the gradient flow of L = 1/(2n) sum (h - y)^2 from `net` through the increasing `times`.

    inputs (n, d), labels (n,). step is the longest step in units of time; shorter ones are taken where the curvature
    of the loss asks for them. A flow whose gradient norm is at most gradient_tolerance is at rest and is reported at
    all later times too. double: products in float64, without which a gradient norm below 1e-6 is rounding. Raises
    ValueError for times that do not increase from above 0 or a step not above 0, ArithmeticError if no step is short
    enough for the loss to fall.
    """
    marks = np.asarray(times, float)
    if marks.size == 0 or marks[0] <= 0 or np.any(np.diff(marks) <= 0):
        raise ValueError(f"times must increase from above 0, got {list(times)}")
    if not step > 0:
        raise ValueError(f"step = {step} must be above 0")
    flow = _Flow(FullBatch(net, inputs, labels, double), inputs, labels, step)
    kept: list[TwoLayer] = []
    for mark in marks:
        if not flow.reach(mark, gradient_tolerance):
            break
        kept.append(flow.batch.net)
    converged = len(kept) < len(marks)
    last = flow.batch.net
    flow.note_end()
    kept += [last] * (len(marks) - len(kept))
    return Settled(last, marks, kept, np.array(flow.trace), converged, flow.evaluations)


class _Flow:
    """A flow under way: its time, the length of its last step, and its trace."""

    def __init__(self, batch: FullBatch, inputs: np.ndarray, labels: np.ndarray, step: float) -> None:
        self.batch, self.step = batch, step
        self.time, self.before, self.evaluations = 0.0, 0.0, 0
        self.trace: list[tuple[float, float, float]] = []
        self._spread = float(np.linalg.eigvalsh(inputs.T @ inputs / len(inputs))[-1])
        self._curvature = _Curvature(inputs, batch.width)
        self._start = float(np.mean(labels**2)) / 2
        self._brake = 1.0

    def _longest(self) -> float:
        """The longest step that is stable: by a bound on the curvature of the loss, where that asks for too short a
        step by the curvature itself. The bound takes it that neurons see half of the samples."""
        curvature = 0.5 * self._spread * self.batch.size
        if self.step * curvature > _STABLE:
            curvature = min(curvature, self._curvature.at(self.batch.net))
        return self._brake * min(self.step, _STABLE / max(curvature, 1e-12))

    def reach(self, mark: float, tolerance: float) -> bool:
        """Go on until `mark`; False if the flow came to rest before."""
        while mark - self.time > 1e-12 * mark:
            count = max(1, int(np.ceil((mark - self.time) / self._longest() * (1 - 1e-12))))
            span, steps = (mark - self.time) / count, min(count, _CHUNK)
            kept = self.batch.copy_state()
            with np.errstate(over="ignore", invalid="ignore"):
                told = self.batch.advance(span, self.before, steps)
            self.evaluations += steps
            if tolerance > 0 and told[0, 1] <= tolerance:
                self.batch.restore(kept)
                return False
            losses = told[:, 0]
            if not np.isfinite(told).all() or losses[-1] > losses[0] * (1 + _RISE) + _ROUNDING * self._start:
                self._shorten(kept)
                continue
            self._brake = min(1.0, 1.1 * self._brake)
            self.trace.append((self.time, *told[0]))
            self.time = mark if steps == count else self.time + steps * span
            self.before = span
        return True

    def _shorten(self, kept) -> None:
        self.batch.restore(kept)
        self._brake /= 2
        if self._brake < _HARDEST_BRAKE:
            raise ArithmeticError(f"no step is short enough for the loss to fall at time {self.time:g}")

    def note_end(self) -> None:
        """Loss and gradient at the present time, told by a step that is taken back."""
        kept = self.batch.copy_state()
        self.trace.append((self.time, *self.batch.advance(1e-12, 0.0, 1)[0]))
        self.batch.restore(kept)


class _Curvature:
    """Largest eigenvalue of the Gauss-Newton part of the Hessian, by a power iteration that goes on between looks."""

    def __init__(self, inputs: np.ndarray, width: int) -> None:
        self._inputs = inputs
        self._vector = np.random.default_rng(0).standard_normal((width, inputs.shape[1] + 1))
        self._rounds = _FIRST_ROUNDS

    def at(self, net: TwoLayer) -> float:
        """At the weights of `net`, with a margin."""
        before = self._inputs @ net.inner.T
        active = before > 0
        largest = 0.0
        for _ in range(self._rounds):
            self._vector /= np.linalg.norm(self._vector)
            moved = active * (
                self._inputs @ (self._vector[:, :-1] * net.outer[:, None]).T + before * self._vector[:, -1]
            )
            outputs = active.T * (moved.sum(axis=1) / len(self._inputs))
            inner, outer = net.outer[:, None] * (outputs @ self._inputs), np.sum(outputs * before.T, axis=1)
            self._vector = np.column_stack([inner, outer])
            largest = float(np.linalg.norm(self._vector))
        self._rounds = _ROUNDS
        if largest == 0.0:
            self._vector = np.random.default_rng(1).standard_normal(self._vector.shape)
        return _MARGIN * largest
