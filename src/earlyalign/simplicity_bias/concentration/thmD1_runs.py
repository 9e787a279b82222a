"""What Theorem D.1 measures on many samples: how often the exact supremum in the plane passes each of many levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.regression_laws import sample
from earlyalign.geometry.supremum import suprema_in_plane
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.theory.concentration import expectation_bound, population_vector, second_moment

LEVELS = np.geomspace(0.1, 6.0, 400)
"""Values of C at which exceedances are counted."""


@dataclass(frozen=True)
class Settings:
    """law, n          of each sample; dof: degrees of freedom of Student noise, where the law has it
    noise_variance  Var(eta)
    draws           samples
    calibrates      whether they fit the constants of the theorem, or judge them
    """

    law: str
    noise_variance: float
    draws: int
    dof: float
    n: int
    calibrates: bool


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `tail`: how many of the samples have sup > C sqrt(d log n / n * E ||y x||^2), for each C of `LEVELS`."""
    settings = run.read(Settings)
    n, draws = settings.n, settings.draws
    rng = np.random.default_rng([run.seed, n])
    data = sample(settings.law, n * draws, 2, settings.noise_variance, rng, dof=settings.dof)
    suprema = suprema_in_plane(
        data.inputs.reshape(draws, n, 2), data.labels.reshape(draws, n), population_vector(2)
    )
    unit = expectation_bound(n, 2, second_moment(2, settings.noise_variance))
    return {"tail": {"level": LEVELS, "exceed": np.sum(suprema[:, None] > LEVELS * unit, axis=0)}}
