"""What the controls of A-bal break: the rate of a layer, or the start."""

from __future__ import annotations

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.early_phases.bal_runs import BalanceSettings, drifted
from earlyalign.over_alignment.early_phases.faults import weakened
from earlyalign.over_alignment.separable_problem import draw_problem

UNEQUAL = 2.0
"""Rate of the outer layer over that of the inner layer."""


def unequal_layers(run: Run, checkpoint: Checkpoint) -> Result:
    """The outer layer moving faster than the inner one."""
    settings = run.read(BalanceSettings)
    return drifted(draw_problem(settings, settings.alpha, run.seed), settings, outer_rate=UNEQUAL)


def weak_output(run: Run, checkpoint: Checkpoint) -> Result:
    """From a start that is not balanced."""
    settings = run.read(BalanceSettings)
    return drifted(weakened(draw_problem(settings, settings.alpha, run.seed)), settings)
