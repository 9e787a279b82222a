"""Gradient flow as an ordinary differential equation, by scipy's adaptive Runge–Kutta methods in float64.

For horizons of a few hundred units of time, where dense output, events and a tolerance that means something are
wanted. Every neuron that crosses a wall w·x_k = 0 makes the right-hand side jump by O(1/n). The error control has to
find each jump, so a low order pays: from n = 200, m = 50, RK45 at rtol 1e-6 takes about a seventh of the evaluations
of DOP853 and lands on the same limit. Plateaus of length 10^4 belong to `long_flow`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import OdeSolution, solve_ivp

from earlyalign.dynamics.squared_loss import velocity
from earlyalign.networks.two_layer import TwoLayer

Field = Callable[[TwoLayer], TwoLayer]
"""The right-hand side: weights -> their time derivative."""
Gauge = Callable[[TwoLayer], float]
"""A number read off the weights; an event is its sign change."""


@dataclass(frozen=True)
class Event:
    """A stopping or recording time: the roots in t of `gauge(theta(t))`.

    terminal   whether the flow ends at the first one
    direction  +1 for roots where the gauge rises, -1 where it falls, 0 for both
    """

    gauge: Gauge
    terminal: bool = False
    direction: float = 0.0


@dataclass(frozen=True)
class Trajectory:
    """A gradient flow that was followed.

    times        (k,) the times asked for, or the solver's own steps
    nets         the weights at these times
    event_times  one array of interpolated times per event
    end          the last time reached (the horizon, or a terminal event)
    evaluations  of the right-hand side
    """

    times: np.ndarray
    nets: list[TwoLayer]
    event_times: list[np.ndarray]
    end: float
    evaluations: int
    dense: OdeSolution
    d: int

    @property
    def last(self) -> TwoLayer:
        """The weights at `end`."""
        return self.at(self.end)

    def at(self, time: float) -> TwoLayer:
        """The weights at any time in [0, end], by the solver's own interpolant.

        Raises ValueError outside that range.
        """
        if not 0 <= time <= self.end:
            raise ValueError(f"time {time} lies outside [0, {self.end}]")
        return TwoLayer.from_flat(self.dense(time), self.d)


def square_loss(inputs: np.ndarray, labels: np.ndarray) -> Field:
    """The field of the flow (4) for L = 1/(2n) sum_k (h(x_k) - y_k)^2; inputs (n, d), labels (n,)."""
    return lambda net: velocity(net, inputs, labels)


def gradient_flow(
    net: TwoLayer,
    field: Field,
    horizon: float,
    times: np.ndarray | Sequence[float] | None = None,
    events: Sequence[Event] = (),
    rtol: float = 1e-6,
    atol: float = 1e-10,
    method: str = "RK45",
) -> Trajectory:
    """Follow theta' = field(theta) from `net` for `horizon` units of time (Paper B, equation (1)).

    times are the times to report, the solver's own steps by default. rtol and atol bound the local error of every
    weight. Raises ValueError unless horizon > 0, RuntimeError if the solver gives up.
    """
    if horizon <= 0:
        raise ValueError(f"horizon = {horizon} must be positive")
    d = net.inner.shape[1]

    def right_hand_side(_: float, flat: np.ndarray) -> np.ndarray:
        return field(TwoLayer.from_flat(flat, d)).flat()

    solution = solve_ivp(
        right_hand_side, (0.0, horizon), net.flat(), method=method, t_eval=times, rtol=rtol, atol=atol,
        events=[_scipy_event(event, d) for event in events] or None, dense_output=True,
    )  # fmt: skip
    if not solution.success:
        raise RuntimeError(f"the solver stopped at time {solution.t[-1]:g}: {solution.message}")
    nets = [TwoLayer.from_flat(flat, d) for flat in solution.y.T]
    event_times = [] if solution.t_events is None else list(solution.t_events)
    return Trajectory(
        solution.t, nets, event_times, float(solution.sol.t_max), solution.nfev, solution.sol, d
    )


def _scipy_event(event: Event, d: int) -> Callable[[float, np.ndarray], float]:
    def gauge(_: float, flat: np.ndarray) -> float:
        return event.gauge(TwoLayer.from_flat(flat, d))

    # scipy reads these off the function, and a function's type has no room for them
    gauge.terminal, gauge.direction = event.terminal, event.direction  # type: ignore[attr-defined]
    return gauge
