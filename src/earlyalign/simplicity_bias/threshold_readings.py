"""Readings of a threshold sweep: loss ratios at a horizon, and the sample size at which they cross a level."""

from __future__ import annotations

import numpy as np
import pandas as pd

from earlyalign.items.contract import Tables
from earlyalign.items.evidence import CONFIDENCE, RESAMPLES

Reading = tuple[float, float, float]
"""Value and the ends of its interval."""


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


def threshold(rows: pd.DataFrame, level: float, column: str = "train_ratio") -> Reading:
    """Where the median over seeds of `column` crosses `level`, with an interval from resampling seeds."""
    sizes, values = grid(rows, column)
    rng = np.random.default_rng(0)
    picks = rng.integers(len(values), size=(RESAMPLES, len(values)))
    found = [crossing(sizes, np.median(values[pick], axis=0), level) for pick in picks]
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], method="nearest")
    return crossing(sizes, np.median(values, axis=0), level), float(low), float(high)


def threshold_shift(early: pd.DataFrame, late: pd.DataFrame, level: float) -> Reading:
    """log2 of (threshold late / threshold early), both from the same resampled seeds."""
    sizes, before = grid(early, "train_ratio")
    _, after = grid(late, "train_ratio")
    rng = np.random.default_rng(0)

    def shift(pick: np.ndarray) -> float:
        ends = [crossing(sizes, np.median(values[pick], axis=0), level) for values in (before, after)]
        first, second = np.clip(ends, sizes[0], sizes[-1])
        return float(np.log2(second / first))

    picks = rng.integers(len(before), size=(RESAMPLES, len(before)))
    low, high = np.quantile([shift(pick) for pick in picks], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return shift(np.arange(len(before))), float(low), float(high)


def steepest_rise(rows: pd.DataFrame, column: str) -> Reading:
    """The largest rise of log `column` (median over seeds) from one sample size to the next; negative if it falls
    throughout."""
    _, values = grid(rows, column)
    rng = np.random.default_rng(0)

    def rise(pick: np.ndarray) -> float:
        return float(np.diff(np.log(np.median(values[pick], axis=0))).max())

    picks = rng.integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile([rise(pick) for pick in picks], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return rise(np.arange(len(values))), float(low), float(high)
