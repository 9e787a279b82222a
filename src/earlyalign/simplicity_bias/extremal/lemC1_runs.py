"""The runs of B-lemC1: both suprema of one sample, or the deviation round its circle for the figure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from earlyalign.data.linear_model import Dataset
from earlyalign.data.regression_laws import sample
from earlyalign.geometry.arrangement import Faces, faces
from earlyalign.geometry.circle import sweep
from earlyalign.geometry.landscape import pull
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.theory.concentration import population_vector


@dataclass(frozen=True)
class Settings:
    """part: "sup", or "drawing" for the figure; random_eta: interior elements tried on each face."""

    part: str
    law: str
    d: int
    n: int
    noise_variance: float
    random_eta: int


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `sup`, or the tables of the figure."""
    settings = run.read(Settings)
    data, rng = sampled(settings, run.seed)
    if of_suprema(run):
        return suprema(over_open_cells(data), data, settings, rng)
    return round_the_circle(data)


def of_suprema(run: Run) -> bool:
    """Whether the run compares suprema."""
    return run.config["part"] == "sup"


def sampled(settings: Settings, seed: int) -> tuple[Dataset, np.random.Generator]:
    """The sample, and the generator for what is drawn after it."""
    rng = np.random.default_rng([seed, settings.d, settings.n])
    return sample(settings.law, settings.n, settings.d, settings.noise_variance, rng), rng


def suprema(open_sup: float, data: Dataset, settings: Settings, rng: np.random.Generator) -> Result:
    """Table `sup`: what is taken for the supremum over open cells, the one over all faces, and the largest value in
    the interior of a set."""
    corners, inside = [], []
    for codimension in range(1, data.d):
        on_walls = faces(data.inputs, codimension)
        corners.append(over_corners(on_walls, data))
        inside.append(over_interior(on_walls, data, settings.random_eta, rng))
    everything = max(over_open_cells(data), *corners)
    return {"sup": {"open_cells": open_sup, "all_faces": everything, "interior": max(inside)}}


def over_open_cells(data: Dataset) -> float:
    """max ||D_n(w, 0) - beta*/2|| over open cells."""
    return largest_deviation(open_pulls(data))


def open_pulls(data: Dataset) -> np.ndarray:
    """(cells, d) D_n(w, 0) of every open cell."""
    return pull(faces(data.inputs, 0).directions, data.inputs, data.labels)


def largest_deviation(vectors: np.ndarray) -> float:
    """max ||D - beta*/2|| over the vectors D (..., d)."""
    return float(np.linalg.norm(vectors - population_vector(vectors.shape[-1]), axis=-1).max())


def over_corners(some: Faces, data: Dataset) -> float:
    """The same maximum over the sets D_n(w, 0) of some faces: zonotopes, so over all eta in {0, 1} at the kinks."""
    best = 0.0
    for vector, kinks in zip(strict_pulls(some, data), some.kinks, strict=True):
        each = data.labels[kinks, None] * data.inputs[kinks] / data.n
        corners = vector + np.array(list(product((0.0, 1.0), repeat=len(each)))) @ each
        best = max(best, largest_deviation(corners))
    return best


def over_interior(some: Faces, data: Dataset, tries: int, rng: np.random.Generator) -> float:
    """The same maximum over random eta in [0, 1] at the kinks of these faces."""
    eta = some.kinks[None] * rng.uniform(size=(tries, *some.kinks.shape))
    return largest_deviation(strict_pulls(some, data) + eta * data.labels @ data.inputs / data.n)


def strict_pulls(some: Faces, data: Dataset) -> np.ndarray:
    """(F, d) sums over samples strictly active on each face, its kinks left out whatever rounding says."""
    active = (some.directions @ data.inputs.T > 0) & ~some.kinks
    return active * data.labels @ data.inputs / data.n


def round_the_circle(data: Dataset) -> Result:
    """Deviation round the circle, cell by cell, and along the set at the wall where it sags most between its ends."""
    circle = sweep(data.inputs, data.labels[:, None] * data.inputs / data.n)
    deviation = np.linalg.norm(circle.cell_sums - population_vector(2), axis=1)
    offset = circle.cell_sums - population_vector(2)
    middle = np.linalg.norm((offset + np.roll(offset, 1, axis=0)) / 2, axis=1)
    at = int(np.argmax(np.minimum(deviation, np.roll(deviation, 1)) - middle))
    eta = np.linspace(0, 1, 61)
    hull = (1 - eta)[:, None] * circle.cell_sums[at - 1] + eta[:, None] * circle.cell_sums[at]
    return {
        "round": {"angle": np.degrees(circle.walls), "deviation": deviation},
        "wall": {"eta": eta, "deviation": np.linalg.norm(hull - population_vector(2), axis=1)},
    }
