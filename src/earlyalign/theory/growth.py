"""Closed forms and bounds of the proof of Theorem 4.1 (Paper B, Appendix F), with every constant written out.

The source text leaves the constants of (22), (38), (45) and (48) unnamed. Those below follow from the same steps and
are explicit, so that a measurement can violate them.
"""

from __future__ import annotations

import numpy as np


def alignment_bound(times: np.ndarray, speed: float, deviation: float, start: np.ndarray) -> np.ndarray:
    """(T, m) lower bound of <w_i/a_i, D/||D||> at `times` (T,), equation (22).

    With D_n(w_i, theta) never further than `deviation` from D, ||D|| = speed, u' >= speed (zeta^2 - u^2) where
    zeta^2 = 1 - 2 deviation / speed; its solution through `start` (m,) is zeta tanh(zeta speed t + artanh(start/zeta)).
    Raises ValueError where zeta^2 <= 0: the bound says nothing there.
    """
    square = 1 - 2 * deviation / speed
    if square <= 0:
        raise ValueError(f"deviation {deviation:g} leaves no bound at speed {speed:g}")
    zeta = np.sqrt(square)
    offset = np.arctanh(np.clip(start / zeta, -1 + 1e-15, 1 - 1e-15))
    return zeta * np.tanh(zeta * speed * times[:, None] + offset)


def growth_matrix(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """(..., d, d) M = sum_i a_i^2 I + w_i w_i^T, the matrix of (35): beta' = M D.

    inner (..., m, d), outer (..., m).
    """
    mass = np.sum(outer**2, axis=-1)[..., None, None]
    return mass * np.eye(inner.shape[-1]) + np.swapaxes(inner, -1, -2) @ inner


def excess_loss(gram: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """L_+(beta) - L_+(beta_n) = gap^T A gap / 2 for gap = beta - beta_n (..., d)."""
    return np.sum(gap @ gram * gap, axis=-1) / 2


def polyak_constant(gram: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """mu of (45): ||grad L_+||^2 >= mu (L_+ - L_+(beta_n)) wherever sum a_i^2 = mass; mu = 2 lambda_min(A) mass."""
    return 2 * np.linalg.eigvalsh(gram)[0] * mass


def decay_modes(gram: np.ndarray, growth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Near the limit (beta - beta_n)' = -M A (beta - beta_n): rates (d,), ascending, and modes (d, d), columns.

    <gap, modes[:, k]> decays at rates[k], and L_+ - L_+(beta_n) is half the sum of their squares, so it decays at twice
    the smallest rate: equation (48) with its best exponent. The rates are the eigenvalues of M A, taken from the
    symmetric A^1/2 M A^1/2.
    """
    values, vectors = np.linalg.eigh(gram)
    root = (vectors * np.sqrt(values)) @ vectors.T
    rates, turned = np.linalg.eigh(root @ growth @ root)
    return rates, root @ turned


def fast_growth_bound(gram: np.ndarray, excess: float, epsilon2: float, epsilon3: float) -> float:
    """Longest possible third phase, equation (38) with its constants.

    While sum a_i^2 >= epsilon2 the excess loss falls at least at rate 2 lambda_min(A) epsilon2, and once it is below
    lambda_min(A) epsilon3^2 / 2 the estimator is within epsilon3. excess is its value when the phase begins.
    """
    least = np.linalg.eigvalsh(gram)[0]
    return float(max(np.log(2 * excess / (least * epsilon3**2)), 0.0) / (2 * least * epsilon2))


def path_bound(excess: float, mu: float) -> float:
    """Longest possible way of all weights to the limit, equation (49): 2 sqrt(excess / mu)."""
    return float(2 * np.sqrt(excess / mu))
