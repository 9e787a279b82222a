"""What the controls of A-thm51 break: the constants of the bound."""

from __future__ import annotations

import numpy as np

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.early_phases.thm51_runs import aligned
from earlyalign.over_alignment.separable_problem import Problem


def both_classes(run: Run, checkpoint: Checkpoint) -> Result:
    """The rate being the length of the sum over the samples of both classes."""

    def constants(problem: Problem) -> tuple[float, float]:
        return float(np.linalg.norm(problem.sample.labels @ problem.sample.inputs)), problem.zeta

    return aligned(run, constants)


def wrong_width(run: Run, checkpoint: Checkpoint) -> Result:
    """Zeta having 1 / sqrt(h) in place of sqrt(h)."""

    def constants(problem: Problem) -> tuple[float, float]:
        return problem.pull, 1 - (1 - problem.zeta) / problem.net.width

    return aligned(run, constants)
