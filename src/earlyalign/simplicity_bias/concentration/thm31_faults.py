"""Faulty work for the controls of B-thm31."""

from __future__ import annotations

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.simplicity_bias.concentration.thm31_runs import Settings, bound, suprema


def bound_of_the_plane(run: Run, checkpoint: Checkpoint) -> Result:
    """The bound is that for d = 2, whatever the dimension."""
    settings = run.read(Settings)
    return {"sup": {**suprema(settings, run.seed), "bound": bound(settings, 2)}}


def beyond_the_plane(run: Run) -> bool:
    """Whether that bound is another than the run's own."""
    return run.read(Settings).d > 2
