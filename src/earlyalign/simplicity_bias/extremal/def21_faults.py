"""What the controls of B-def21 break: the data or the search of one run, or the early phase of another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from earlyalign.data.linear_model import Dataset
from earlyalign.geometry.extremal import ExtremalVectors, extremal_vectors
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.simplicity_bias.extremal.def21_runs import (
    AlignmentSettings,
    SearchSettings,
    aligned,
    early_phase,
    phase_end,
    sampled,
    searched,
)

LATE = 3.0
"""How many times tau the early phase lasts under `late_stop`."""


def shuffled_activations(run: Run, checkpoint: Checkpoint) -> Result:
    """Each D is taken with the activations of its witness dealt to the wrong samples."""
    settings = run.read(SearchSettings)
    data, rng = sampled(settings, run.seed)
    extremal = extremal_vectors(data.inputs, data.labels)
    activity = (extremal.witnesses @ data.inputs.T > 0)[:, rng.permutation(data.n)]
    shuffled = replace(extremal, vectors=activity * data.labels @ data.inputs / data.n)
    return searched(shuffled, data, settings, rng)


def opposites_forgotten(run: Run, checkpoint: Checkpoint) -> Result:
    """The search gives only those D that have the activations of w, none that has those of -w."""
    settings = run.read(SearchSettings)
    data, rng = sampled(settings, run.seed)
    extremal = extremal_vectors(data.inputs, data.labels)
    kept = extremal.height >= 0
    along = ExtremalVectors(*(getattr(extremal, field.name)[kept] for field in fields(extremal)))
    return searched(along, data, settings, rng)


def opposite_pairs(run: Run, checkpoint: Checkpoint) -> Result:
    """The second half of the inputs is replaced by the opposites of the first."""
    settings = run.read(SearchSettings)
    data, rng = sampled(settings, run.seed)
    half = data.n // 2
    paired = replace(data, inputs=np.concatenate([data.inputs[: data.n - half], -data.inputs[:half]]))
    return searched(extremal_vectors(paired.inputs, paired.labels), paired, settings, rng)


def wrong_sign(run: Run, checkpoint: Checkpoint) -> Result:
    """The network is trained on the labels' opposites."""
    return _aligned(run, lambda data: replace(data, labels=-data.labels), 1.0)


def late_stop(run: Run, checkpoint: Checkpoint) -> Result:
    """The early phase runs to LATE times tau."""
    return _aligned(run, lambda data: data, LATE)


def _aligned(run: Run, trained_on: Callable[[Dataset], Dataset], times_tau: float) -> Result:
    settings = run.read(AlignmentSettings)
    data, rng = sampled(settings, run.seed)
    path = early_phase(trained_on(data), settings, times_tau * phase_end(data, settings), rng)
    return aligned(extremal_vectors(data.inputs, data.labels), path, data, settings)
