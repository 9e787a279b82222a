"""The network of Paper B: h(x) = sum_i a_i relu(<w_i, x>), no bias, and the ways to initialise it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.networks.activations import activation_named


@dataclass(frozen=True)
class TwoLayer:
    """Weights of a two-layer network of width m.

    inner  (m, d), rows w_i
    outer  (m,), entries a_i
    """

    inner: np.ndarray
    outer: np.ndarray

    @property
    def width(self) -> int:
        """How many neurons there are."""
        return len(self.outer)

    @property
    def positive(self) -> np.ndarray:
        """(m,) bool: the neurons with a_i > 0."""
        return self.outer > 0

    def predict(self, inputs: np.ndarray, activation: str = "relu") -> np.ndarray:
        """h at inputs (n, d), shape (n,), with an activation of `networks.activations` between the layers.

        Raises ValueError for an unknown one."""
        return activation_named(activation).value(inputs @ self.inner.T) @ self.outer

    def flat(self) -> np.ndarray:
        """All weights as one vector (m * (d + 1),): neuron after neuron, a_i last."""
        return np.column_stack([self.inner, self.outer]).ravel()

    @staticmethod
    def from_flat(flat: np.ndarray, d: int) -> TwoLayer:
        """The inverse of `flat`."""
        table = np.asarray(flat).reshape(-1, d + 1)
        return TwoLayer(table[:, :d].copy(), table[:, d].copy())


def gaussian_init(m: int, d: int, variance: float, rng: np.random.Generator) -> TwoLayer:
    """Every component i.i.d. centred Gaussian (Section 5, Appendix A.1): neither (3) nor (8) holds."""
    _check(m, d)
    if variance < 0:
        raise ValueError(f"variance {variance} must not be negative")
    scale = np.sqrt(variance)
    return TwoLayer(scale * rng.standard_normal((m, d)), scale * rng.standard_normal(m))


def dominated_init(
    m: int, d: int, init_scale: float, rng: np.random.Generator, power: float = 2.0
) -> TwoLayer:
    """Initialisation (8): a_i = lambda m^-1/2 (+-1), w_i = lambda^p m^-1/2 (uniform in the unit ball).

    init_scale is lambda in (0, 1], power is p >= 1, so that |a_i| >= ||w_i||: domination (3). Both neuron signs are
    present when m >= 2 (the theorem's 2^-m event is drawn away). Raises ValueError outside these ranges.
    """
    _check(m, d)
    if not 0 < init_scale <= 1:
        raise ValueError(f"init_scale = {init_scale} must lie in (0, 1]")
    if power < 1:
        raise ValueError(f"power = {power} must be at least 1")
    signs = rng.choice([-1.0, 1.0], size=m)
    while m >= 2 and abs(signs.sum()) == m:
        signs = rng.choice([-1.0, 1.0], size=m)
    directions = rng.standard_normal((m, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    radii = rng.uniform(size=(m, 1)) ** (1 / d)
    return TwoLayer(init_scale**power / np.sqrt(m) * radii * directions, init_scale / np.sqrt(m) * signs)


def _check(m: int, d: int) -> None:
    if m < 1 or d < 1:
        raise ValueError(f"width m = {m} and dimension d = {d} must be at least 1")
