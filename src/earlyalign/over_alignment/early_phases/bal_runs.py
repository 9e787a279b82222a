"""What A-bal computes: by how much the balances of the neurons drift along a computed flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.over_alignment.separable_problem import Problem, ProblemSettings, draw_problem


@dataclass(frozen=True)
class BalanceSettings(ProblemSettings):
    """A flow from scale alpha, stopped at eta, with the solver's relative tolerance."""

    alpha: float
    eta: float
    tolerance: float


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `drift`: the largest change of a balance at the stopping time, in units of the largest v_j^2 there, and
    how many v_j have changed sign."""
    settings = run.read(BalanceSettings)
    return drifted(draw_problem(settings, settings.alpha, run.seed), settings)


def drifted(problem: Problem, settings: BalanceSettings, outer_rate: float = 1.0) -> Result:
    """The drift along the flow in which the outer layer moves `outer_rate` times as fast as the inner one."""
    flow = problem.follow(etas=[settings.eta], rtol=settings.tolerance, outer_rate=outer_rate)
    end = flow.stopped(0, 0)
    drift = np.abs(balances(end) - balances(problem.net)).max() / np.max(end.outer**2)
    turned = int(np.sum(np.sign(end.outer) != np.sign(problem.net.outer)))
    return {"drift": {"drift": drift, "turned": turned}}


def balances(net: TwoLayer) -> np.ndarray:
    """(width,) v_j^2 - ||w_j||^2."""
    return net.outer**2 - np.sum(net.inner**2, axis=1)
