"""Statistics of a threshold sweep: loss ratios at a horizon, and the sample size at which they cross a level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from earlyalign.items.evidence import RESAMPLES, Estimate, percentile
from earlyalign.items.tables import Tables


def at_horizon(tables: Tables, method: str, fraction: float = 1.0) -> pd.DataFrame:
    """Losses of one method at `fraction` of the horizon, with those of the reference (OLS for a linear teacher) beside
    them: n, seed, train, test, best_train, best_test, train_ratio, test_ratio."""
    losses = tables["losses"].query("method == @method")
    wanted = losses["time"].max() * fraction
    rows = losses[np.isclose(losses["time"], wanted)]
    if rows.empty:
        raise ValueError(f"no losses at {fraction:g} of the horizon")
    best = tables["reference"].query("method == @method")[["n", "seed", "train", "test"]]
    both = rows.merge(best.rename(columns={"train": "best_train", "test": "best_test"}), on=["n", "seed"])
    return both.assign(
        train_ratio=both["train"] / both["best_train"], test_ratio=both["test"] / both["best_test"]
    ).sort_values(["n", "seed"])


def where(tables: Tables, **values: object) -> Tables:
    """The rows of every table whose columns have these values, such as ``where(tables, d=10)``. Columns that only
    other rows fill are dropped."""
    kept = {}
    for name, table in tables.items():
        matching = np.logical_and.reduce([table[column] == value for column, value in values.items()])
        kept[name] = table[matching].dropna(axis=1, how="all")
    return kept


def grid(rows: pd.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
    """Sample sizes (sizes,) and values (seeds, sizes) of a column of `at_horizon`."""
    table = rows.pivot(index="seed", columns="n", values=column)
    return table.columns.to_numpy(float), table.to_numpy()


def crossing(sizes: np.ndarray, curve: np.ndarray, level: float) -> float:
    """The sample size at which a rising curve passes `level` for good, interpolated in log n.

    sizes, curve (sizes,). Gives 0 if the curve is above throughout, inf if it ends below.
    """
    below = np.flatnonzero(curve < level)
    if below.size == 0:
        return 0.0
    last = below[-1]
    if last == len(sizes) - 1:
        return np.inf
    share = (level - curve[last]) / (curve[last + 1] - curve[last])
    return float(np.exp(np.log(sizes[last]) + share * np.log(sizes[last + 1] / sizes[last])))


def threshold(rows: pd.DataFrame, level: float, column: str = "train_ratio") -> Estimate:
    """Where the median over seeds of `column` crosses `level`, with an interval from resampling seeds."""
    sizes, values = grid(rows, column)
    crossings = [crossing(sizes, curve, level) for curve in _resampled_medians(values)]
    centre = crossing(sizes, np.median(values, axis=0), level)
    return Estimate(centre, *percentile(crossings, method="nearest"))


def threshold_shift(early: pd.DataFrame, late: pd.DataFrame, level: float) -> Estimate:
    """log2 of (threshold late / threshold early), both from the same resampled seeds."""
    sizes, before = grid(early, "train_ratio")
    _, after = grid(late, "train_ratio")

    def shift(*curves: np.ndarray) -> float:
        first, second = np.clip([crossing(sizes, curve, level) for curve in curves], sizes[0], sizes[-1])
        return float(np.log2(second / first))

    shifts = [shift(*pair) for pair in zip(_resampled_medians(before), _resampled_medians(after))]
    return Estimate(shift(np.median(before, axis=0), np.median(after, axis=0)), *percentile(shifts))


def threshold_exponent(sweeps: Sequence[pd.DataFrame], scales: Sequence[float], level: float) -> Estimate:
    """Slope of log threshold against log scale, one sweep (rows of `at_horizon`) a scale, with an interval from
    resampling seeds within each sweep.

    A threshold outside the swept sizes counts at the edge, which biases the slope towards 0.
    """
    curves = [grid(rows, "train_ratio") for rows in sweeps]

    def slope(medians: Iterable[np.ndarray]) -> float:
        thresholds = [
            np.clip(crossing(sizes, median, level), sizes[0], sizes[-1])
            for (sizes, _), median in zip(curves, medians)
        ]
        return float(np.polyfit(np.log(scales), np.log(thresholds), 1)[0])

    draws = [_resampled_medians(values, stream) for stream, (_, values) in enumerate(curves)]
    slopes = [slope(medians) for medians in zip(*draws)]
    return Estimate(slope([np.median(values, axis=0) for _, values in curves]), *percentile(slopes))


def steepest_rise(rows: pd.DataFrame, column: str) -> Estimate:
    """The largest rise of log `column` (median over seeds) from one sample size to the next; negative if it falls
    throughout."""
    _, values = grid(rows, column)
    rises = np.diff(np.log(_resampled_medians(values)), axis=1).max(axis=1)
    return Estimate(float(np.diff(np.log(np.median(values, axis=0))).max()), *percentile(rises))


def _resampled_medians(values: np.ndarray, stream: int = 0) -> np.ndarray:
    """(RESAMPLES, sizes) medians over seeds drawn with replacement; the same draws for arrays of one length and one
    `stream`."""
    picks = np.random.default_rng(stream).integers(len(values), size=(RESAMPLES, len(values)))
    return np.median(values[picks], axis=1)
