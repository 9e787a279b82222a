"""The data law of Paper A: x_i = kappa y_i s + sigma z_i, two Gaussian clouds on either side of the origin.

The paper lets each sample have its own direction s_i and asks of the sample that it be orthogonally separable,
y_i y_k <x_i, x_k> / (||x_i|| ||x_k||) >= lambda > 0 for every pair. Here all samples share one unit direction s, the
classes are of equal size unless asked otherwise, and separability is had by sequential rejection: a sample that is at
odds with one already kept is drawn again. All three are choices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

MOST_DRAWS = 1_000_000
"""Draws for one sample after which rejection gives up."""


@dataclass(frozen=True)
class Mixture:
    """A sample of the two-class Gaussian mixture.

    inputs     (n, d), one sample a row
    labels     (n,), +1 or -1
    direction  (d,), the unit vector s, Bayes' predictor
    kappa      half the distance between the class means, in units of inputs
    sigma      standard deviation of every coordinate about its class mean
    """

    inputs: np.ndarray
    labels: np.ndarray
    direction: np.ndarray
    kappa: float
    sigma: float

    @property
    def n(self) -> int:
        """How many samples there are."""
        return len(self.inputs)

    @property
    def d(self) -> int:
        """The dimension of the inputs."""
        return self.inputs.shape[1]

    @property
    def x_plus(self) -> np.ndarray:
        """(d,) the sum of the positive samples, where the neurons with v_j > 0 are drawn."""
        return self.inputs[self.labels > 0].sum(axis=0)

    @property
    def x_max(self) -> float:
        """The length of the longest sample."""
        return float(np.linalg.norm(self.inputs, axis=1).max())

    @property
    def phi(self) -> float:
        """The angle between x_plus and s, in radians: how far the sample's own direction is from Bayes'."""
        return float(angle(self.x_plus, self.direction))

    @property
    def separability(self) -> float:
        """The smallest y_i y_k cos(x_i, x_k) over pairs i < k; 1 for a single sample."""
        turned = self.labels[:, None] * self.inputs / np.linalg.norm(self.inputs, axis=1, keepdims=True)
        return float((turned @ turned.T)[np.triu_indices(self.n, 1)].min(initial=1.0))

    def positives(self) -> Mixture:
        """The same sample with its negative half left out."""
        kept = self.labels > 0
        return Mixture(self.inputs[kept], self.labels[kept], self.direction, self.kappa, self.sigma)


def angle(u: np.ndarray, v: np.ndarray) -> np.ndarray | float:
    """The angle in radians between vectors along the last axis; accurate for small angles. Raises ValueError for 0."""
    lengths = np.linalg.norm(u, axis=-1, keepdims=True), np.linalg.norm(v, axis=-1, keepdims=True)
    if np.any(lengths[0] == 0) or np.any(lengths[1] == 0):
        raise ValueError("a vector of length 0 has no angle")
    a, b = u / lengths[0], v / lengths[1]
    radians = 2 * np.arctan2(np.linalg.norm(a - b, axis=-1), np.linalg.norm(a + b, axis=-1))
    return float(radians) if np.ndim(radians) == 0 else radians


def draw_mixture(
    n: int,
    d: int,
    kappa: float,
    sigma: float,
    rng: np.random.Generator,
    separability: float | None = None,
    classes: Literal["balanced", "iid"] = "balanced",
    direction: np.ndarray | None = None,
) -> Mixture:
    """n samples in d dimensions about +-kappa s, s = e_1 unless `direction` (d,) says otherwise.

    classes       "balanced": labels +1, -1, +1, ..., so the positives have the odd one; "iid": fair coins, drawn
                  again while a class is missing and n >= 2
    separability  lambda in [0, 1), the least y_i y_k cos(x_i, x_k) allowed between samples; None asks for nothing

    Raises ValueError outside these ranges, for kappa < 0 or sigma < 0, and where rejection finds no sample.
    """
    if n < 1 or d < 1:
        raise ValueError(f"n = {n} and d = {d} must be at least 1")
    if kappa < 0 or sigma < 0 or kappa + sigma == 0:
        raise ValueError(f"kappa = {kappa} and sigma = {sigma} must not be negative, nor both 0")
    if separability is not None and not 0 <= separability < 1:
        raise ValueError(f"separability = {separability} must lie in [0, 1)")
    s = np.eye(d)[0] if direction is None else np.asarray(direction, float) / np.linalg.norm(direction)
    labels = _labels(n, classes, rng)
    if separability is None:
        inputs = kappa * labels[:, None] * s + sigma * rng.standard_normal((n, d))
    else:
        inputs = labels[:, None] * _separable(n, kappa * s, sigma, separability, rng)
    return Mixture(inputs, labels, s, float(kappa), float(sigma))


def _labels(n: int, classes: str, rng: np.random.Generator) -> np.ndarray:
    if classes == "balanced":
        return np.where(np.arange(n) % 2 == 0, 1.0, -1.0)
    if classes != "iid":
        raise ValueError(f"unknown classes {classes!r}; allowed: balanced, iid")
    labels = rng.choice([-1.0, 1.0], size=n)
    while n >= 2 and abs(labels.sum()) == n:
        labels = rng.choice([-1.0, 1.0], size=n)
    return labels


def _separable(n: int, mean: np.ndarray, sigma: float, least: float, rng: np.random.Generator) -> np.ndarray:
    """Rows y_i x_i, which are all N(mean, sigma^2 I), each kept only if its cosine with every earlier one is large."""
    kept, units = np.empty((0, len(mean))), np.empty((0, len(mean)))
    drawn = 0
    while len(kept) < n:
        batch = mean + sigma * rng.standard_normal((64, len(mean)))
        unit = batch / np.linalg.norm(batch, axis=1, keepdims=True)
        fits = np.flatnonzero((unit @ units.T >= least).all(axis=1))
        drawn = 0 if fits.size else drawn + len(batch)
        if drawn > MOST_DRAWS:
            raise ValueError(
                f"no sample agrees with the {len(kept)} kept ones to lambda = {least:g} in {MOST_DRAWS} draws: "
                "raise kappa / sigma, or ask for fewer samples"
            )
        first = fits[:1]
        kept, units = np.concatenate([kept, batch[first]]), np.concatenate([units, unit[first]])
    return kept
