"""Laws around Assumption 4.1 of Paper B: one that meets all five conditions, and one that breaks each of them.

All are built on the standard Gaussian given |<x, e_1>| >= c ||x||, whitened. Whitening matters: the conditioning
lengthens x along the teacher, by an amount in closed form (`axis_variances`), and condition 4 asks for almost none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.stats import beta as beta_law

from earlyalign.data.linear_model import Sampler, conditioned_gaussian, gaussian, unit_teacher

Noise = Callable[[int, np.random.Generator], np.ndarray]
"""A law of noise: ``noise(n, rng)`` gives (n,)."""


@dataclass(frozen=True)
class Law:
    """Inputs, teacher and noise of the linear model (7).

    margin  the c of condition 3 that the law keeps, or would keep had it not been broken
    breaks  the condition that the law is built to break, 1 to 5, or None
    """

    name: str
    inputs: Sampler
    noise: Noise
    teacher: np.ndarray
    margin: float
    breaks: int | None

    def sample(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """inputs (n, d) and labels (n,)."""
        inputs = self.inputs(n, rng)
        return inputs, inputs @ self.teacher + self.noise(n, rng)


def axis_variances(d: int, c: float) -> tuple[float, float]:
    """Variance along a unit beta* and across it, of a standard Gaussian given |<x, beta*>| >= c ||x||.

    The squared cosine is Beta(1/2, (d-1)/2) and independent of the norm, so the first is the ratio of two Beta tails,
    P(B(3/2, (d-1)/2) >= c^2) / P(B(1/2, (d-1)/2) >= c^2), and d variances sum to d. Raises ValueError unless d >= 2
    and 0 <= c < 1.
    """
    if d < 2 or not 0 <= c < 1:
        raise ValueError(f"need d = {d} >= 2 and 0 <= c = {c} < 1")
    along = float(beta_law(1.5, (d - 1) / 2).sf(c**2) / beta_law(0.5, (d - 1) / 2).sf(c**2))
    return along, (d - along) / (d - 1)


def whitened_margin(d: int, c: float) -> float:
    """The margin |<x, e_1>| / ||x|| that is left after whitening the law conditioned at c."""
    along, across = axis_variances(d, c)
    return float(np.sqrt(c**2 / along / (c**2 / along + (1 - c**2) / across)))


def whitened(d: int, c: float) -> Sampler:
    """The Gaussian given |<x, e_1>| >= c ||x||, scaled along and across e_1 so that E[x x^T] = I."""
    along, across = axis_variances(d, c)
    stretch = np.full(d, across**-0.5)
    stretch[0] = along**-0.5
    draw = conditioned_gaussian(d, c)
    return lambda n, rng: draw(n, rng) * stretch


def _lopsided(base: Sampler) -> Sampler:
    def sample(n: int, rng: np.random.Generator) -> np.ndarray:
        x = base(n, rng)
        return np.where(((x[:, 0] < 0) & (rng.uniform(size=n) < 0.3))[:, None], -x, x)

    return sample


def _signs(d: int) -> Sampler:
    return lambda n, rng: rng.choice([-1.0, 1.0], size=(n, d))


def _stretched(base: Sampler, factor: float) -> Sampler:
    def sample(n: int, rng: np.random.Generator) -> np.ndarray:
        x = base(n, rng)
        x[:, 0] *= factor
        return x

    return sample


def _heavy(base: Sampler, dof: float) -> Sampler:
    def sample(n: int, rng: np.random.Generator) -> np.ndarray:
        return base(n, rng) * np.sqrt((dof - 2) / rng.chisquare(dof, size=(n, 1)))

    return sample


def _gaussian_noise(variance: float) -> Noise:
    return lambda n, rng: np.sqrt(variance) * rng.standard_normal(n)


def _student_noise(variance: float, dof: float) -> Noise:
    return lambda n, rng: np.sqrt(variance * (dof - 2) / dof) * rng.standard_t(dof, size=n)


LawName = Literal[
    "reference", "example", "lopsided", "signs", "no-margin", "stretched", "heavy-inputs", "heavy-noise",
]  # fmt: skip
LAWS: tuple[LawName, ...] = get_args(LawName)
"""reference     whitened conditioned Gaussian: meets all five
example       conditioned Gaussian, the paper's own; breaks condition 4 as soon as d >= 3
lopsided      three in ten samples of the lower half-space turned over: not symmetric
signs         uniform on {-1, 1}^d: 2^d atoms
no-margin     standard Gaussian: samples arbitrarily close to the hyperplane of the teacher
stretched     1.5 times as long along the teacher
heavy-inputs  each sample times an independent radius, as in a multivariate Student law: not sub-Gaussian
heavy-noise   Student noise, fourth moment infinite
"""


def law(
    name: str, d: int, c: float, noise_variance: float, input_dof: float, noise_dof: float, whiten: bool = True
) -> Law:  # fmt: skip
    """The law called `name` (see `LAWS`) in dimension d, conditioned at c, with teacher e_1.

    Without `whiten` the base of all laws is the conditioned Gaussian as it is, which breaks condition 4 for d >= 3.
    input_dof > 2 and 2 < noise_dof <= 4 are degrees of freedom of the heavy laws. Raises ValueError for an unknown
    name or a number out of range.
    """
    if name not in LAWS:
        raise ValueError(f"unknown law {name!r}; allowed: {', '.join(LAWS)}")
    if not (input_dof > 2 and 2 < noise_dof <= 4):
        raise ValueError(f"need input_dof = {input_dof} > 2 and 2 < noise_dof = {noise_dof} <= 4")
    base, kept = (whitened(d, c), whitened_margin(d, c)) if whiten else (conditioned_gaussian(d, c), c)
    noise = _gaussian_noise(noise_variance)
    inputs, margin, breaks = {
        "reference": (base, kept, None),
        "example": (conditioned_gaussian(d, c), c, 4 if d >= 3 else None),
        "lopsided": (_lopsided(base), kept, 1),
        "signs": (_signs(d), min(kept, d**-0.5), 2),
        "no-margin": (gaussian(d), kept, 3),
        "stretched": (_stretched(base, 1.5), kept, 4),
        "heavy-inputs": (_heavy(base, input_dof), kept, 5),
        "heavy-noise": (base, kept, 5),
    }[name]
    if name == "heavy-noise":
        noise = _student_noise(noise_variance, noise_dof)
    return Law(name, inputs, noise, unit_teacher(d), margin, breaks)
