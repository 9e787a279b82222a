"""What Theorem 3.1 measures on one sample: the supremum of ||D - D(w)||, exact, searched for, or both."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.regression_laws import sample
from earlyalign.geometry.supremum import ascend, supremum
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.theory.concentration import expectation_bound, population_vector, second_moment


@dataclass(frozen=True)
class Settings:
    """part            of the runs: `plane`, `space` and `growth` are exact, `search` is not
    law, d, n       of the sample; dof: degrees of freedom of Student noise, where the law has it
    noise_variance  Var(eta)
    starts, rounds  of the ascent; no ascent for starts = 0
    """

    part: str
    law: str
    d: int
    n: int
    noise_variance: float
    dof: float
    starts: int
    rounds: int


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `sup`: the exact supremum (nan where only the search ran), the lower bound that the search gives (nan where
    it did not run), and the bound of the theorem with constant one."""
    settings = run.read(Settings)
    return {"sup": {**suprema(settings, run.seed), "bound": bound(settings, settings.d)}}


def suprema(settings: Settings, seed: int) -> dict[str, float]:
    """Exact supremum and lower bound of one sample."""
    rng = np.random.default_rng([seed, settings.d, settings.n])
    data = sample(settings.law, settings.n, settings.d, settings.noise_variance, rng, dof=settings.dof)
    target = population_vector(settings.d)
    lower_bound = (
        ascend(data.inputs, data.labels, target, rng, settings.starts, settings.rounds)
        if settings.starts > 0
        else np.nan
    )
    exact = supremum(data.inputs, data.labels, target) if settings.part != "search" else np.nan
    return {"sup": exact, "lower_bound": lower_bound}


def bound(settings: Settings, d: int) -> float:
    """The bound of Theorem 3.1 with constant one, in dimension `d`."""
    return float(expectation_bound(settings.n, d, second_moment(d, settings.noise_variance)))
