"""What the controls of B-def21 break: the data or the search of one run, or the early phase of another."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Literal

import numpy as np

from earlyalign.data.linear_model import Dataset
from earlyalign.geometry.extremal import ExtremalVectors

Sabotage = Literal[
    "none", "shuffled-activations", "opposites-forgotten", "opposite-pairs", "wrong-sign", "late-stop"
]
OF_ALIGNMENT = ("wrong-sign", "late-stop")


def sabotage_of(part: Literal["search", "alignment"], sabotage: Sabotage) -> Sabotage:
    """`sabotage` if it concerns this part of the runs, else none."""
    return sabotage if (part == "alignment") == (sabotage in OF_ALIGNMENT) else "none"


def break_data(data: Dataset, sabotage: Sabotage) -> Dataset:
    """Under "opposite-pairs", the second half of the inputs replaced by the opposites of the first."""
    if sabotage != "opposite-pairs":
        return data
    half = data.n // 2
    return replace(data, inputs=np.concatenate([data.inputs[: data.n - half], -data.inputs[:half]]))


def break_search(
    found: ExtremalVectors, data: Dataset, sabotage: Sabotage, rng: np.random.Generator
) -> ExtremalVectors:
    """What a faulty search gives instead of `found`."""
    if sabotage == "shuffled-activations":
        return shuffled(found, data, rng)
    return without_opposites(found) if sabotage == "opposites-forgotten" else found


def shuffled(found: ExtremalVectors, data: Dataset, rng: np.random.Generator) -> ExtremalVectors:
    """Each D taken with the activations of its witness dealt to the wrong samples."""
    activity = (found.witnesses @ data.inputs.T > 0)[:, rng.permutation(data.n)]
    return replace(found, vectors=activity * data.labels @ data.inputs / data.n)


def without_opposites(found: ExtremalVectors) -> ExtremalVectors:
    """Only those D that have the activations of w, none that has those of -w."""
    kept = found.height >= 0
    return ExtremalVectors(*(getattr(found, field.name)[kept] for field in fields(found)))
