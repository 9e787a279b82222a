"""Ordinary least squares: on the whole sample, and on the two half-spaces of Theorem 4.1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def least_squares(inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(d,) minimiser of ||X beta - y||. Raises ValueError where it is not unique (fewer samples than dimensions)."""
    solution, _, rank, _ = np.linalg.lstsq(inputs, labels, rcond=None)
    if rank < inputs.shape[1]:
        raise ValueError(
            f"{len(inputs)} samples of rank {rank} do not determine {inputs.shape[1]} coefficients"
        )
    return solution


@dataclass(frozen=True)
class TwoOLS:
    """beta_{n,+} and beta_{n,-} (d,): least squares on S_+ = {k: <x_k, beta*> >= 0} and on its complement.

    `predict` is the limit of Theorem 4.1: (<beta_+, x>)_+ - (-<beta_-, x>)_+.
    """

    plus: np.ndarray
    minus: np.ndarray

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """The limit of Theorem 4.1 at inputs (n, d), shape (n,)."""
        return np.maximum(inputs @ self.plus, 0.0) - np.maximum(-(inputs @ self.minus), 0.0)


def two_ols(inputs: np.ndarray, labels: np.ndarray, teacher: np.ndarray) -> TwoOLS:
    """The two estimators of Theorem 4.1. Raises ValueError if a half-space holds too few samples."""
    upper = inputs @ teacher >= 0
    return TwoOLS(
        least_squares(inputs[upper], labels[upper]), least_squares(inputs[~upper], labels[~upper])
    )  # fmt: skip


def population_risk(beta: np.ndarray, teacher: np.ndarray, noise_variance: float) -> float:
    """E (y - <x, beta>)^2 under isotropic inputs: ||beta - beta*||^2 + Var(eta)."""
    return float(np.sum((beta - teacher) ** 2) + noise_variance)
