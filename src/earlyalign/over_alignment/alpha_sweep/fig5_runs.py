"""What A-fig5 computes: the sweep over alpha of one setting and seed."""

from __future__ import annotations

from dataclasses import dataclass

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.alpha_sweep.runs import SweepSettings, sweep


@dataclass(frozen=True)
class OptimumSettings(SweepSettings):
    """A sweep. setting: what it is called."""

    setting: str


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `sweep`; see `runs.swept`."""
    return sweep(run.read(OptimumSettings), run.seed)
