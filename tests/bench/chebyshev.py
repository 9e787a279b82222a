"""Coefficients of the second-order Runge–Kutta–Chebyshev method RKC2.

Source: B. P. Sommeijer, L. F. Shampine, J. G. Verwer, *RKC: an explicit solver for parabolic PDEs*, J. Comput. Appl.
Math. 88 (1998), equations (2.4)–(2.9). An s-stage step is stable on the negative real axis up to about 0.65 s², where
s Euler steps would reach 2 s: the longer the plateau, the cheaper the flow.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np

DAMPING = 2 / 13
"""epsilon of the paper: how far the stability region is kept off the real axis."""

MAX_STAGES = 40
"""Longer steps would be stable too, but each damps the fast modes by no more than a tenth: rest would take many."""


class Coefficients(NamedTuple):
    """Stage coefficients mu_j, nu_j, mu~_j, gamma~_j, each (s + 1,), for
    Y_j = (1 - mu_j - nu_j) Y_0 + mu_j Y_{j-1} + nu_j Y_{j-2} + mu~_j H F_{j-1} + gamma~_j H F_0."""

    mu: np.ndarray
    nu: np.ndarray
    mu_tilde: np.ndarray
    gamma_tilde: np.ndarray


def stages_for(step: float, spectral_radius: float) -> int:
    """The least number of stages for which `step` is stable, between 2 and MAX_STAGES."""
    wanted = math.ceil(math.sqrt(1 + step * spectral_radius / _reach(1.0)))
    return min(max(2, wanted), MAX_STAGES)


def longest_step(spectral_radius: float) -> float:
    """The longest stable step with MAX_STAGES stages."""
    return _reach(MAX_STAGES**2 - 1.0) / spectral_radius


def _reach(stages_squared_less_one: float) -> float:
    return 2 / 3 * stages_squared_less_one * (1 - 2 / 15 * DAMPING)


@cache
def coefficients(stages: int) -> Coefficients:
    """The coefficients of the s-stage method, s >= 2. Raises ValueError for fewer stages."""
    if stages < 2:
        raise ValueError(f"RKC2 needs at least 2 stages, got {stages}")
    w0 = 1 + DAMPING / stages**2
    value, slope, bend = _chebyshev(stages, w0)
    w1 = slope[stages] / bend[stages]
    b = np.empty(stages + 1)
    b[2:] = bend[2:] / slope[2:] ** 2
    b[0], b[1] = b[2], 1 / w0
    a = 1 - b * value
    zeros = np.zeros(stages + 1)
    mu, nu, mu_tilde, gamma_tilde = zeros.copy(), zeros.copy(), zeros.copy(), zeros.copy()
    mu_tilde[1] = b[1] * w1
    mu[2:] = 2 * b[2:] * w0 / b[1:-1]
    nu[2:] = -b[2:] / b[:-2]
    mu_tilde[2:] = 2 * b[2:] * w1 / b[1:-1]
    gamma_tilde[2:] = -a[1:-1] * mu_tilde[2:]
    return Coefficients(mu, nu, mu_tilde, gamma_tilde)


def _chebyshev(degree: int, at: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """T_j, T_j', T_j'' at one point, j = 0..degree, by the three-term recurrence."""
    value, slope, bend = np.zeros(degree + 1), np.zeros(degree + 1), np.zeros(degree + 1)
    value[0], value[1], slope[1] = 1, at, 1
    for j in range(2, degree + 1):
        value[j] = 2 * at * value[j - 1] - value[j - 2]
        slope[j] = 2 * at * slope[j - 1] - slope[j - 2] + 2 * value[j - 1]
        bend[j] = 2 * at * bend[j - 1] - bend[j - 2] + 4 * slope[j - 1]
    return value, slope, bend
