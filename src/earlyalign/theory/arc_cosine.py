"""Second moments of ReLU networks under Gaussian inputs, in closed form (Cho & Saul 2009, the arc-cosine kernel).

Since relu(s) = (s + |s|) / 2, a network is half a linear map plus half an even function, and under a symmetric law the
two are orthogonal. The linear half is then exact and only the even one needs a kernel,

    E |<u, x>| |<v, x>| = (2 / pi) |u| |v| (sqrt(1 - c^2) + c arcsin c),   c = cos(u, v).

So a network that is nearly linear, or nearly its teacher, loses no digits to cancellation between neurons of opposite
directions.
"""

from __future__ import annotations

import numpy as np

BLOCK = 64
"""Neurons per block of rows: a few arrays of BLOCK x m numbers are in memory at once."""


def second_moment(inner: np.ndarray, outer: np.ndarray) -> float:
    """E h(x)^2 of the network h(x) = sum_i a_i relu(<w_i, x>), weights (m, d) and (m,), x standard Gaussian.

    In float64, to about the rounding error of (sum_i |a_i| |w_i|)^2. O(m^2 d) operations, O(BLOCK m) memory.
    """
    inner, outer = np.asarray(inner, float), np.asarray(outer, float)
    linear = outer @ inner
    return float(linear @ linear + _even_moment(inner, outer)) / 4


def squared_distance(first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]) -> float:
    """E (f(x) - g(x))^2 of two networks, each (inner (m, d), outer (m,)): `second_moment` of their difference.

    With a teacher for g, the excess risk of f under standard Gaussian inputs.
    """
    inner = np.concatenate([first[0], second[0]])
    return second_moment(inner, np.concatenate([first[1], -np.asarray(second[1])]))


def _even_moment(inner: np.ndarray, outer: np.ndarray) -> float:
    """E (sum_i a_i |<w_i, x>|)^2, the mean's share apart from that of the deviations from it."""
    lengths = np.linalg.norm(inner, axis=1)
    kept = lengths > 0
    units, weights = inner[kept] / lengths[kept, None], (outer * lengths)[kept]
    deviations = sum(
        _block_moment(units[start:], weights[start:], min(BLOCK, len(weights) - start))
        for start in range(0, len(weights), BLOCK)
    )
    return 2 / np.pi * (weights.sum() ** 2 + deviations)


def _block_moment(units: np.ndarray, weights: np.ndarray, rows: int) -> float:
    """sum_ij v_i v_j k(u_i, u_j), i over the first `rows`: pairs with a later j twice, being there in both orders."""
    products = weights[:rows] @ _even_kernel(units[:rows] @ units.T)
    return products[:rows] @ weights[:rows] + 2 * products[rows:] @ weights[rows:]


def _even_kernel(cosine: np.ndarray) -> np.ndarray:
    """sqrt(1 - c^2) + c arcsin c - 1, and 1 - c^2 as a product, which keeps its digits near c = 1."""
    cosine = np.clip(cosine, -1.0, 1.0)
    return np.sqrt((1 - cosine) * (1 + cosine)) + cosine * np.arcsin(cosine) - 1
