"""Exponents of tables of suprema: how a mean, or a frequency, falls with n."""

from __future__ import annotations

import numpy as np
import pandas as pd

from earlyalign.items.evidence import RESAMPLES, Estimate, percentile


def log_mean_slope(table: pd.DataFrame, x: str, y: str, within: str | None = None, seed: int = 0) -> Estimate:
    """Least-squares slope of log(mean of `y`) against log(`x`), with its 95 % bootstrap interval.

    Rows that share `x` (and `within`) are independent samples, resampled with replacement among themselves. With
    `within`, each of its values has its own intercept and all share the slope.
    """
    keys = [x] if within is None else [within, x]
    cells = [(key, rows[y].to_numpy(float)) for key, rows in table.groupby(keys)]
    at = np.log([key[-1] for key, _ in cells])
    groups = np.zeros(len(cells)) if within is None else np.array([key[0] for key, _ in cells])
    rng = np.random.default_rng(seed)
    resampled = np.stack([rng.choice(values, (RESAMPLES, values.size)).mean(axis=1) for _, values in cells])
    means = np.column_stack([[values.mean() for _, values in cells], resampled])
    return estimate(pooled_slope(at, np.log(means), groups))


def pooled_slope(at: np.ndarray, values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Slopes (r,) of values (points, r) on at (points,), one intercept for each of groups (points,)."""
    at, values = at.copy(), values.copy()
    for group in np.unique(groups):
        rows = groups == group
        at[rows] -= at[rows].mean()
        values[rows] -= values[rows].mean(axis=0)
    return at @ values / (at @ at)


def estimate(values: np.ndarray) -> Estimate:
    """The first of values (1 + k,), with the 95 % interval of the others, its resamples."""
    return Estimate(float(values[0]), *percentile(values[1:]))


def log_factor(table: pd.DataFrame, seed: int = 0) -> Estimate:
    """The b of mean sup = const * n^(-1/2) (log n)^b, from columns n and sup."""
    scaled = table.assign(log_n=np.log(table["n"]), scaled=table["sup"] * np.sqrt(table["n"]))
    return log_mean_slope(scaled, "log_n", "scaled", seed=seed)


def frequency_slope(n: np.ndarray, hits: np.ndarray, trials: int, seed: int = 0) -> Estimate:
    """Slope of log P against log n: sizes n (k,), hits (seeds, k) out of `trials` each; Poisson regression, so that a
    size without a hit counts too. Interval from resampling seeds."""
    rng = np.random.default_rng(seed)
    picks = rng.integers(len(hits), size=(RESAMPLES, len(hits)))
    totals = [hits.sum(axis=0), *(hits[pick].sum(axis=0) for pick in picks)]
    exposure = trials * len(hits)
    return estimate(np.array([_poisson_slope(np.log(n), total / exposure) for total in totals]))


def _poisson_slope(at: np.ndarray, rate: np.ndarray) -> float:
    """Maximum likelihood of rate_i ~ exp(a + b at_i), by Newton's method on the concave likelihood, from the fit to
    what is positive."""
    at = at - at[0]
    design = np.column_stack([np.ones_like(at), at])
    seen = rate > 0
    theta = np.array([np.log(rate[seen][0]), -1.0])
    scale = 1 / rate.max()
    for _ in range(60):
        fitted = np.exp(design @ theta)
        step = np.linalg.solve(design.T * (fitted * scale) @ design, design.T @ ((rate - fitted) * scale))
        theta = theta + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-10:
            break
    return float(theta[1])
