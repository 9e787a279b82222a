"""What the controls of B-eq12 break: the list of cells, and what neurons see of the points."""

from __future__ import annotations

import numpy as np

from earlyalign.geometry.landscape import cell_pulls
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.simplicity_bias.extremal.eq12_runs import Settings, counts, sampled


def wall_forgotten(run: Run, checkpoint: Checkpoint) -> Result:
    """The cells are enumerated without the first point's wall."""
    settings = run.read(Settings)
    data, rng = sampled(settings, run.seed)
    return counts(cell_pulls(data.inputs[1:], data.labels[1:])[0], data.inputs, settings, rng)


def squared_coordinates(run: Run, checkpoint: Checkpoint) -> Result:
    """Neurons also see the squares of the coordinates."""
    settings = run.read(Settings)
    data, rng = sampled(settings, run.seed)
    points = np.hstack([data.inputs, data.inputs**2])
    return counts(cell_pulls(points, data.labels)[0], points, settings, rng)
