"""The linear data model of Paper B, equation (7): y = <x, beta*> + eta."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Sampler = Callable[[int, np.random.Generator], np.ndarray]
"""A law of inputs: ``sampler(n, rng)`` gives inputs (n, d)."""


@dataclass(frozen=True)
class Dataset:
    """A sample of a regression problem.

    inputs          (n, d), one sample a row (the paper has them as columns)
    labels          (n,)
    teacher         (d,), beta*
    noise_variance  Var(eta)
    """

    inputs: np.ndarray
    labels: np.ndarray
    teacher: np.ndarray
    noise_variance: float

    @property
    def n(self) -> int:
        """How many samples there are."""
        return len(self.inputs)

    @property
    def d(self) -> int:
        """The dimension of the inputs."""
        return self.inputs.shape[1]


def unit_teacher(d: int) -> np.ndarray:
    """beta* = e_1 (d,). Any unit vector will do under a rotation-invariant law; the paper fixes one."""
    return np.eye(d)[0]


def gaussian(d: int) -> Sampler:
    """Standard Gaussian inputs in d dimensions, the law of Section 5."""

    def sample(n: int, rng: np.random.Generator) -> np.ndarray:
        return rng.standard_normal((n, d))

    return sample


def conditioned_gaussian(d: int, c: float, teacher: np.ndarray | None = None) -> Sampler:
    """Standard Gaussian inputs given |<x, beta*>| >= c ||x||: the example law of Assumption 4.1.

    Drawn by rejection, so c must leave something to accept: raises ValueError unless 0 <= c < ||beta*||.
    """
    beta = unit_teacher(d) if teacher is None else np.asarray(teacher, float)
    if not 0 <= c < np.linalg.norm(beta):
        raise ValueError(f"c = {c} must lie in [0, ||beta*||) = [0, {np.linalg.norm(beta):g})")

    def sample(n: int, rng: np.random.Generator) -> np.ndarray:
        kept = np.empty((0, d))
        while len(kept) < n:
            drawn = rng.standard_normal((2 * n + 16, d))
            far = np.abs(drawn @ beta) >= c * np.linalg.norm(drawn, axis=1)
            kept = np.concatenate([kept, drawn[far]])
        return kept[:n]

    return sample


def conditioned_sphere(d: int, c: float, teacher: np.ndarray | None = None) -> Sampler:
    """`conditioned_gaussian` with every input scaled to length sqrt(d): all that is left to vary is the direction.

    Raises ValueError unless 0 <= c < ||beta*||.
    """
    directions = conditioned_gaussian(d, c, teacher)

    def sample(n: int, rng: np.random.Generator) -> np.ndarray:
        drawn = directions(n, rng)
        return np.sqrt(d) * drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    return sample


def draw(
    sampler: Sampler,
    n: int,
    noise_variance: float,
    rng: np.random.Generator,
    teacher: np.ndarray | None = None,
) -> Dataset:
    """n samples of the linear model with Gaussian noise. Raises ValueError for n < 1 or a negative variance."""
    if n < 1:
        raise ValueError(f"n = {n} must be at least 1")
    if noise_variance < 0:
        raise ValueError(f"noise variance {noise_variance} must not be negative")
    inputs = sampler(n, rng)
    beta = unit_teacher(inputs.shape[1]) if teacher is None else np.asarray(teacher, float)
    labels = inputs @ beta + np.sqrt(noise_variance) * rng.standard_normal(n)
    return Dataset(inputs, labels, beta, noise_variance)
