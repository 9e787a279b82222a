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
    over all ways to halve the sample it is the mean of <y_i x_i, y_k x_k> over i != k. What is left of the mean
    ||x_i||^2 is the noise, sigma^2 d, and tan^2(phi) is about sigma^2 (d - 1) / (n_+ kappa^2). Without signal it is a
    right angle. Raises ValueError for fewer than two samples or no positive one.
    """
    n, positives = len(labels), int(np.sum(labels > 0))
    if n < 2 or not positives:
        raise ValueError(f"an angle needs two samples and a positive one, got {n} and {positives}")
    turned = labels[:, None] * inputs
    lengths = np.sum(turned**2)
    signal = max((np.sum(turned.sum(axis=0) ** 2) - lengths) / (n * (n - 1)), 0.0)
    noise = max(lengths / n - signal, 0.0) * (1 - 1 / inputs.shape[1])
    return float(np.arctan2(np.sqrt(noise), np.sqrt(positives * signal)))
