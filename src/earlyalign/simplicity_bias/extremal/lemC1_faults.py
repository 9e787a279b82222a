"""What a control of B-lemC1 breaks: the search over open cells."""

from __future__ import annotations

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.simplicity_bias.extremal.lemC1_runs import (
    Settings,
    largest_deviation,
    open_pulls,
    sampled,
    suprema,
)


def half_the_cells(run: Run, checkpoint: Checkpoint) -> Result:
    """Only a random half of the open cells is searched."""
    settings = run.read(Settings)
    data, rng = sampled(settings, run.seed)
    vectors = open_pulls(data)
    searched = vectors[rng.permutation(len(vectors))[: len(vectors) // 2]]
    return suprema(largest_deviation(searched), data, settings, rng)
