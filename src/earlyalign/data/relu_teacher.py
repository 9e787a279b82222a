"""Teachers as ReLU networks: the more complex one of Appendix A.6, of a few neurons, and the linear one, of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ReluTeacher:
    """f(x) = sum_j weights_j relu(<directions_j, x>); directions (k, d), weights (k,)."""

    directions: np.ndarray
    weights: np.ndarray

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """f at inputs (n, d), shape (n,)."""
        return np.maximum(inputs @ self.directions.T, 0.0) @ self.weights


def relu_teacher(k: int, d: int, seed: int = 0) -> ReluTeacher:
    """A teacher of k neurons with standard Gaussian parameters. One seed, one teacher, whatever the runs.

    Raises ValueError for k < 1 or d < 1.
    """
    if k < 1 or d < 1:
        raise ValueError(f"k = {k} neurons and d = {d} must be at least 1")
    rng = np.random.default_rng([seed, k, d])
    return ReluTeacher(rng.standard_normal((k, d)), rng.standard_normal(k))


def linear_teacher(beta: np.ndarray) -> ReluTeacher:
    """f(x) = <beta, x> as the network relu(<beta, x>) - relu(-<beta, x>), beta (d,)."""
    beta = np.asarray(beta, float)
    return ReluTeacher(np.stack([beta, -beta]), np.array([1.0, -1.0]))
