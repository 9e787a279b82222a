"""What the control of A-stop breaks: the reading of the risk."""

from __future__ import annotations

import numpy as np

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.early_phases.stop_runs import StopSettings, event_times, stopped
from earlyalign.over_alignment.separable_problem import Problem

COARSE = 8
"""Times up to the last stopping time at which the risk is read, as one does between epochs."""


def coarse_reading(run: Run, checkpoint: Checkpoint) -> Result:
    """The risk read at a few times and not interpolated."""
    return stopped(run, first_readings)


def first_readings(problem: Problem, settings: StopSettings) -> np.ndarray:
    """(E,) the first of a few equally spaced times at which the risk is at most eta."""
    latest = event_times(problem, settings).max()
    times = np.linspace(0, latest * (1 + 1 / COARSE), COARSE + 2)
    risks = problem.follow(times=times, rtol=settings.rtol).risks[0]
    return np.array(
        [times[np.argmax((risks <= eta) & (times >= problem.growth_end))] for eta in settings.levels]
    )
