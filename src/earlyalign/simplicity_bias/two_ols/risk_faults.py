"""Faulty work for the controls of B-risk."""

from __future__ import annotations

from dataclasses import replace

from earlyalign.data.linear_model import Dataset
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.simplicity_bias.two_ols.risk_runs import (
    Estimators,
    Inside,
    Interpolation,
    estimators,
    excess_risks,
    generator,
    interpolation,
    network,
)

SEEN, SEEN_DIMENSIONS = 64, 2
"""What the estimator that sees few looks at: the first samples and the first coordinates, whatever n and d."""


def sees_few(run: Run, checkpoint: Checkpoint) -> Result:
    """The estimators look at the same few samples and coordinates, whatever n and d."""

    def of_few(sample: Dataset) -> tuple[float, float]:
        few = Dataset(
            sample.inputs[:SEEN, :SEEN_DIMENSIONS],
            sample.labels[:SEEN],
            sample.teacher[:SEEN_DIMENSIONS],
            sample.noise_variance,
        )
        return excess_risks(few)

    return estimators(run.read(Estimators), generator(run), of_few)


def whole_sample(run: Run, checkpoint: Checkpoint) -> Result:
    """Both half-spaces use the whole sample."""

    def of_whole(sample: Dataset) -> tuple[float, float]:
        _, whole = excess_risks(sample)
        return whole, whole

    return estimators(run.read(Estimators), generator(run), of_whole)


def noise_free(run: Run, checkpoint: Checkpoint) -> Result:
    """Networks that interpolate are given labels without noise."""
    return interpolation(replace(run.read(Interpolation), noise_variance=0.0), generator(run))


def short(run: Run, checkpoint: Checkpoint) -> Result:
    """Networks are stopped long before convergence."""
    if run.config["what"] == "network":
        inside = run.read(Inside)
        return network(replace(inside, time=inside.time / 100), generator(run))
    small = run.read(Interpolation)
    return interpolation(replace(small, time=small.time / 1000), generator(run))


def estimates(run: Run) -> bool:
    """Whether the run is of the estimators."""
    return run.config["what"] == "estimators"


def interpolates(run: Run) -> bool:
    """Whether the run is of networks that interpolate."""
    return run.config["what"] == "interpolation"


def trains(run: Run) -> bool:
    """Whether the run trains networks."""
    return run.config["what"] in ("network", "interpolation")
