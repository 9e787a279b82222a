"""The first phase of training: neurons turn while their norms stay small (Paper B, Section 2 and Lemma F.2).

The flow (4) is integrated in units of the initialisation scale, theta = lambda u, which keeps a scale of 1e-12 well
conditioned: u_i' = (a_i D_n(w_i, theta), <w_i, D_n(w_i, theta)>) / lambda, with the residual y - lambda^2 h_u.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from earlyalign.dynamics.squared_loss import velocity
from earlyalign.networks.two_layer import TwoLayer


@dataclass(frozen=True)
class Alignment:
    """A recorded early phase.

    times       (T,), of the gradient flow, from 0 to the end of the phase
    directions  (T, m, d), w_i / ||w_i||
    outer       (T, m), a_i / lambda
    inner_norm  (T, m), ||w_i|| / lambda
    """

    times: np.ndarray
    directions: np.ndarray
    outer: np.ndarray
    inner_norm: np.ndarray


def alignment_time(speed: float, init_scale: float, epsilon: float) -> float:
    """tau = epsilon ln(1/lambda) / speed, where the output weights have grown by at most lambda^-epsilon (Lemma F.2).

    speed is the largest ||D_n||. Raises ValueError unless 0 < lambda < 1, 0 < epsilon < 1 and speed > 0.
    """
    if not (0 < init_scale < 1 and 0 < epsilon < 1 and speed > 0):
        raise ValueError(
            f"need 0 < lambda = {init_scale} < 1, 0 < epsilon = {epsilon} < 1, speed = {speed} > 0"
        )
    return float(epsilon * np.log(1 / init_scale) / speed)


def align(
    unit_net: TwoLayer,
    inputs: np.ndarray,
    labels: np.ndarray,
    init_scale: float,
    times: np.ndarray,
    rtol: float = 3e-3,
) -> Alignment:
    """The flow from theta = init_scale * unit_net, recorded at `times` (T,), ascending from 0.

    Where a neuron slides along a wall the right-hand side jumps at every step; the solver then crosses back and
    forth within its tolerance, which bounds the error of the direction there by about `rtol`.
    """
    d = inputs.shape[1]

    def rate(_: float, flat: np.ndarray) -> np.ndarray:
        net = TwoLayer.from_flat(flat, d)
        shrunk = TwoLayer(net.inner, init_scale**2 * net.outer)
        pull = velocity(shrunk, inputs, labels)
        return TwoLayer(pull.inner / init_scale**2, pull.outer).flat()

    start = unit_net.flat()
    floor = np.min(np.linalg.norm(unit_net.inner, axis=1))
    solved = solve_ivp(
        rate, (times[0], times[-1]), start, method="RK23", t_eval=times, rtol=rtol, atol=rtol * float(floor)
    )
    nets = [TwoLayer.from_flat(flat, d) for flat in solved.y.T]
    norms = np.array([np.linalg.norm(net.inner, axis=1) for net in nets])
    return Alignment(
        solved.t,
        np.array([net.inner for net in nets]) / norms[..., None],
        np.array([net.outer for net in nets]),
        norms,
    )
