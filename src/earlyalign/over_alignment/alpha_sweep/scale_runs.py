"""What A-scale computes: the sweep over alpha of one size, law and seed."""

from __future__ import annotations

from dataclasses import dataclass

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.alpha_sweep.runs import SweepSettings, sweep


@dataclass(frozen=True)
class ScaleSettings(SweepSettings):
    """A sweep. part: "law" or "map"; law: "separable" or "free"; base_n, base_width: the cell that all sizes start
    from."""

    part: str
    law: str
    base_n: int
    base_width: int


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `sweep`; see `runs.swept`."""
    return sweep(run.read(ScaleSettings), run.seed)
