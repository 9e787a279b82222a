"""From numbers over seeds to a judged claim. The statistics are scipy's; the verdict rules are ours and few."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from earlyalign.items.contract import Claim, Mark, Verdict

CONFIDENCE = 0.95
RESAMPLES = 2000


def interval(values: ArrayLike, statistic=np.median, seed: int = 0) -> tuple[float, float, float]:
    """`statistic` of `values` (one number a seed) with its 95 % percentile bootstrap interval.

    Raises ValueError with fewer than two values: one seed has no interval.
    """
    sample = np.asarray(values, dtype=float)
    if sample.size < 2:
        raise ValueError(f"an interval needs at least two seeds, got {sample.size}")
    centre = float(statistic(sample))
    if np.ptp(sample) == 0:
        return centre, centre, centre
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        found = stats.bootstrap(
            (sample,), statistic, confidence_level=CONFIDENCE, n_resamples=RESAMPLES, method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval  # fmt: skip
    return centre, float(found.low), float(found.high)


def wilson(successes: int, trials: int) -> tuple[float, float, float]:
    """A share with its 95 % Wilson interval."""
    found = stats.binomtest(successes, trials).proportion_ci(CONFIDENCE, method="wilson")
    return successes / trials, float(found.low), float(found.high)


def slope(x: ArrayLike, y: ArrayLike, groups: ArrayLike, seed: int = 0) -> tuple[float, float, float]:
    """Least-squares slope of y on x, with an interval from resampling whole `groups` (seeds) with replacement."""
    x, y, groups = np.asarray(x, float), np.asarray(y, float), np.asarray(groups)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    rng = np.random.default_rng(seed)

    def fit(rows: np.ndarray) -> float:
        return float(np.polyfit(x[rows], y[rows], 1)[0])

    picks = rng.integers(len(members), size=(RESAMPLES, len(members)))
    resampled = [fit(np.concatenate([members[i] for i in pick])) for pick in picks]
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return fit(np.arange(x.size)), float(low), float(high)


def exact(id: str, words: str, error: float, tolerance: float, mark: Mark = Mark.STATED) -> Claim:
    """A claim of equality: the largest error found must not pass `tolerance`."""
    kept = bool(np.isfinite(error)) and error <= tolerance
    verdict = Verdict.REPRODUCED if kept else Verdict.CONTRADICTED
    return Claim(
        id, words, float(error), float(error), float(error), f"at most {tolerance:.0e}", verdict, mark
    )


def within(
    id: str,
    words: str,
    measured: tuple[float, float, float],
    expected: str,
    low: float = -np.inf,
    high: float = np.inf,
    mark: Mark = Mark.STATED,
) -> Claim:
    """A claim that a number lies in [low, high].

    reproduced      its whole interval does
    weaker          the number does, its interval does not
    contradicted    the number does not
    """
    value, below, above = measured
    if low <= below and above <= high:
        verdict = Verdict.REPRODUCED
    elif low <= value <= high:
        verdict = Verdict.WEAKER
    else:
        verdict = Verdict.CONTRADICTED
    return Claim(id, words, value, below, above, expected, verdict, mark)


def covers(
    id: str,
    words: str,
    measured: tuple[float, float, float],
    target: float,
    slack: float,
    mark: Mark = Mark.STATED,
) -> Claim:
    """A claim that a number equals `target`: the target lies in the interval, itself no wider than ±`slack`."""
    value, below, above = measured
    hit = below <= target <= above
    tight = abs(value - target) <= slack
    verdict = Verdict.REPRODUCED if hit and tight else Verdict.WEAKER if tight else Verdict.CONTRADICTED
    return Claim(id, words, value, below, above, f"{target:g}", verdict, mark)


def not_run(id: str, words: str, expected: str, mark: Mark = Mark.STATED) -> Claim:
    """A claim that this profile does not touch."""
    nan = float("nan")
    return Claim(id, words, nan, nan, nan, expected, Verdict.NOT_RUN, mark)
