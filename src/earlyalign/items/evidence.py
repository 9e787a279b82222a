"""From numbers over seeds to a judged claim. The statistics are scipy's; the verdict rules are ours and few."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from earlyalign.items.item import Claim, Mark, Verdict

CONFIDENCE = 0.95
RESAMPLES = 2000

MARGIN = 0.1
"""Share of its width by which an interval must be clear of a boundary: less is undecided, since the rounding of another
processor may move the interval across."""

FACTOR = 1.5
"""Factor by which the error of an identity must be clear of its tolerance."""

_ENDS = ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2)


class Estimate(NamedTuple):
    """A number with the two ends of its interval."""

    value: float
    low: float
    high: float


def point(value: float) -> Estimate:
    """A number that was computed and not sampled: its interval is itself."""
    return Estimate(value, value, value)


def interval(values: ArrayLike, statistic=np.median, seed: int = 0) -> Estimate:
    """`statistic` of `values` (one number a seed) with its 95 % interval.

    np.median  between two of the values, whatever their law: exact from six seeds on; with fewer the least and the
               greatest, which hold the median in 1 - 2^(1 - seeds) of cases (94 % for five)
    np.mean    Student's t
    others     percentile bootstrap, which with few seeds is too narrow

    Raises ValueError with fewer than two values: one seed has no interval.
    """
    sample = np.asarray(values, dtype=float)
    if sample.size < 2:
        raise ValueError(f"an interval needs at least two seeds, got {sample.size}")
    centre = float(statistic(sample))
    if not np.all(np.isfinite(sample)) or np.ptp(sample) == 0:
        return Estimate(centre, float(sample.min()), float(sample.max()))
    if statistic is np.mean:
        return Estimate(centre, *_student(sample))
    if statistic is np.median:
        ranks = _median_ranks(sample.size)
        low, high = np.sort(sample)[list(ranks)]
        return Estimate(centre, float(low), float(high))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        ends = stats.bootstrap(
            (sample,), statistic, confidence_level=CONFIDENCE, n_resamples=RESAMPLES, method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval  # fmt: skip
    return Estimate(centre, float(ends.low), float(ends.high))


def _student(sample: np.ndarray) -> tuple[float, float]:
    half = _student_quantile(sample.size - 1) * sample.std(ddof=1) / np.sqrt(sample.size)
    return float(sample.mean() - half), float(sample.mean() + half)


@cache
def _student_quantile(freedom: int) -> float:
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, freedom))


@cache
def _median_ranks(size: int) -> tuple[int, int]:
    """Positions, in a sorted sample, of the two values between which the median lies in CONFIDENCE of cases."""
    outside = int(stats.binom.ppf((1 - CONFIDENCE) / 2, size, 0.5))
    if stats.binom.cdf(outside, size, 0.5) > (1 - CONFIDENCE) / 2:
        outside -= 1
    return max(outside, 0), size - 1 - max(outside, 0)


def percentile(resampled: ArrayLike, method: Literal["linear", "nearest"] = "linear") -> tuple[float, float]:
    """The ends of the 95 % percentile interval of a statistic, from its values (k,) over resamples.

    method  of numpy.quantile; "nearest" where a value may be infinite, since it weighs no two of them together
    """
    low, high = np.quantile(np.asarray(resampled, float), _ENDS, method=method)
    return float(low), float(high)


def bootstrapped(value: float, resampled: ArrayLike) -> Estimate:
    """`value` with the percentile interval of its values (k,) over resamples, widened where it would not hold it."""
    low, high = percentile(resampled)
    return Estimate(float(value), float(min(low, value)), float(max(high, value)))


def wilson(successes: int, trials: int) -> Estimate:
    """A share with its 95 % Wilson interval."""
    ends = stats.binomtest(successes, trials).proportion_ci(CONFIDENCE, method="wilson")
    return Estimate(successes / trials, float(ends.low), float(ends.high))


def slope(x: ArrayLike, y: ArrayLike, groups: ArrayLike, seed: int = 0) -> Estimate:
    """Least-squares slope of y on x, with a 95 % interval over `groups` (seeds): Student's t on the slopes of the
    groups where all have the same x, else from resampling whole groups with replacement."""
    x, y, groups = np.asarray(x, float), np.asarray(y, float), np.asarray(groups)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]

    def fit(rows: np.ndarray) -> float:
        return float(np.polyfit(x[rows], y[rows], 1)[0])

    pooled = fit(np.arange(x.size))
    designs = {tuple(np.sort(x[rows])) for rows in members}
    if len(designs) == 1 and len(members) > 1 and np.ptp(x[members[0]]) > 0:
        return Estimate(pooled, *_student(np.array([fit(rows) for rows in members])))
    rng = np.random.default_rng(seed)
    picks = rng.integers(len(members), size=(RESAMPLES, len(members)))
    resampled = [fit(np.concatenate([members[i] for i in pick])) for pick in picks]
    return Estimate(pooled, *percentile(resampled))


def exact(id: str, words: str, error: float, tolerance: float, mark: Mark = Mark.STATED) -> Claim:
    """A claim of equality: the largest error found must not pass `tolerance`. Within a factor FACTOR of it rounding
    may decide, and the verdict is undecided."""
    kept = bool(np.isfinite(error)) and error <= tolerance
    leaning = Verdict.REPRODUCED if kept else Verdict.CONTRADICTED
    close = tolerance / FACTOR < error < tolerance * FACTOR
    verdict = Verdict.UNDECIDED if close else leaning
    text = f"at most {tolerance:.0e}"
    return Claim(id, words, float(error), float(error), float(error), text, verdict, mark, leaning)


def within(
    id: str,
    words: str,
    measured: Estimate,
    expected: str,
    low: float = -np.inf,
    high: float = np.inf,
    mark: Mark = Mark.STATED,
    accuracy: float = 0.0,
) -> Claim:
    """A claim that a number lies in [low, high].

    reproduced      its whole interval does, clear of both ends
    contradicted    its whole interval lies outside, clear of the end
    undecided       anything else

    Clear means by MARGIN of the interval's width and by `accuracy`, the error that the method itself may have made.
    """
    value, below, above = measured
    leaning = _position(below, above, low, high, accuracy)
    verdict = _position(below, above, low, high, max(accuracy, _margin(below, above)))
    return Claim(id, words, value, below, above, expected, verdict, mark, leaning)


def _margin(below: float, above: float) -> float:
    """By how much the interval [below, above] must clear a boundary. An end at infinity is as far as can be."""
    if np.isfinite(above - below):
        return MARGIN * (above - below)
    return MARGIN * abs(below) if np.isfinite(below) else 0.0


def _position(below: float, above: float, low: float, high: float, room: float) -> Verdict:
    """Where the interval [below, above] lies relative to [low, high], by at least `room`."""
    if np.isnan(below) or np.isnan(above):
        return Verdict.CONTRADICTED
    if low + room <= below and above <= high - room:
        return Verdict.REPRODUCED
    if above < low - room or below > high + room:
        return Verdict.CONTRADICTED
    return Verdict.UNDECIDED


def covers(
    id: str,
    words: str,
    measured: Estimate,
    target: float,
    slack: float,
    mark: Mark = Mark.STATED,
) -> Claim:
    """A claim that a number equals `target`, to be told within ±`slack`.

    reproduced      the interval holds the target and is no wider than ±slack
    weaker          it lies within slack of the target, and beside it
    contradicted    it lies wholly further than slack from the target
    undecided       anything else

    Each by a margin of MARGIN of the interval's width.
    """
    value, below, above = measured

    def judge(room: float) -> Verdict:
        if (
            np.isnan(below)
            or np.isnan(above)
            or below > target + slack + room
            or above < target - slack - room
        ):
            return Verdict.CONTRADICTED
        if below + room <= target <= above - room and above - below <= 2 * slack:
            return Verdict.REPRODUCED
        beside = target <= below - room or above + room <= target
        near = target - slack + room <= below and above <= target + slack - room
        return Verdict.WEAKER if beside and near else Verdict.UNDECIDED

    expected = f"{target:g}, told within ±{slack:g}"
    verdict, leaning = judge(_margin(below, above)), judge(0.0)
    return Claim(id, words, value, below, above, expected, verdict, mark, leaning)


def not_run(id: str, words: str, expected: str, mark: Mark = Mark.STATED) -> Claim:
    """A claim that this profile does not touch."""
    nan = float("nan")
    return Claim(id, words, nan, nan, nan, expected, Verdict.NOT_RUN, mark)
