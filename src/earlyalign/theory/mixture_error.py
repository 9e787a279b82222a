"""Test error of a whole two-layer ReLU network under the Gaussian mixture of Paper A, exact along lines.

Inputs are x = kappa y s + sigma z, labels y = +-1 equally likely. Split x = a s + b with b orthogonal to s. For fixed b
the output is piecewise linear in a, which is Gaussian with mean y kappa: the error on that line is a finite sum of
normal probabilities. Only the average over b is sampled, on a scrambled Sobol sequence. A misclassified share of a few
per cent then costs a thousand times fewer lines than single inputs would.
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True)
class NetworkError:
    """Shares of fresh inputs.

    wrong   the output has the other sign
    silent  the output is zero, as where no neuron is active
    """

    wrong: float
    silent: float

    @property
    def error(self) -> float:
        """The test error if a silent network tosses a coin."""
        return self.wrong + self.silent / 2


def network_error(
    inner: np.ndarray, outer: np.ndarray, s: np.ndarray, kappa: float, sigma: float, offsets: np.ndarray
) -> NetworkError:
    """The error of x -> sum_j outer_j relu(<inner_j, x>), a mean over the lines through `offsets` (lines, d).

    inner (h, d), outer (h,), s (d,) a unit vector.
    """
    shares = line_errors(
        np.ascontiguousarray(offsets @ inner.T), inner @ s, np.ascontiguousarray(outer), kappa, sigma
    )
    return NetworkError(*(float(share) for share in shares.mean(axis=0)))


@njit(cache=True)
def line_errors(
    intercepts: np.ndarray, slopes: np.ndarray, outer: np.ndarray, kappa: float, sigma: float
) -> np.ndarray:
    """(lines, 2) shares of inputs at which f(a) = sum_j outer_j relu(slopes_j a + intercepts_ij) is wrong, and zero.

    a ~ N(y kappa, sigma^2) with y = +-1 equally likely. intercepts (lines, h), slopes (h,), outer (h,).
    """
    count, h = intercepts.shape
    shares = np.zeros((count, 2))
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
        left = -np.inf
        for k in range(h + 1):
            right = kinks[order[k]] if k < h else np.inf
            if right > left:
                if abs(slope) <= small and abs(level) <= ZERO * size:
                    shares[i, 1] += _both(left, right, left, right, kappa, sigma)
                else:
                    shares[i, 0] += _wrong(slope, level, left, right, kappa, sigma, small)
            if right == np.inf:
                break
            j = order[k]
            sign = 1.0 if slopes[j] > 0 else -1.0
            slope += sign * outer[j] * slopes[j]
            level += sign * outer[j] * intercepts[i, j]
            left = right
    return shares


@njit(cache=True)
def _wrong(
    slope: float, level: float, left: float, right: float, kappa: float, sigma: float, flat: float
) -> float:
    """Share of inputs on (left, right) at which slope * a + level has the wrong sign."""
    if abs(slope) <= flat:
        return 0.5 * _mass(left, right, kappa if level < 0 else -kappa, sigma)
    root = min(max(-level / slope, left), right)
    if slope > 0:
        return _both(left, root, root, right, kappa, sigma)
    return _both(root, right, left, root, kappa, sigma)


@njit(cache=True)
def _both(low: float, high: float, lower: float, higher: float, kappa: float, sigma: float) -> float:
    """Share of positive inputs in (low, high) and of negative ones in (lower, higher), classes equally likely."""
    return 0.5 * (_mass(low, high, kappa, sigma) + _mass(lower, higher, -kappa, sigma))


@njit(cache=True)
def _mass(left: float, right: float, mean: float, sigma: float) -> float:
    """P(left < a < right) for a ~ N(mean, sigma^2), without loss in the tails."""
    if right <= left:
        return 0.0
    low, high = (left - mean) / sigma, (right - mean) / sigma
    if low > 0:
        low, high = -high, -low
    return 0.5 * (erfc(-high / sqrt(2.0)) - erfc(-low / sqrt(2.0)))
