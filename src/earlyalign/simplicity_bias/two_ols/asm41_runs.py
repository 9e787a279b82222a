"""What Assumption 4.1 measures: laws put through the five conditions, and the example law against its closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.assumption_laws import axis_variances, law
from earlyalign.data.linear_model import conditioned_gaussian, unit_teacher
from earlyalign.items.run import Checkpoint, Columns, Result, Run
from earlyalign.theory.assumption41 import check, example_deviation, example_slope, isotropy_bound


@dataclass(frozen=True)
class Check:
    """A law put through every condition: see `Parameters` of the item for what the fields mean."""

    part: str
    law: str
    d: int
    c: float
    samples: int
    noise_variance: float
    input_dof: float
    noise_dof: float
    level: float
    whiten: bool


@dataclass(frozen=True)
class Example:
    """A sample of the example law, conditioned at c."""

    part: str
    d: int
    c: float
    samples: int


@dataclass(frozen=True)
class Curve:
    """Condition 4 for the example law in closed form, at `points` values of c."""

    part: str
    d: int
    points: int


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `conditions`, `example` or `curve`."""
    if run.config["part"] == "curve":
        return {"curve": curve(run.read(Curve))}
    if run.config["part"] == "example":
        settings = run.read(Example)
        closed_form, _ = axis_variances(settings.d, settings.c)
        return {"example": example(settings, closed_form, run.seed)}
    return {"conditions": conditions(run.read(Check), run.seed)}


def conditions(settings: Check, seed: int) -> Columns:
    """What every condition measures of the law, and whether it is refuted; `breaks`: the one that the law is built to
    break, or 0."""
    rng = np.random.default_rng(seed)
    tested = law(
        settings.law, settings.d, settings.c, settings.noise_variance, settings.input_dof, settings.noise_dof,
        settings.whiten,
    )  # fmt: skip
    inputs, labels = tested.sample(settings.samples, rng)
    results = check(inputs, labels, tested.teacher, tested.margin, rng, settings.level)
    return {
        "condition": [result.number for result in results],
        "name": [result.name for result in results],
        "measured": [result.measured for result in results],
        "threshold": [result.threshold for result in results],
        "outcome": [str(result.outcome) for result in results],
        "reads": [result.reads for result in results],
        "breaks": [tested.breaks or 0] * len(results),
    }


def example(settings: Example, closed_form: float, seed: int) -> dict[str, float]:
    """A sample of the example law: its variance along the teacher against `closed_form`, in standard errors, and the
    share of samples on whose sign beta* and Sigma_n beta* differ."""
    rng = np.random.default_rng(seed)
    x, teacher = conditioned_gaussian(settings.d, settings.c)(settings.samples, rng), unit_teacher(settings.d)
    square = (x @ teacher) ** 2
    pulled = x.T @ (x @ teacher) / settings.samples
    return {
        "along": square.mean(),
        "closed_form": closed_form,
        "z": (square.mean() - closed_form) / (square.std() / np.sqrt(settings.samples)),
        "outside_cone": float(np.mean(np.sign(x @ pulled) != np.sign(x @ teacher))),
    }


def curve(settings: Curve, multiple: float = 1.0) -> dict[str, np.ndarray]:
    """Both sides of condition 4, and their ratio's limit at c = 0, for the law conditioned at `multiple` times the c by
    which it is judged."""
    d, points = settings.d, settings.points
    grid = np.geomspace(1e-3, 0.9 / max(multiple, 1.0), points)
    return {
        "c_at": grid,
        "deviation": np.array([example_deviation(d, multiple * c) for c in grid]),
        "bound": np.array([isotropy_bound(c) for c in grid]),
        "slope": np.full(points, multiple * example_slope(d)),
    }
