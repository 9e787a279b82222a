"""The runs of B-eq12: the activation patterns of one sample, enumerated, by formula, and met by random directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.linear_model import Dataset
from earlyalign.data.regression_laws import sample
from earlyalign.geometry.arrangement import cover_count
from earlyalign.geometry.landscape import cell_pulls
from earlyalign.items.run import Checkpoint, Result, Run


@dataclass(frozen=True)
class Settings:
    """position: "general" or "paired", what the points are taken for; law: theirs; random_directions: of the search
    for cells that the enumeration missed."""

    position: str
    law: str
    d: int
    n: int
    random_directions: int


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """`counts` of the cells of all walls."""
    settings = run.read(Settings)
    data, rng = sampled(settings, run.seed)
    return counts(cell_pulls(data.inputs, data.labels)[0], data.inputs, settings, rng)


def sampled(settings: Settings, seed: int) -> tuple[Dataset, np.random.Generator]:
    """The sample, and the generator for what is drawn after it."""
    rng = np.random.default_rng([seed, settings.d, settings.n])
    return sample(settings.law, settings.n, settings.d, 0.0, rng), rng


def counts(listed: np.ndarray, points: np.ndarray, settings: Settings, rng: np.random.Generator) -> Result:
    """Table `cells`: patterns of the listed directions (cells, d) on the points (n, d), Cover's formula, and patterns
    of random directions that are none of the listed ones."""
    known = patterns(listed, points)
    met = patterns(rng.standard_normal((settings.random_directions, points.shape[1])), points)
    return {
        "cells": {
            "cells": len(known), "directions": len(listed), "formula": cover_count(settings.n, settings.d),
            "met": len(met), "missed": len(met - known),
        }
    }  # fmt: skip


def patterns(directions: np.ndarray, points: np.ndarray) -> set[bytes]:
    """The distinct activation patterns of these directions (m, d)."""
    packed = np.packbits(directions @ points.T > 0, axis=1)
    return {row.tobytes() for row in np.unique(packed, axis=0)}
