"""Faulty works for the controls of the practice items."""

from __future__ import annotations

from dataclasses import replace

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.practice.runs import Settings, train


def multiplier_not_applied(run: Run, checkpoint: Checkpoint) -> Result:
    """Train at c = 1, whatever multiplier the run names."""
    return train(replace(Settings.of(run), log2_c=0), run.seed)
