"""What A-stop computes: stopping times as the solver's events, and as a fine grid of times sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from earlyalign.dynamics.logistic_flow import mean_risk
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.separable_problem import Problem, ProblemSettings, draw_problem

GRID = 200
"""Times a look; each look narrows the crossing by this factor."""
LOOKS = 3
TIGHT_RTOL = 1e-10


@dataclass(frozen=True)
class StopSettings(ProblemSettings):
    """One start at scale alpha. etas: levels of risk, separated by spaces; judged: whether a grid is read, too;
    shown_seed: whose risk over time is kept."""

    alpha: float
    etas: str
    rtol: float
    judged: bool
    shown_seed: int

    @property
    def levels(self) -> np.ndarray:
        """(E,) the levels of risk."""
        return np.array([float(eta) for eta in self.etas.split()])


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `stops`: stopping times by eta; the grid's for the first, middle and last level where it is read. Table
    `risk`: one seed's L_+ over time."""
    return stopped(run, event_times)


def stopped(run: Run, stopping_times: Callable[[Problem, StopSettings], np.ndarray]) -> Result:
    """The tables of a run whose stopping times (E,) are told by `stopping_times`."""
    settings = run.read(StopSettings)
    problem = draw_problem(settings, settings.alpha, run.seed)
    etas, stops = settings.levels, stopping_times(problem, settings)
    held = np.isin(np.arange(len(etas)), (0, len(etas) // 2, len(etas) - 1)) & settings.judged
    grid = np.full(len(etas), np.nan)
    if settings.judged:
        grid[held] = on_a_grid(problem, etas[held], stops.max())
    tables = {
        "stops": {
            "eta": etas, "time": stops, "grid_time": grid, "held": held, "pull": problem.pull,
            "growth_end": problem.growth_end, "alignment_end": problem.alignment_end,
        }
    }  # fmt: skip
    if run.seed == settings.shown_seed:
        times = np.linspace(0, 1.15 * stops.max(), 200)
        shown = problem.follow(times=times, rtol=settings.rtol)
        tables["risk"] = {"time": times, "risk": shown.risks[0], "pull": problem.pull}
    return tables


def event_times(problem: Problem, settings: StopSettings) -> np.ndarray:
    """(E,) stopping times as the solver's events."""
    flow = problem.follow(etas=settings.levels, after=problem.growth_end, rtol=settings.rtol)
    return flow.stop_times[0]


def on_a_grid(problem: Problem, etas: np.ndarray, latest: float) -> np.ndarray:
    """(E,) stopping times by looking: L_+ of the weights at grid times of a tight flow, the grid narrowed twice."""
    positive = problem.sample.labels > 0
    inputs, labels = problem.sample.inputs[positive], problem.sample.labels[positive]
    brackets = np.tile([problem.growth_end, 1.1 * latest], (len(etas), 1))
    for _ in range(LOOKS):
        times = np.unique(np.linspace(brackets[:, 0], brackets[:, 1], GRID + 1))
        flow = problem.follow(times=times, rtol=TIGHT_RTOL)
        outputs = np.array([flow.net(0, k).predict(inputs) for k in range(len(times))])
        below = np.argmax(mean_risk(outputs, labels) <= etas[:, None], axis=1)
        brackets = np.column_stack([times[np.maximum(below - 1, 0)], times[below]])
    return brackets[:, 1]
