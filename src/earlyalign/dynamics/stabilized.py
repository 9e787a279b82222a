"""Gradient flow over long horizons: Runge–Kutta–Chebyshev within activation cells, neurons followed over their walls.

Two-layer ReLU networks spend most of their time on plateaus, where little crosses and a stabilised explicit method
takes steps a hundred times longer than descent could. At the kinks the right-hand side jumps, and neurons may slide
along a wall w·x_k = 0. So a step is taken with every neuron kept in its cell, or on its walls, where the right-hand
side is a polynomial and RKC2 of second order (`full_batch`); then each neuron is followed over the walls that it meets
(`walls`). What remains, how one neuron's crossing is felt by the others within the step, is of second order too.

Errors are measured neuron by neuron, relative to its own norm: the smallest neuron of today ends the plateau of
tomorrow. `tolerance` is the largest error of any neuron, in direction and in logarithm of the norm, a unit of time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from earlyalign.dynamics.chebyshev import coefficients, longest_step, stages_for
from earlyalign.dynamics.full_batch import Cells, FullBatch, Slides, chebyshev_step, pulls, velocity
from earlyalign.dynamics.walls import cross
from earlyalign.networks.two_layer import TwoLayer

TOLERANCE = 1e-3

_SAFETY = 0.85
_GROW, _SHRINK = 1.6, 0.3
_START = 0.05
_SHORTEST = 1e-4
"""A step this short is accepted whatever its error, unless the loss grows wild."""

_WILD = 2.0
_RADIUS_EVERY = 10
_RADIUS_MARGIN = 1.2
_TREE_EVERY = 10
_JUMPS = 2.0
_PIECE = 16.0
"""Pieces of a step in which neurons are followed over walls: at most this many times sqrt(tolerance) long."""


@dataclass(frozen=True)
class Settled:
    """Where a flow stands, and how it got there.

    net          the weights at the last time
    times        (k,) the times asked for that were reached, and the last one
    nets         the weights at these times
    trace        (steps, 3) time, loss L, norm of the velocity at every accepted step
    converged    whether that norm fell below `gradient_tolerance` before the last time asked for
    evaluations  of the right-hand side, the unit of cost
    """

    net: TwoLayer
    times: np.ndarray
    nets: list[TwoLayer]
    trace: np.ndarray
    converged: bool
    evaluations: int


@dataclass(frozen=True)
class _State:
    """Weights (m, d + 1), the cells they are in, and there the velocity, D (m, d), residuals (n,) and loss."""

    weights: np.ndarray
    cells: Cells
    speed: np.ndarray
    pull: np.ndarray
    residual: np.ndarray
    loss: float

    @staticmethod
    def at(batch: FullBatch, weights: np.ndarray, slides: Slides, tree=None) -> _State:
        cells = Cells.at(batch, weights, slides, tree)
        return _State(weights, cells, *velocity(batch, cells, weights))

    @property
    def rate(self) -> float:
        return float(np.linalg.norm(self.speed))


def settle(
    net: TwoLayer,
    inputs: np.ndarray,
    labels: np.ndarray,
    times: Sequence[float],
    tolerance: float = TOLERANCE,
    gradient_tolerance: float = 1e-9,
) -> Settled:
    """Follow the gradient flow of L = 1/(2n) sum (h - y)^2 from `net` through the increasing `times`.

    inputs (n, d), labels (n,). tolerance is the local error allowed any neuron a unit of time, relative to its norm;
    errors at a fixed time fall in proportion. The loss never rises. A converged flow is at rest: it is reported at all
    later times too. Raises ValueError for times that do not increase from above 0, or a tolerance not above 0.
    """
    marks = np.asarray(times, float)
    if marks.size == 0 or marks[0] <= 0 or np.any(np.diff(marks) <= 0):
        raise ValueError(f"times must increase from above 0, got {list(times)}")
    if tolerance <= 0:
        raise ValueError(f"tolerance must be above 0, got {tolerance}")
    batch = FullBatch.of(inputs, labels)
    weights = np.column_stack([net.inner, net.outer]).astype(float)
    state = _State.at(batch, weights, Slides.none(len(weights), batch.d))
    radius = _Radius(batch, state)
    t, step, accepted, kept, trace = 0.0, _START, 0, [], [(0.0, state.loss, state.rate)]
    evaluations = 1 + radius.evaluations
    while len(kept) < len(marks) and state.rate > gradient_tolerance:
        step = min(step, longest_step(radius.value))
        span = min(step, marks[len(kept)] - t)
        stages = stages_for(span, radius.value)
        tree = None if accepted % _TREE_EVERY == 0 else state.cells.tree
        with np.errstate(over="ignore", invalid="ignore"):
            moved, error = _advance(batch, state, span, stages, tolerance, tree)
        evaluations += stages + 1
        wild = moved is None or moved.loss > _WILD * state.loss
        rises = moved is not None and moved.loss > state.loss * (1 + 1e-12)
        factor = float(np.clip(_SAFETY * max(error, 1e-9) ** -0.5, _SHRINK, _GROW))
        if wild or (span > _SHORTEST and (error > 1 or rises)):
            step = span * (_SHRINK if wild else min(factor, 0.7))
            continue
        t += span
        state = moved
        accepted += 1
        trace.append((t, state.loss, state.rate))
        if t >= marks[len(kept)] * (1 - 1e-12):
            kept.append(TwoLayer.from_flat(state.weights, batch.d))
        step = max(step if span < step else 0.0, span * factor)
        if accepted % _RADIUS_EVERY == 0:
            evaluations += radius.refresh(state)
    converged = len(kept) < len(marks) or state.rate <= gradient_tolerance
    last = TwoLayer.from_flat(state.weights, batch.d)
    kept += [last] * (len(marks) - len(kept))
    return Settled(last, marks, kept, np.array(trace), converged, evaluations)


def _advance(batch: FullBatch, state: _State, span: float, stages: int, tolerance: float, tree):
    """The state a step later, None where it left the range of numbers, and its error in units of what is allowed."""
    start = state.weights
    frozen = chebyshev_step(batch, state.cells, start, state.speed, span, coefficients(stages))
    speed, pull, residual, _ = velocity(batch, state.cells, frozen)
    if not np.isfinite(speed).all():
        return None, np.inf
    pieces = max(4, math.ceil(span / (_PIECE * math.sqrt(tolerance))))
    weights, slides = cross(
        batch, state.cells, start, frozen, (state.pull, pull), (state.residual, residual), span, pieces,
        *_reach(batch, state, frozen, speed, span),
    )  # fmt: skip
    moved = _State.at(batch, weights, slides, tree)
    if not np.isfinite(moved.loss):
        return None, np.inf
    smooth = 0.8 * (start - frozen) + 0.4 * span * (state.speed + speed)
    felt = span / 3 * _surprise(batch, moved, residual)
    size = np.linalg.norm(weights, axis=1)
    length = np.maximum(np.linalg.norm(weights[:, :-1], axis=1), 1e-3 * size)
    errors = (np.linalg.norm(smooth[:, :-1], axis=1) + felt) / length + np.abs(smooth[:, -1]) / size
    return moved, float(errors.max()) / (tolerance * span)


def _surprise(batch: FullBatch, moved: _State, expected: np.ndarray) -> np.ndarray:
    """(m,) how the velocity of each w_i differs from what it would be, in the same cells, at the residuals expected."""
    change, bases = moved.pull - pulls(batch, moved.cells, expected), moved.cells.slides.bases
    for t in range(int(moved.cells.slides.count.max())):
        change -= np.sum(change * bases[:, t], axis=1, keepdims=True) * bases[:, t]
    return np.abs(moved.weights[:, -1]) * np.linalg.norm(change, axis=1)


def _reach(batch: FullBatch, state: _State, frozen: np.ndarray, speed: np.ndarray, span: float):
    """(m,) twice: how far w_i may get beside the chord of the step by the bend of its path, and by jumps at walls."""
    bend = np.linalg.norm((speed - state.speed)[:, :-1], axis=1)
    outer = np.maximum(np.abs(state.weights[:, -1]), np.abs(frozen[:, -1]))
    jump = np.mean(np.abs(state.residual)) * np.linalg.norm(batch.rows[0]) / batch.n
    return span / 5 * bend, span * _JUMPS * outer * jump


class _Radius:
    """Spectral radius of the Hessian within the cells, by a power iteration that goes on between steps."""

    def __init__(self, batch: FullBatch, state: _State) -> None:
        self.batch = batch
        self.vector = np.random.default_rng(0).standard_normal(state.weights.shape)
        self.value, self.evaluations = 1.0, 0
        for _ in range(10):
            self.evaluations += self.refresh(state)

    def refresh(self, state: _State) -> int:
        """Two more iterations at `state`; the evaluations they took."""
        nudge = 1e-5 * max(1.0, float(np.abs(state.weights).max()))
        for _ in range(2):
            self.vector /= np.linalg.norm(self.vector)
            ahead = velocity(self.batch, state.cells, state.weights + nudge * self.vector)[0]
            image = (state.speed - ahead) / nudge
            size = float(np.linalg.norm(image))
            self.value = max(_RADIUS_MARGIN * size, 1e-3)
            self.vector = image if size > 0 else np.random.default_rng(1).standard_normal(image.shape)
        return 2
