"""Gradient flow over long horizons: Runge–Kutta–Chebyshev with error control, made for plateaus and for kinks.

Two-layer ReLU networks spend most of their time on plateaus, where the right-hand side is smooth, the curvature
bounded, and a stabilised explicit method takes steps a hundred times longer than descent could. At the kinks the
right-hand side jumps, and neurons may slide along a wall w·x_k = 0; there no step passes an error test, and the
method falls back on steps of length `floor`, which follow the sliding solution to first order, as descent does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from earlyalign.dynamics.chebyshev import coefficients, longest_step, stages_for
from earlyalign.dynamics.full_batch import FullBatch
from earlyalign.networks.two_layer import TwoLayer

Field = Callable[[np.ndarray], tuple[np.ndarray, float]]

_SAFETY = 0.8
_GROW, _SHRINK = 2.0, 0.25
_HOLD = 4
_RADIUS_EVERY = 10
_RADIUS_MARGIN = 1.2
_START = 0.1
_WILD = 2.0
"""A step that multiplies the loss by more is taken again shorter, whatever the floor."""

_SMALL = 1e-2
"""Neurons below this share of the root mean square norm are followed to the accuracy of that norm."""


@dataclass(frozen=True)
class Settled:
    """Where a flow stands, and how it got there.

    net          the weights at the last time
    times        (k,) the times asked for that were reached, and the last one
    nets         the weights at these times
    trace        (steps, 3) time, loss L, gradient norm at every accepted step
    converged    whether the gradient norm fell below `gradient_tolerance` before the last time asked for
    evaluations  of the right-hand side, the unit of cost
    """

    net: TwoLayer
    times: np.ndarray
    nets: list[TwoLayer]
    trace: np.ndarray
    converged: bool
    evaluations: int


@dataclass
class _Clock:
    """Step length, its brakes, and what it has cost."""

    step: float = _START
    hold: int = 0
    accepted: int = 0
    evaluations: int = 0


def settle(
    net: TwoLayer,
    inputs: np.ndarray,
    labels: np.ndarray,
    times: Sequence[float],
    rtol: float = 1e-2,
    floor: float = 0.25,
    gradient_tolerance: float = 1e-9,
) -> Settled:
    """Follow the gradient flow of L = 1/(2n) sum (h - y)^2 from `net` through the increasing `times`.

    inputs (n, d), labels (n,). rtol is the local error allowed a neuron, relative to its norm; floor is the step in
    units of time below which kinks are stepped over. The loss never rises on a step longer than the floor.
    A converged flow is at rest: it is reported at all later times too. Raises ValueError for times that do not
    increase from above 0.
    """
    marks = np.asarray(times, float)
    if marks.size == 0 or marks[0] <= 0 or np.any(np.diff(marks) <= 0):
        raise ValueError(f"times must increase from above 0, got {list(times)}")
    batch = FullBatch.of(inputs, labels)
    weights = np.column_stack([net.inner, net.outer]).astype(float)
    speed, loss = batch.velocity(weights)
    clock, radius = _Clock(evaluations=1), _Radius(batch, weights)
    t, kept, trace = 0.0, [], [(0.0, loss, float(np.linalg.norm(speed)))]
    while len(kept) < len(marks) and trace[-1][2] > gradient_tolerance:
        clock.step = min(clock.step, longest_step(radius.at(weights, clock)))
        span = min(clock.step, marks[len(kept)] - t)
        with np.errstate(over="ignore", invalid="ignore"):
            moved, moved_speed, moved_loss = _rkc_step(batch, weights, speed, span, radius.value, clock)
            error = _error(weights, moved, speed, moved_speed, span, rtol)
        if np.isinf(error) or moved_loss > _WILD * loss:
            clock.step, clock.hold = span * _SHRINK, _HOLD
            continue
        if span > floor and (error > 1 or moved_loss > loss):
            clock.step = max(floor, span * np.clip(_SAFETY * error ** (-1 / 3), _SHRINK, 0.6))
            clock.hold = _HOLD
            continue
        t += span
        weights, speed, loss = moved, moved_speed, moved_loss
        clock.accepted += 1
        clock.hold -= 1
        trace.append((t, loss, float(np.linalg.norm(speed))))
        if t >= marks[len(kept)] * (1 - 1e-12):
            kept.append(TwoLayer.from_flat(weights, batch.d))
        factor = np.clip(_SAFETY * error ** (-1 / 3), _SHRINK, 1.0 if clock.hold > 0 else _GROW)
        cut_short = span < clock.step and factor >= 1
        clock.step = max(floor, span * factor, clock.step if cut_short else 0.0)
    converged = len(kept) < len(marks) or trace[-1][2] <= gradient_tolerance
    last = TwoLayer.from_flat(weights, batch.d)
    kept += [last] * (len(marks) - len(kept))
    return Settled(last, marks, kept, np.array(trace), converged, clock.evaluations)


def _rkc_step(
    batch: FullBatch, start: np.ndarray, speed: np.ndarray, span: float, radius: float, clock: _Clock
):
    """One step of length `span`: the new weights, their velocity and loss."""
    stages = stages_for(span, radius)
    mu, nu, mu_tilde, gamma_tilde = coefficients(stages)
    before, now = start, start + mu_tilde[1] * span * speed
    for j in range(2, stages + 1):
        pull, _ = batch.velocity(now)
        after = (1 - mu[j] - nu[j]) * start + mu[j] * now + nu[j] * before
        after += span * (mu_tilde[j] * pull + gamma_tilde[j] * speed)
        before, now = now, after
    clock.evaluations += stages
    return now, *batch.velocity(now)


def _error(start, end, start_speed, end_speed, span: float, rtol: float) -> float:
    """RKC2's embedded estimate of the local error, root mean square over weights, in units of what is allowed; infinite
    where the step left the range of numbers."""
    estimate = 0.8 * (start - end) + 0.4 * span * (start_speed + end_speed)
    size = np.maximum(np.linalg.norm(start, axis=1), np.linalg.norm(end, axis=1))
    allowed = rtol * np.maximum(size, _SMALL * np.sqrt(np.mean(size**2)))[:, None]
    error = float(np.sqrt(np.mean((estimate / allowed) ** 2)))
    return max(error, 1e-12) if np.isfinite(error) else np.inf


class _Radius:
    """Spectral radius of the Hessian, by a power iteration that goes on between steps."""

    def __init__(self, batch: FullBatch, weights: np.ndarray) -> None:
        self.batch = batch
        self.vector = np.random.default_rng(0).standard_normal(weights.shape)
        self.value = 1.0
        self._due = 0
        for _ in range(20):
            self._iterate(weights)

    def at(self, weights: np.ndarray, clock: _Clock) -> float:
        """The radius near `weights`, with a margin; recomputed every few accepted steps."""
        if clock.accepted >= self._due:
            self._due = clock.accepted + _RADIUS_EVERY
            self._iterate(weights)
            self._iterate(weights)
            clock.evaluations += 4
        return self.value

    def _iterate(self, weights: np.ndarray) -> None:
        image = self.batch.curvature(weights, self.vector / np.linalg.norm(self.vector))
        size = float(np.linalg.norm(image))
        self.value = max(_RADIUS_MARGIN * size, 1e-3)
        self.vector = image if size > 0 else np.random.default_rng(1).standard_normal(image.shape)
