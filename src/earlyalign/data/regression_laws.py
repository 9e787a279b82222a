"""Laws of (x, y) for the study of many samples: three that meet the assumptions of Section 3, three that break one."""

from __future__ import annotations

import numpy as np

from earlyalign.data.linear_model import Dataset, conditioned_gaussian, unit_teacher

LAWS = ("gaussian", "conditioned", "one-neuron", "shifted", "heavy-noise", "paired")
"""gaussian     standard Gaussian inputs, linear teacher e_1, Gaussian noise
conditioned  the same given |<x, beta*>| >= c ||x||, the example law of Assumption 4.1
one-neuron   Gaussian inputs, y = relu(<x, beta*>) + noise
shifted      Gaussian inputs moved by `shift` along e_2: x and -x have different laws
heavy-noise  Gaussian inputs, Student noise with `dof` degrees of freedom
paired       Gaussian inputs in opposite pairs x, -x: any two of a pair share a wall, which no continuous law does
"""


def sample(
    law: str, n: int, d: int, noise_variance: float, rng: np.random.Generator,
    c: float = 0.1, shift: float = 1.0, dof: float = 1.5,
) -> Dataset:  # fmt: skip
    """n samples of the law called `law` (see `LAWS`) in dimension d >= 2.

    Student noise is sqrt(noise_variance) times a standard Student variable, whose variance may be infinite.
    Raises ValueError for an unknown law, d < 2, n < 1 or a negative variance.
    """
    if law not in LAWS:
        raise ValueError(f"unknown law {law!r}; allowed: {', '.join(LAWS)}")
    if n < 1 or d < 2 or noise_variance < 0:
        raise ValueError(f"need n = {n} >= 1, d = {d} >= 2, noise variance {noise_variance} >= 0")
    x = conditioned_gaussian(d, c)(n, rng) if law == "conditioned" else rng.standard_normal((n, d))
    if law == "shifted":
        x[:, 1] += shift
    if law == "paired":
        x[n - n // 2 :] = -x[: n // 2]
    beta = unit_teacher(d)
    signal = np.maximum(x @ beta, 0.0) if law == "one-neuron" else x @ beta
    unit_noise = rng.standard_t(dof, n) if law == "heavy-noise" else rng.standard_normal(n)
    return Dataset(x, signal + np.sqrt(noise_variance) * unit_noise, beta, noise_variance)
