"""Test error of a whole two-layer ReLU network under the Gaussian mixture of Paper A, exact along lines.

Inputs are x = kappa y s + sigma z, labels y = +-1 equally likely. Split x = a s + b with b orthogonal to s. For fixed b
the output is piecewise linear in a, which is Gaussian with mean y kappa: the error on that line is a finite sum of
normal probabilities. Only the average over b is sampled, on a scrambled Sobol sequence. A misclassified share of a few
per cent then costs a thousand times fewer lines than single inputs would.
"""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
from numba import njit
from scipy.special import ndtri
from scipy.stats import qmc

ZERO = 1e-12
"""Outputs below this fraction of the weights' size are zero: no neuron is active there."""


def lines(count: int, s: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    """(count, d) points b orthogonal to the unit vector s (d,): sigma times a standard Gaussian, quasi-random.

    Raises ValueError unless count is a power of two.
    """
    if count < 1 or count & (count - 1):
        raise ValueError(f"{count} lines: a Sobol sequence is balanced for powers of two")
    uniform = qmc.Sobol(len(s), rng=rng).random(count)
    normal = ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))
    return sigma * (normal - np.outer(normal @ s, s))


def network_error(
    inner: np.ndarray, outer: np.ndarray, s: np.ndarray, kappa: float, sigma: float, offsets: np.ndarray
) -> float:
    """Mean over `offsets` (lines, d) of the error of x -> sum_j outer_j relu(<inner_j, x>).

    inner (h, d), outer (h,), s (d,) a unit vector. Where the output is zero the label is a coin toss, half an error.
    """
    errors = line_errors(
        np.ascontiguousarray(offsets @ inner.T), inner @ s, np.ascontiguousarray(outer), kappa, sigma
    )
    return float(errors.mean())


@njit(cache=True)
def line_errors(
    intercepts: np.ndarray, slopes: np.ndarray, outer: np.ndarray, kappa: float, sigma: float
) -> np.ndarray:
    """(lines,) error of f(a) = sum_j outer_j relu(slopes_j a + intercepts_ij), a ~ N(y kappa, sigma^2), y = +-1.

    intercepts (lines, h), slopes (h,), outer (h,).
    """
    count, h = intercepts.shape
    errors = np.empty(count)
    kinks, order = np.empty(h), np.empty(h, np.int64)
    small = ZERO * (np.abs(outer) * np.abs(slopes)).sum()
    for i in range(count):
        slope, level, size = 0.0, 0.0, 0.0
        for j in range(h):
            kinks[j] = -intercepts[i, j] / slopes[j] if slopes[j] != 0 else np.inf
            if slopes[j] < 0 or (slopes[j] == 0 and intercepts[i, j] > 0):
                slope += outer[j] * slopes[j]
                level += outer[j] * intercepts[i, j]
            size += abs(outer[j] * intercepts[i, j])
        order[:] = np.argsort(kinks)
        total, left = 0.0, -np.inf
        for k in range(h + 1):
            right = kinks[order[k]] if k < h else np.inf
            if right > left:
                total += _piece(slope, level, left, right, kappa, sigma, small, ZERO * size)
            if right == np.inf:
                break
            j = order[k]
            sign = 1.0 if slopes[j] > 0 else -1.0
            slope += sign * outer[j] * slopes[j]
            level += sign * outer[j] * intercepts[i, j]
            left = right
        errors[i] = total
    return errors


@njit(cache=True)
def _piece(
    slope: float,
    level: float,
    left: float,
    right: float,
    kappa: float,
    sigma: float,
    flat: float,
    zero: float,
) -> float:
    """Error mass of slope * a + level on (left, right), both classes."""
    if abs(slope) <= flat:
        if abs(level) <= zero:
            return 0.25 * (_mass(left, right, kappa, sigma) + _mass(left, right, -kappa, sigma))
        return 0.5 * _mass(left, right, kappa if level < 0 else -kappa, sigma)
    root = min(max(-level / slope, left), right)
    below, above = (left, root), (root, right)
    if slope < 0:
        below, above = above, below
    return 0.5 * (_mass(below[0], below[1], kappa, sigma) + _mass(above[0], above[1], -kappa, sigma))


@njit(cache=True)
def _mass(left: float, right: float, mean: float, sigma: float) -> float:
    """P(left < a < right) for a ~ N(mean, sigma^2), without loss in the tails."""
    if right <= left:
        return 0.0
    low, high = (left - mean) / sigma, (right - mean) / sigma
    if low > 0:
        low, high = -high, -low
    return 0.5 * (erfc(-high / sqrt(2.0)) - erfc(-low / sqrt(2.0)))
