"""Second moments of ReLU networks under Gaussian inputs, in closed form (Cho & Saul 2009, the arc-cosine kernel)."""

from __future__ import annotations

import numpy as np


def relu_gram(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """E[relu(<u, x>) relu(<v, x>)], x standard Gaussian, rows u of `first` (p, d), v of `second` (q, d): (p, q)."""
    lengths = np.outer(np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1))
    safe = np.where(lengths > 0, lengths, 1.0)
    cosine = np.clip(first @ second.T / safe, -1.0, 1.0)
    angle = np.arccos(cosine)
    return lengths * (np.sin(angle) + (np.pi - angle) * cosine) / (2 * np.pi)


def second_moment(inner: np.ndarray, outer: np.ndarray) -> float:
    """E h(x)^2 of the network sum_i a_i relu(<w_i, x>), weights (m, d) and (m,), x standard Gaussian."""
    return float(outer @ relu_gram(inner, inner) @ outer)
