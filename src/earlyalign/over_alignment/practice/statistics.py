"""Reading an optimum off a grid of runs: settings chosen on one half of the seeds, judged on the other, and back.

Only runs that reached the training accuracy count. A setting (c, step) with another run among the seeds that choose
ranks behind every setting without one. Where one of two compared settings did not get there, the seed has no
difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from earlyalign.items.evidence import RESAMPLES, Estimate, bootstrapped, interval
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep.statistics import POINTS, vertices
from earlyalign.over_alignment.practice.params import Case, Grid

SCORES = ("peak", "stopped", "first", "final")
"""Test accuracies: at its peak, where the test loss was least, after the first epoch, at the end."""

FEWEST = 4
"""Seeds on which both settings must have finished, for a gain to be told."""


def in_points(tables: Tables) -> dict[str, pd.DataFrame]:
    """The runs with their accuracies in points."""
    ends = tables["ends"]
    return {**tables, "ends": ends.assign(**{score: POINTS * ends[score] for score in SCORES})}


def of_case(ends: pd.DataFrame, case: Case) -> pd.DataFrame:
    """The runs of one case."""
    held = pd.Series(True, index=ends.index)
    for name, value in case.model_dump().items():
        held &= ends[name].isna() if value is None else ends[name] == value
    return ends[held]


def cases(tables: Tables) -> list[Case]:
    """The cases that were run, in their order."""
    seen = tables["ends"][list(Case.model_fields)].drop_duplicates()
    rows = seen.astype(object).where(seen.notna(), None).to_dict("records")
    return [Case(**row) for row in rows]


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

    @property
    def largest_finished(self) -> int:
        """The largest multiplier with a step at which all runs got there; the smallest if there is none."""
        finished = np.isfinite(self.mean(np.arange(len(self.values)))).any(axis=1)
        return int(self.multipliers[np.flatnonzero(finished)[-1] if finished.any() else 0])

    def curve(self, seeds: np.ndarray) -> np.ndarray:
        """(C,) the mean at each multiplier's best step, chosen on the same `seeds`."""
        return self.mean(seeds).max(axis=1)


def scores_of(ends: pd.DataFrame, score: str = "peak") -> Scores:
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


def gains(scores: Scores, rival: int | None) -> np.ndarray:
    """(seeds,) the best setting minus the multiplier 2^rival at its best step, in points; both are chosen on the half
    of the seeds that does not judge them. NaN where a run did not finish. `rival` None means the smallest multiplier.

    Raises ValueError for a multiplier that was not run.
    """
    rival = int(scores.multipliers[0]) if rival is None else rival
    if rival not in scores.multipliers:
        raise ValueError(
            f"2^{rival} was not run; there are {', '.join(f'2^{k}' for k in scores.multipliers)}"
        )
    place = int(np.flatnonzero(scores.multipliers == rival)[0])
    differences = np.full(len(scores.values), np.nan)
    for choosing, judging in halves(len(scores.values)):
        means = scores.mean(choosing)
        best = np.unravel_index(means.argmax(), means.shape)
        other = (place, int(means[place].argmax()))
        differences[judging] = scores.values[judging][:, *best] - scores.values[judging][:, *other]
    return differences


def gain(scores: Scores, rival: int | None) -> Estimate | None:
    """Mean of `gains` with its interval; None where too few seeds finished."""
    differences = gains(scores, rival)
    finished = differences[np.isfinite(differences)]
    return interval(finished, np.mean) if len(finished) >= FEWEST else None


def resampled_optima(scores: Scores, reach: int = 1, seed: int = 0) -> tuple[float, np.ndarray]:
    """log2 c* and (RESAMPLES // 4,) of it over resampled seeds: the vertex of a parabola through the best multiplier
    and `reach` neighbours on each side, every multiplier at its best step."""
    count = len(scores.values)
    picks = np.random.default_rng(seed).integers(count, size=(RESAMPLES // 4, count))
    curves = np.stack([scores.curve(rows) for rows in (np.arange(count), *picks)])
    finite = np.isfinite(curves[0])
    lost = -np.where(np.isfinite(curves[:, finite]), curves[:, finite], np.nanmin(curves[0, finite]) - POINTS)
    optima = vertices(scores.multipliers[finite].astype(float), lost, reach)
    return float(optima[0]), optima[1:]


def optimum(scores: Scores, reach: int = 1) -> Estimate:
    """log2 c* with the interval that resampled seeds give it; see `resampled_optima`."""
    return bootstrapped(*resampled_optima(scores, reach))


def by_case(tables: Tables, params: Grid, score: str = "peak") -> dict[str, Scores]:
    """The scores of every case, in the order of the parameters."""
    return {name: scores_of(of_case(tables["ends"], case), score) for name, case in params.cases.items()}
