"""Reading an optimum off a grid of runs: settings chosen on one half of the seeds, judged on the other, and back.

Only runs that reached the training accuracy count. A setting (c, step) with another run among the seeds that choose
ranks behind every setting without one; a seed on which one of two compared settings did not get there has no difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from earlyalign.items.contract import Params, Tables
from earlyalign.items.evidence import CONFIDENCE, RESAMPLES, interval
from earlyalign.over_alignment.optimum import POINTS, vertices
from earlyalign.over_alignment.practice.params import CASE, Grid, case_names

SCORES = ("peak", "stopped")
"""What is compared: peak test accuracy, and test accuracy where the validation loss was least."""

FEWEST = 4
"""Seeds on which both settings must have finished, for a gain to be told."""


def named(tables: Tables, params: Params) -> dict[str, pd.DataFrame]:
    """The runs with their case's name, accuracies in points."""
    ends = tables["ends"]
    names = case_names(params)
    keys = ends[list(CASE)].astype(object).where(ends[list(CASE)].notna(), None).itertuples(index=False, name=None)
    points = {score: POINTS * ends[score] for score in (*SCORES, "final")}
    return {**tables, "ends": ends.assign(case=[names[key] for key in keys], **points)}


@dataclass(frozen=True)
class Scores:
    """One case: multipliers (C,) as powers of two, steps (S,), values (seeds, C, S) in points, NaN where a run did not
    reach the training accuracy."""

    multipliers: np.ndarray
    steps: np.ndarray
    values: np.ndarray

    def mean(self, seeds: np.ndarray) -> np.ndarray:
        """(C, S) means over `seeds`; a setting with a run that did not get there has -inf."""
        means = self.values[seeds].mean(axis=0)
        return np.where(np.isnan(means), -np.inf, means)

    def curve(self, seeds: np.ndarray) -> np.ndarray:
        """(C,) the mean at each multiplier's best step, chosen on the same `seeds`."""
        return self.mean(seeds).max(axis=1)


def scores(ends: pd.DataFrame, score: str = "peak") -> Scores:
    """The scores of the runs of one case."""
    reached = ends.assign(value=ends[score].where(ends["status"] == "reached"))
    wide = reached.pivot(index="seed", columns=["log2_c", "step"], values="value")
    multipliers, steps = (np.unique(ends[name]) for name in ("log2_c", "step"))
    wide = wide.reindex(columns=pd.MultiIndex.from_product([multipliers, steps]))
    return Scores(multipliers, steps, wide.to_numpy(float).reshape(len(wide), len(multipliers), len(steps)))


def halves(seeds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(choosing, judging) rows: even and odd seeds, both ways round."""
    even, odd = np.arange(0, seeds, 2), np.arange(1, seeds, 2)
    return [(even, odd), (odd, even)]


def gains(found: Scores, rival: int | None) -> np.ndarray:
    """(seeds,) the best setting minus the multiplier 2^rival at its best step, in points; both are chosen on the half
    of the seeds that does not judge them. NaN where a run did not finish. `rival` None means the smallest multiplier.

    Raises ValueError for a multiplier that was not run.
    """
    rival = int(found.multipliers[0]) if rival is None else rival
    if rival not in found.multipliers:
        raise ValueError(f"2^{rival} was not run; there are {', '.join(f'2^{k}' for k in found.multipliers)}")
    place = int(np.flatnonzero(found.multipliers == rival)[0])
    differences = np.full(len(found.values), np.nan)
    for choosing, judging in halves(len(found.values)):
        means = found.mean(choosing)
        best = np.unravel_index(means.argmax(), means.shape)
        other = (place, int(means[place].argmax()))
        differences[judging] = found.values[judging][:, *best] - found.values[judging][:, *other]
    return differences


def gain(found: Scores, rival: int | None) -> tuple[float, float, float] | None:
    """Mean of `gains` with its interval; None where too few seeds finished."""
    differences = gains(found, rival)
    finished = differences[np.isfinite(differences)]
    return interval(finished, np.mean) if len(finished) >= FEWEST else None


def resampled_optima(found: Scores, reach: int = 1, seed: int = 0) -> tuple[float, np.ndarray]:
    """log2 c* and (RESAMPLES // 4,) of it over resampled seeds: the vertex of a parabola through the best multiplier
    and `reach` neighbours on each side, every multiplier at its best step."""
    count = len(found.values)
    picks = np.random.default_rng(seed).integers(count, size=(RESAMPLES // 4, count))
    curves = np.stack([found.curve(rows) for rows in (np.arange(count), *picks)])
    finite = np.isfinite(curves[0])
    lost = -np.where(np.isfinite(curves[:, finite]), curves[:, finite], np.nanmin(curves[0, finite]) - POINTS)
    optima = vertices(found.multipliers[finite].astype(float), lost, reach)
    return float(optima[0]), optima[1:]


def optimum(found: Scores) -> tuple[float, float, float]:
    """log2 c* with the interval that resampled seeds give it."""
    centre, many = resampled_optima(found)
    low, high = np.quantile(many, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return centre, float(min(low, centre)), float(max(high, centre))


def by_case(tables: Tables, params: Grid, score: str = "peak") -> dict[str, Scores]:
    """The scores of every case, in the order of the parameters."""
    ends = tables["ends"]
    return {name: scores(ends[ends["case"] == name], score) for name in params.cases}
