"""Closed forms for Section 3 of Paper B: population vectors, second moments, the bounds without their constants."""

from __future__ import annotations

import numpy as np


def population_vector(d: int) -> np.ndarray:
    """D(w) = E[1[<w, x> > 0] y x] = e_1 / 2 (d,), for every w: standard Gaussian inputs and teacher e_1.

    If x and -x have one law, x and -x share y x between <w, x> > 0 and < 0 in equal halves.
    """
    return np.eye(d)[0] / 2


def one_neuron_vector(directions: np.ndarray) -> np.ndarray:
    """D(w) for unit rows w (m, d), standard Gaussian inputs and y = relu(<x, e_1>): with theta the angle between w and
    e_1, D(w) = ((pi - theta) e_1 + sin(theta) w) / (2 pi). Parallel to w only at w = e_1, and zero only at -e_1."""
    theta = np.arccos(np.clip(directions[:, :1], -1.0, 1.0))
    teacher = np.eye(directions.shape[1])[:1]
    return ((np.pi - theta) * teacher + np.sin(theta) * directions) / (2 * np.pi)


def second_moment(d: int, noise_variance: float) -> float:
    """E ||y x||^2 = d + 2 + d Var(eta), for standard Gaussian inputs and a unit linear teacher."""
    return d + 2 + d * noise_variance


def expectation_bound(n: float | np.ndarray, d: int, moment: float) -> float | np.ndarray:
    """sqrt(d log n / n * E ||y x||^2): Theorem 3.1 without its universal constant (rebuilt)."""
    return np.sqrt(d * np.log(n) / n * moment)


def orthogonal_count(labels: np.ndarray) -> int:
    """Extremal vectors of orthogonal inputs with nonzero labels: 2^(n_+) + 2^(n_-) - 1.

    Derived from Definition 2.1: D has the activations of w only if D = 1/n sum over S of y_k x_k with S among the
    positive labels, those of -w only if S is among the negative ones; S empty is D = 0, counted once.
    Raises ValueError if a label is zero.
    """
    if np.any(labels == 0):
        raise ValueError("a zero label leaves its sample without a say; the count needs nonzero labels")
    positive = int(np.sum(labels > 0))
    return 2**positive + 2 ** (len(labels) - positive) - 1


def equicorrelated(n: int, correlation: float) -> np.ndarray:
    """n unit inputs in R^n (rows) with <x_k, x_l> = correlation for k != l; orthogonal at 0.

    Raises ValueError unless 0 <= correlation < 1.
    """
    if not 0 <= correlation < 1:
        raise ValueError(f"correlation {correlation} must lie in [0, 1)")
    apart = np.sqrt(1 - correlation)
    return apart * np.eye(n) + (np.sqrt(1 - correlation + n * correlation) - apart) / n
