"""Faulty work for the controls of B-asm41."""

from __future__ import annotations

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.simplicity_bias.two_ols.asm41_runs import Curve, Example, curve, example


def covariance_ignored(run: Run, checkpoint: Checkpoint) -> Result:
    """The closed form is that of the Gaussian: variance one along beta*."""
    return {"example": example(run.read(Example), 1.0, run.seed)}


def conditioned_at_2c(run: Run, checkpoint: Checkpoint) -> Result:
    """The Gaussian is conditioned at twice the c that condition 4 is judged by."""
    return {"curve": curve(run.read(Curve), multiple=2.0)}


def example_whitened(run: Run, checkpoint: Checkpoint) -> Result:
    """The example law is whitened: no deviation is left, as for the law conditioned at 0."""
    return {"curve": curve(run.read(Curve), multiple=0.0)}


def is_example(run: Run) -> bool:
    """Whether the run samples the example law."""
    return run.config["part"] == "example"


def is_curve(run: Run) -> bool:
    """Whether the run evaluates condition 4 in closed form."""
    return run.config["part"] == "curve"
