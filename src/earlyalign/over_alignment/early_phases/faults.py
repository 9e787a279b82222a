"""Faulty works of the items on the early phases, for their controls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.over_alignment.early_phases.bal_runs import BalanceSettings, drifted
from earlyalign.over_alignment.early_phases.phase2_runs import InheritanceSettings, inherited
from earlyalign.over_alignment.early_phases.stop_runs import StopSettings, event_times, stopped
from earlyalign.over_alignment.early_phases.thm51_runs import aligned
from earlyalign.over_alignment.separable_problem import Problem, draw_problem

COARSE = 8
"""Times up to the last stopping time at which the risk is read, as one does between epochs."""
UNEQUAL = 2.0
"""Rate of the outer layer over that of the inner layer."""
WEAK = 0.1
"""|v_j(0)| / ||w_j(0)|| of a start that is not balanced."""


def weakened(problem: Problem) -> Problem:
    """The problem with output weights too small for balance."""
    return replace(problem, net=TwoLayer(problem.net.inner, WEAK * problem.net.outer))


def stop_coarse_reading(run: Run, checkpoint: Checkpoint) -> Result:
    """A-stop, the risk read at a few times and not interpolated."""
    return stopped(run, first_readings)


def first_readings(problem: Problem, settings: StopSettings) -> np.ndarray:
    """(E,) the first of a few equally spaced times at which the risk is at most eta."""
    latest = event_times(problem, settings).max()
    times = np.linspace(0, latest * (1 + 1 / COARSE), COARSE + 2)
    risks = problem.follow(times=times, rtol=settings.rtol).risks[0]
    return np.array(
        [times[np.argmax((risks <= eta) & (times >= problem.growth_end))] for eta in settings.levels]
    )


def bal_unequal_layers(run: Run, checkpoint: Checkpoint) -> Result:
    """A-bal, the outer layer moving faster than the inner one."""
    settings = run.read(BalanceSettings)
    return drifted(draw_problem(settings, settings.alpha, run.seed), settings, outer_rate=UNEQUAL)


def bal_weak_output(run: Run, checkpoint: Checkpoint) -> Result:
    """A-bal from a start that is not balanced."""
    settings = run.read(BalanceSettings)
    return drifted(weakened(draw_problem(settings, settings.alpha, run.seed)), settings)


def thm51_both_classes(run: Run, checkpoint: Checkpoint) -> Result:
    """A-thm51, the rate being the length of the sum over the samples of both classes."""

    def constants(problem: Problem) -> tuple[float, float]:
        return float(np.linalg.norm(problem.sample.labels @ problem.sample.inputs)), problem.zeta

    return aligned(run, constants)


def thm51_wrong_width(run: Run, checkpoint: Checkpoint) -> Result:
    """A-thm51, zeta having 1 / sqrt(h) in place of sqrt(h)."""

    def constants(problem: Problem) -> tuple[float, float]:
        return problem.pull, 1 - (1 - problem.zeta) / problem.net.width

    return aligned(run, constants)


def phase2_rising_levels(run: Run, checkpoint: Checkpoint) -> Result:
    """A-phase2, each stop named after the level at the other end of the list."""
    settings = run.read(InheritanceSettings)
    problem = draw_problem(settings, settings.alpha, run.seed)
    swapped = replace(settings, etas=" ".join(reversed(settings.etas.split())))
    tables = inherited(problem, swapped, problem.net.positive)
    return {**tables, "stages": {**tables["stages"], "stage": settings.stages}}


def phase2_all_neurons(run: Run, checkpoint: Checkpoint) -> Result:
    """A-phase2, the predictor adding up the neurons of both signs."""
    settings = run.read(InheritanceSettings)
    return inherited(draw_problem(settings, settings.alpha, run.seed), settings, slice(None))


def phase2_weak_output(run: Run, checkpoint: Checkpoint) -> Result:
    """A-phase2 from a start that is not balanced."""
    settings = run.read(InheritanceSettings)
    problem = weakened(draw_problem(settings, settings.alpha, run.seed))
    return inherited(problem, settings, problem.net.positive)
