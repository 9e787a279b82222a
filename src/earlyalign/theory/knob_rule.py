"""Which alpha a sample asks for, by the geometry of Paper A: open the cap until it reaches s.

At the end of Phase 1 a neuron is within arccos sqrt(zeta(alpha)) of x_+ (Theorem 5.1). Setting that angle to phi, the
angle between x_+ and s, gives the critical scale

    alpha_crit = sin^2(phi) ||x_+|| / (4 n sqrt(h) x_max^2 Wt_max^2),

with sin^2(phi) ~ d / n: the law alpha* ~ n^-1 h^-1/2. The rule is rebuilt. Everything in it but phi is seen; phi is
estimated here from the sample alone.
"""

from __future__ import annotations

import numpy as np


def critical_scale(phi, n: int, h: int, x_plus_norm, x_max, w_max):
    """alpha_crit; phi in radians, lengths as in `theory.phase_one`. Arguments broadcast."""
    return np.sin(phi) ** 2 * x_plus_norm / (4 * n * np.sqrt(h) * x_max**2 * w_max**2)


def estimated_angle(inputs: np.ndarray, labels: np.ndarray) -> float:
    """phi, in radians, from the sample (n, d) alone.

    All y_i x_i have mean kappa s, so the inner product of the means of two disjoint halves estimates kappa^2. Averaged
    over all ways to halve the sample it is the mean of <y_i x_i, y_k x_k> over i != k. With it
    cos(phi) = <x_+, s> / ||x_+|| is about n_+ kappa / ||x_+||, cut to [0, 1]. Raises ValueError for fewer than two
    samples or no positive one.
    """
    n, positive = len(labels), labels > 0
    if n < 2 or not positive.any():
        raise ValueError(f"an angle needs two samples and a positive one, got {n} and {int(positive.sum())}")
    turned = labels[:, None] * inputs
    square = (np.sum(turned.sum(axis=0) ** 2) - np.sum(turned**2)) / (n * (n - 1))
    length = np.linalg.norm(inputs[positive].sum(axis=0))
    return float(np.arccos(np.clip(positive.sum() * np.sqrt(max(square, 0.0)) / length, 0.0, 1.0)))
