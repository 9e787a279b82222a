"""What A-cor53 computes: the angles of positive neurons to x_plus at the two ends of Phase 1 and between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.gaussian_mixture import angle
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.separable_problem import ProblemSettings, draw_problem


@dataclass(frozen=True)
class AngleSettings(ProblemSettings):
    """One start at scale alpha. shares: the times over t_T, separated by spaces; growth: how t_alpha is built."""

    alpha: float
    shares: str
    rtol: float
    growth: str


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `angles`: over the positive neurons, median and largest angle to x_plus in radians at t_alpha (`end`
    "growth") and at every share of t_T ("clock"), with the share r = t / t_T."""
    settings = run.read(AngleSettings)
    problem = draw_problem(settings, settings.alpha, run.seed)
    clock = np.array([float(share) for share in settings.shares.split()])
    shares = np.append(clock, problem.growth_end_by(settings.growth) / problem.alignment_end)
    order = np.argsort(shares)
    flow = problem.follow(times=shares[order] * problem.alignment_end, rtol=settings.rtol)
    angles = angle(flow.inner[0][:, problem.net.positive], problem.sample.x_plus)
    return {
        "angles": {
            "end": np.where(order == len(clock), "growth", "clock"),
            "share": shares[order],
            "angle": np.median(angles, axis=1),
            "worst": np.max(angles, axis=1),
        }
    }
