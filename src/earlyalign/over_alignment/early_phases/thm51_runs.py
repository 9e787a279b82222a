"""What A-thm51 computes: the cosines of positive neurons with x_plus over Phase 1, and the bound beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from earlyalign.items.run import Checkpoint, Columns, Result, Run
from earlyalign.over_alignment.separable_problem import Problem, ProblemSettings, draw_problem
from earlyalign.theory.phase_one import alignment_bound

GRID = 120
"""Times read in [0, t_alpha], and again in [t_alpha, t_T]."""


@dataclass(frozen=True)
class AlignmentSettings(ProblemSettings):
    """One start at scale alpha. shown: whether its curves are kept; shown_seed, optimum: for the figures."""

    alpha: float
    rtol: float
    shown: bool
    shown_seed: int
    optimum: float


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `neurons`: for each positive neuron t_1, the largest excess of the bound over psi up to t_alpha and up to
    t_T (nan where zeta <= 0 or the neuron is not yet in), and 1 - psi^2 at t_T. Table `problems`: zeta, its zero,
    both ends and x_plus. Table `curves`: psi over time of one seed's positive neurons, with the bound."""
    return aligned(run, stated)


def stated(problem: Problem) -> tuple[float, float]:
    """The rate ||x_plus|| and the zeta that the theorem builds its bound with."""
    return problem.pull, problem.zeta


def aligned(run: Run, constants: Callable[[Problem], tuple[float, float]]) -> Result:
    """The tables of a run against the bound with the rate and the zeta that `constants` gives."""
    settings = run.read(AlignmentSettings)
    problem = draw_problem(settings, settings.alpha, run.seed)
    rate, value = constants(problem)
    ends = problem.growth_end, problem.alignment_end
    times = np.concatenate([np.linspace(0, ends[0], GRID), np.linspace(*ends, GRID)[1:]])
    inner = problem.follow(times=times, rtol=settings.rtol).inner[0][:, problem.net.positive]
    cosines = inner @ problem.sample.x_plus / problem.pull / np.linalg.norm(inner, axis=2)
    arrivals = first_inside(inner, problem)
    begun = np.where(arrivals < len(times), times[np.minimum(arrivals, len(times) - 1)], np.nan)
    bounds = alignment_bound(times[:, None], begun, rate, value)
    excess = bounds - cosines
    tables: dict[str, Columns] = {
        "neurons": {
            "start": begun, "excess": largest(excess[:GRID]), "excess_beyond": largest(excess),
            "deficit": np.where(np.isfinite(begun), 1 - cosines[-1] ** 2, np.nan),
            "inside_early": arrivals < GRID, "zeta": value,
        },
        "problems": {
            "zeta": value, "vacuous_from": problem.vacuous_from, "growth_end": ends[0], "alignment_end": ends[1],
            "pull": problem.pull,
        },
    }  # fmt: skip
    if settings.shown:
        count = cosines.shape[1]
        tables["curves"] = {
            "time": np.repeat(times, count), "neuron": np.tile(np.arange(count), len(times)),
            "cosine": cosines.ravel(), "bound": bounds.ravel(), "zeta": value, "growth_end": ends[0],
            "pull": problem.pull,
        }  # fmt: skip
    return tables


def first_inside(inner: np.ndarray, problem: Problem) -> np.ndarray:
    """(m,) index of the time from which each neuron is active on every positive and no negative sample, to the end;
    the number of times if never. inner (T, m, d)."""
    heights = inner @ problem.sample.inputs.T
    positive = problem.sample.labels > 0
    inside = (heights[..., positive] > 0).all(axis=2) & (heights[..., ~positive] <= 0).all(axis=2)
    return len(inner) - np.logical_and.accumulate(inside[::-1]).sum(axis=0)


def largest(excess: np.ndarray) -> np.ndarray:
    """(m,) maximum over the times, of those that are numbers; nan if none is. excess (T, m)."""
    filled = np.where(np.isnan(excess), -np.inf, excess).max(axis=0)
    return np.where(np.isfinite(filled), filled, np.nan)
