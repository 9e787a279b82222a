"""Frequencies of large suprema, and the constants of Theorem D.1 and Corollary D.1 fitted to them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from earlyalign.simplicity_bias.concentration.thmD1_runs import LEVELS

FEWEST = 20
"""Exceedances below which a frequency is left out of the comparison of curves."""


def frequencies(tail: pd.DataFrame, calibrates: bool) -> tuple[np.ndarray, np.ndarray]:
    """Sizes (k,), and counts (seeds, k, levels) of the calibrating or of the judging seeds."""
    rows = tail[tail["calibrates"] == calibrates].sort_values(["seed", "n", "level"])
    sizes = np.sort(rows["n"].unique())
    return sizes, rows["exceed"].to_numpy().reshape(-1, len(sizes), len(LEVELS))


def fitted_level(tail: pd.DataFrame, share: float) -> int:
    """Index in `LEVELS` of the least C that at most `share` of the smallest calibrating samples pass."""
    _, counts = frequencies(tail, calibrates=True)
    return int(np.argmax(counts[:, 0].sum(axis=0) <= share * len(counts) * tail["draws"].iloc[0]))


def fitted_tail(tail: pd.DataFrame, between: tuple[float, float]) -> tuple[float, float]:
    """a and log(K n_0^2) of Theorem D.1's first term at the smallest n_0, in s = sup sqrt(n / E ||y x||^2):
    log P = log(K n_0^2) - a s^2, a by least squares between the two frequencies, K the least that bounds them all."""
    sizes, counts = frequencies(tail, calibrates=True)
    share = counts[:, 0].sum(axis=0) / (len(counts) * tail["draws"].iloc[0])
    square = LEVELS**2 * 2 * np.log(sizes[0])
    low, high = sorted(between)
    rows = (share >= low) & (share <= high)
    rate = -float(np.polyfit(square[rows], np.log(share[rows]), 1)[0])
    seen = share >= low
    return rate, float(np.max(np.log(share[seen]) + rate * square[seen]))


def worst_ratio(sizes: np.ndarray, totals: np.ndarray, exposure: int, rate: float, height: float) -> float:
    """Largest ratio of a frequency to the fitted bound over the larger sizes, where the bound says something (is below
    1) and at least `FEWEST` samples were counted; totals (k, levels) exceedances."""
    worst = 0.0
    for n, counts in zip(sizes[1:], totals[1:], strict=True):
        square = LEVELS**2 * 2 * np.log(n)
        bound = np.exp(height + 2 * np.log(n / sizes[0]) - rate * square)
        seen = (counts >= FEWEST) & (bound < 1)
        worst = max(worst, float(np.max(counts[seen] / exposure / bound[seen], initial=0.0)))
    return worst
