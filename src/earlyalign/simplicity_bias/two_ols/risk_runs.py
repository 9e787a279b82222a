"""What is measured of the excess risk: estimators, a network inside Theorem 4.1, and networks that interpolate.

Under the whitened law E[x x^T] = I, so that an estimator's excess risk is ||beta - beta*||^2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from earlyalign.data.assumption_laws import whitened
from earlyalign.data.linear_model import Dataset, draw, gaussian
from earlyalign.dynamics.descent import descend
from earlyalign.dynamics.long_flow import settle
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import dominated_init, gaussian_init
from earlyalign.theory.ols import TwoOLS, least_squares, two_ols

TEST_SAMPLES = 20_000
REST = 1e-13
"""||grad L|| at which descent counts as at rest."""
FRESH = 41
"""Sets the judged samples apart from those on which the settings were chosen."""


@dataclass(frozen=True)
class Estimators:
    """Both estimators on `repeats` samples of n in d dimensions; c: margin of the whitened law."""

    what: str
    n: int
    d: int
    repeats: int
    c: float
    noise_variance: float


@dataclass(frozen=True)
class Inside:
    """A network inside the theorem, trained in steps of `step` up to `time`."""

    what: str
    n: int
    d: int
    width: int
    c: float
    init_scale: float
    step: float
    time: float
    noise_variance: float


@dataclass(frozen=True)
class Interpolation:
    """Networks on `repeats` small samples of Gaussian inputs, along the flow up to `time`; init_variance is that of the
    initialisation, times the width."""

    what: str
    n: int
    d: int
    width: int
    repeats: int
    init_variance: float
    time: float
    noise_variance: float


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """One of three tables, by what is run.

    estimators     excess risk of the two-OLS limit and of least squares on the whole sample, means over `repeats`
    network        excess risk of a network trained inside the theorem, and its largest gap to the limit's prediction
    interpolation  train and test loss of a network that interpolates, and its excess risk
    """
    rng = generator(run)
    if run.config["what"] == "estimators":
        return estimators(run.read(Estimators), rng)
    if run.config["what"] == "network":
        return network(run.read(Inside), rng)
    return interpolation(run.read(Interpolation), rng)


def generator(run: Run) -> np.random.Generator:
    """The source of everything random in one run."""
    n, d = run.config["n"], run.config["d"]
    assert isinstance(n, int) and isinstance(d, int)
    return np.random.default_rng([FRESH, run.seed, n, d])


def excess(beta: np.ndarray, teacher: np.ndarray) -> float:
    """||beta - beta*||^2, the excess risk under isotropic inputs."""
    return float(np.sum((beta - teacher) ** 2))


def excess_of_limit(limit: TwoOLS, teacher: np.ndarray) -> float:
    """The excess risk of the limit under isotropic inputs: the mean over its halves."""
    return (excess(limit.plus, teacher) + excess(limit.minus, teacher)) / 2


def excess_risks(sample: Dataset) -> tuple[float, float]:
    """Of the limit and of least squares on one sample of the whitened law, in closed form."""
    inputs, labels, teacher = sample.inputs, sample.labels, sample.teacher
    whole = excess(least_squares(inputs, labels), teacher)
    return excess_of_limit(two_ols(inputs, labels, teacher), teacher), whole


Risks = Callable[[Dataset], tuple[float, float]]


def estimators(settings: Estimators, rng: np.random.Generator, risks_of: Risks = excess_risks) -> Result:
    """Table `estimators`: `risks_of` a sample, the mean over fresh ones."""
    law = whitened(settings.d, settings.c)
    risks = [risks_of(draw(law, settings.n, settings.noise_variance, rng)) for _ in range(settings.repeats)]
    halves, whole = np.array(risks).mean(axis=0)
    return {"estimators": {"halves": halves, "whole": whole}}


def network(settings: Inside, rng: np.random.Generator) -> Result:
    """Table `network`: the trained network against the limit, on fresh inputs."""
    law = whitened(settings.d, settings.c)
    sample = draw(law, settings.n, settings.noise_variance, rng)
    start = dominated_init(settings.width, settings.d, settings.init_scale, rng)
    steps = round(settings.time / settings.step)
    net = descend(start, sample.inputs, sample.labels, settings.step, steps, gradient_tolerance=REST).net
    limit = two_ols(sample.inputs, sample.labels, sample.teacher)
    fresh = law(TEST_SAMPLES, rng)
    truth, learnt = fresh @ sample.teacher, net.predict(fresh)
    return {
        "network": {
            "excess": np.mean((learnt - truth) ** 2),
            "closed_form": excess_of_limit(limit, sample.teacher),
            "gap": np.max(np.abs(learnt - limit.predict(fresh))),
        }
    }


def interpolation(settings: Interpolation, rng: np.random.Generator) -> Result:
    """Table `interpolation`: a row for each network."""
    names = ("train", "excess", "test")
    rows = [interpolating_network(settings, rng) for _ in range(settings.repeats)]
    return {"interpolation": dict(zip(names, np.array(rows).T))}


def interpolating_network(settings: Interpolation, rng: np.random.Generator) -> tuple[float, float, float]:
    """Train loss, excess risk and test loss of one network on one small sample."""
    law, width = gaussian(settings.d), settings.width
    sample = draw(law, settings.n, settings.noise_variance, rng)
    start = gaussian_init(width, settings.d, settings.init_variance / width, rng)
    net = settle(start, sample.inputs, sample.labels, (settings.time,)).net
    fresh = law(TEST_SAMPLES, rng)
    risk = float(np.mean((net.predict(fresh) - fresh @ sample.teacher) ** 2))
    train = float(np.mean((net.predict(sample.inputs) - sample.labels) ** 2))
    return train, risk, risk + settings.noise_variance
