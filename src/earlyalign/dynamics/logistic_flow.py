"""Gradient flow of two-layer ReLU networks under the logistic loss, many problems in one call, with stopping times.

Each problem is one network on one sample: f(x) = sum_j v_j relu(<w_j, x>) under sum_i 2 log(1 + exp(-y_i f(x_i))), the
scale at which the loss has slope 1 at f = 0 (Paper A; the normalisation is rebuilt). With the mean of plain logistic
losses every time below is 2n times longer. The flow never leaves the span of the inputs, so it is followed there.

The risk that stops a flow is the mean of the same loss, 2 log(1 + exp(-y f)), over the positive samples or over all:
2 log 2 at f = 0. Taking the mean, and of this loss rather than half of it, is a choice. A stopping time is where the
risk first reaches eta, found on the step's interpolant and not at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from earlyalign.dynamics.dormand_prince import follow
from earlyalign.networks.two_layer import TwoLayer

STATUS = ("finished", "horizon", "steps")


@dataclass(frozen=True)
class LogisticFlow:
    """Trajectories of B problems, read at T times and at E levels of risk. What was not reached is nan.

    times       (B, T) the times asked for
    inner       (B, T, h, d) w_j there
    outer       (B, T, h) v_j there
    risks       (B, T) the stopping risk there
    etas        (E,) levels of risk
    stop_times  (B, E) the first time from `after` on at which the risk is at most eta
    stop_inner  (B, E, h, d), stop_outer (B, E, h): the weights then
    status      (B,) "finished", or what ran out: "horizon" or "steps"
    steps       (B,) accepted steps
    rejected    (B,) steps taken again
    """

    times: np.ndarray
    inner: np.ndarray
    outer: np.ndarray
    risks: np.ndarray
    etas: np.ndarray
    stop_times: np.ndarray
    stop_inner: np.ndarray
    stop_outer: np.ndarray
    status: np.ndarray
    steps: np.ndarray
    rejected: np.ndarray

    @property
    def reached(self) -> np.ndarray:
        """(B, E) bool: whether the stopping time was met."""
        return np.isfinite(self.stop_times)

    def net(self, problem: int, index: int) -> TwoLayer:
        """The network of one problem at its time `index`."""
        return TwoLayer(self.inner[problem, index], self.outer[problem, index])

    def stopped(self, problem: int, index: int) -> TwoLayer:
        """The network of one problem at its stopping time `index`. Raises ValueError if it was not reached."""
        if not self.reached[problem, index]:
            raise ValueError(f"problem {problem} did not reach eta = {self.etas[index]:g}")
        return TwoLayer(self.stop_inner[problem, index], self.stop_outer[problem, index])


def logistic_flow(
    inner: np.ndarray,
    outer: np.ndarray,
    inputs: np.ndarray,
    labels: np.ndarray,
    times: np.ndarray | Sequence[float] = (),
    etas: np.ndarray | Sequence[float] = (),
    after: np.ndarray | float = 0.0,
    risk: Literal["positive", "all"] = "positive",
    offset: np.ndarray | None = None,
    horizon: np.ndarray | float = np.inf,
    rtol: float = 1e-6,
    floor: float = 0.0,
    max_steps: int = 100_000,
    outer_rate: float = 1.0,
) -> LogisticFlow:
    """Follow B flows from inner (B, h, d), outer (B, h) on inputs (B, n, d), labels (B, n) of +-1.

    times       (T,) or (B, T), not decreasing along the last axis; a time at or below 0 gives the start
    etas        levels of `risk`, over positive samples or all
    after       (B,) or a number: stopping times count from here
    offset      (B, n) added to the outputs on the sample, such as -f_0 for a centred network; 0 if None
    horizon     (B,) or a number: where a flow is given up
    rtol        local error allowed a neuron (root mean square over neurons), relative to its norm
    floor       steps shorter than floor / (an upper bound of the flow's rate) are accepted whatever their error. 0
                follows kinks by error control alone, which is right for orthogonally separable samples; on others a
                neuron may slide along a wall, and needs about 0.1
    outer_rate  the outer layer's rate over the inner layer's; 1 is gradient flow

    Raises ValueError for shapes that do not fit, labels other than +-1, a level or tolerance that is not positive,
    times that decrease, and risk = "positive" without positive samples.
    """
    inner, outer, inputs, labels = (np.asarray(array, float) for array in (inner, outer, inputs, labels))
    problems, h, d = _checked(inner, outer, inputs, labels, risk)
    etas = np.asarray(etas, float)
    if rtol <= 0 or floor < 0 or np.any(etas <= 0):
        raise ValueError(f"rtol = {rtol}, floor = {floor} and etas {etas} must be positive (floor may be 0)")
    marks = np.broadcast_to(np.asarray(times, float), (problems, np.shape(times)[-1])).copy()
    if np.any(np.diff(marks, axis=1) < 0):
        raise ValueError("times must not decrease")
    after, horizon = np.broadcast_to(after, problems), np.broadcast_to(horizon, problems)
    shift = np.zeros_like(labels) if offset is None else np.asarray(offset, float)
    if shift.shape != labels.shape:
        raise ValueError(f"offset {shift.shape} must have the shape of labels {labels.shape}")

    count, stops = marks.shape[1], len(etas)
    state = np.full((problems, count + stops, h, d + 1), np.nan)
    risks, stop_times = np.full((problems, count), np.nan), np.full((problems, stops), np.nan)
    status, steps, rejected = (np.zeros(problems, int) for _ in range(3))
    for b in range(problems):
        basis = _span(inputs[b])
        coordinates = inner[b] @ basis
        states, risks[b], stop_times[b], status[b], steps[b], rejected[b] = follow(
            np.column_stack([coordinates, outer[b]]), np.column_stack([inputs[b] @ basis, np.zeros(inputs.shape[1])]),
            labels[b], shift[b], labels[b] > 0 if risk == "positive" else np.ones(labels.shape[1], bool),
            marks[b], etas, float(after[b]), float(horizon[b]), rtol, floor, max_steps, outer_rate,
        )  # fmt: skip
        outside = inner[b] - coordinates @ basis.T
        state[b, ..., :d] = states[..., :-1] @ basis.T + outside
        state[b, ..., d] = states[..., -1]
    at, stopped = state[:, :count], state[:, count:]
    return LogisticFlow(
        marks, at[..., :d], at[..., d], risks, etas, stop_times, stopped[..., :d], stopped[..., d],
        np.array(STATUS)[status], steps, rejected,
    )  # fmt: skip


def mean_risk(outputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean over the last axis of 2 log(1 + exp(-y f)): outputs and labels (..., n)."""
    return 2 * np.mean(np.logaddexp(0.0, -labels * outputs), axis=-1)


def _checked(inner, outer, inputs, labels, risk: str) -> tuple[int, int, int]:
    """(B, h, d) of arrays that fit together. Raises ValueError for others."""
    if inner.ndim != 3 or inputs.ndim != 3:
        raise ValueError(
            f"inner {inner.shape} and inputs {inputs.shape} need three axes (B, h, d), (B, n, d)"
        )
    problems, h, d = inner.shape
    if outer.shape != (problems, h) or inputs.shape[::2] != (problems, d) or labels.shape != inputs.shape[:2]:
        raise ValueError(
            f"shapes do not fit: inner {inner.shape}, outer {outer.shape}, inputs {inputs.shape}, labels {labels.shape}"
        )
    if not np.all(np.abs(labels) == 1):
        raise ValueError("labels must be +1 or -1")
    if risk not in ("positive", "all"):
        raise ValueError(f"unknown risk {risk!r}; allowed: positive, all")
    if risk == "positive" and not np.all((labels > 0).any(axis=1)):
        raise ValueError("the positive risk needs at least one positive sample a problem")
    return problems, h, d


def _span(inputs: np.ndarray) -> np.ndarray:
    """(d, r) orthonormal columns, r = min(n, d), whose span holds every input."""
    n, d = inputs.shape
    return np.eye(d) if n >= d else np.linalg.qr(inputs.T)[0]
