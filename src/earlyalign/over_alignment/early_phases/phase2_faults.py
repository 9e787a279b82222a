"""What the controls of A-phase2 break: the names of the stops, the predictor, or the start."""

from __future__ import annotations

from dataclasses import replace

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.early_phases.faults import weakened
from earlyalign.over_alignment.early_phases.phase2_runs import InheritanceSettings, inherited
from earlyalign.over_alignment.separable_problem import draw_problem


def rising_levels(run: Run, checkpoint: Checkpoint) -> Result:
    """Each stop named after the level at the other end of the list."""
    settings = run.read(InheritanceSettings)
    problem = draw_problem(settings, settings.alpha, run.seed)
    swapped = replace(settings, etas=" ".join(reversed(settings.etas.split())))
    tables = inherited(problem, swapped, problem.net.positive)
    return {**tables, "stages": {**tables["stages"], "stage": settings.stages}}


def all_neurons(run: Run, checkpoint: Checkpoint) -> Result:
    """The predictor adding up the neurons of both signs."""
    settings = run.read(InheritanceSettings)
    return inherited(draw_problem(settings, settings.alpha, run.seed), settings, slice(None))


def weak_output(run: Run, checkpoint: Checkpoint) -> Result:
    """From a start that is not balanced."""
    settings = run.read(InheritanceSettings)
    problem = weakened(draw_problem(settings, settings.alpha, run.seed))
    return inherited(problem, settings, problem.net.positive)
