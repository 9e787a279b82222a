"""What a sweep may say of its multipliers, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95

MATTERS = 0.01
"""Gains of accuracy below this are called no difference, where the interval shows it."""

MOST_SEEDS = 200
"""More judging seeds than this are not advised."""

WORSE, EDGE, UNCOMPARED = "worse", "edge", "uncompared"
"""How the search beside the best multiplier ended: at one that is worse beyond doubt, at the grid's end, or at one
whose runs did not all reach the training accuracy, so that nothing can be said of it."""


@dataclass(frozen=True)
class Gap:
    """A mean of paired differences of accuracy, with the half-width of its 95 % t-interval, and over how many seeds."""

    mean: float
    half_width: float
    seeds: int = 0

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self.mean + self.half_width

    @property
    def negligible(self) -> bool:
        """Whether the whole interval is a difference that does not matter."""
        return max(-self.low, self.high) < MATTERS

    @property
    def seeds_to_tell(self) -> int | None:
        """How many seeds would tell, if mean and spread stay as they look now: the interval would then leave out zero,
        or all that matters. None for more than `MOST_SEEDS`, or where the spread is not known."""
        if self.seeds < 2:
            return None
        spread = self.half_width * math.sqrt(self.seeds) / _quantile(self.seeds)
        wanted = max(abs(self.mean), MATTERS - abs(self.mean))
        enough = (
            n for n in range(self.seeds, MOST_SEEDS + 1) if _quantile(n) * spread / math.sqrt(n) < wanted
        )
        return next(enough, None)

    @property
    def points(self) -> str:
        """In percentage points, such as ``+2.9 ± 0.5``."""
        return f"{100 * self.mean:+.1f} ± {100 * self.half_width:.1f}"


def gap(better: np.ndarray, worse: np.ndarray) -> Gap:
    """`better` minus `worse`, one entry a seed, the same seeds in both. Raises ValueError for fewer than two."""
    differences = np.asarray(better, float) - np.asarray(worse, float)
    if len(differences) < 2:
        raise ValueError("an interval needs at least two seeds")
    spread = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    return Gap(float(differences.mean()), _quantile(len(differences)) * spread, len(differences))


def _quantile(seeds: int) -> float:
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, seeds - 1))


def as_power(c: float) -> str:
    """``2^-4`` where c is a power of two, else the number."""
    exponent = math.log2(c)
    if abs(exponent - round(exponent)) < 1e-9 and round(exponent):
        return f"2^{round(exponent)}"
    return f"{c:.4g}"


def as_math(c: float) -> str:
    """`as_power` for the axis of a figure: a raised exponent."""
    base, caret, exponent = as_power(c).partition("^")
    return f"${base}^{{{exponent}}}$" if caret else base


@dataclass(frozen=True)
class Best:
    """What a sweep found.

    c, step         the multiplier and the step before the rule, chosen on the choosing seeds; None if no run finished
    default_step    the step chosen for c = 1
    low, high       the range of multipliers around c that the judging seeds do not tell from it
    below, above    how the search ended on either side: "worse", "edge" or "uncompared"
    gain            over c = 1 at its own best step, on the judging seeds; None where either did not finish on them
    """

    c: float | None
    step: float | None
    default_step: float
    low: float | None
    high: float | None
    below: str
    above: str
    gain: Gap | None

    @property
    def resolved(self) -> bool:
        """Whether c is better than 1 beyond doubt."""
        return self.gain is not None and self.gain.low > 0

    @property
    def undecided(self) -> bool:
        """Whether the judging seeds leave open that c is better than 1, and that it is not, by what matters."""
        if self.c in (None, 1) or self.gain is None or self.resolved:
            return False
        return self.gain.high > 0 and not self.gain.negligible

    @property
    def interior(self) -> bool:
        """Whether, besides, a smaller and a larger multiplier are worse beyond doubt."""
        return self.resolved and self.below == self.above == WORSE

    @property
    def words(self) -> str:
        """The verdict, in plain language."""
        c, low, high, gain = self.c, self.low, self.high, self.gain
        if c is None or low is None or high is None:
            return "no run reached the training accuracy asked for: allow more epochs, or try other steps"
        named = f"c = {as_power(c)} [{as_power(low)}, {as_power(high)}]"
        if gain is None and c != 1:
            return f"the best of what finished is {named}; its gain is not known: runs at it or at c = 1 did not finish"
        if gain is not None and self.interior:
            return f"the optimum is interior: {named}, {gain.points} points over c = 1"
        if gain is not None and self.resolved:
            return f"{named} gains {gain.points} points over c = 1, but the optimum is not bracketed: {self._open}"
        if gain is None or c == 1:
            if self.below == self.above == WORSE and low == high == 1:
                return "leave c = 1: a smaller and a larger multiplier are worse beyond doubt"
            apart = f"[{as_power(low)}, {as_power(high)}]"
            return (
                f"leave c = 1: no other multiplier was chosen over it; the seeds do not tell {apart} from it"
            )
        if self.undecided:
            return (
                f"cannot tell: the best other is {named}, {gain.points} points over c = 1; {self._more(gain)}"
            )
        if gain.negligible:
            return f"leave c = 1: the best other, {named}, makes no difference that matters: {gain.points} points"
        return f"leave c = 1: what was chosen over it, {named}, did worse when judged: {gain.points} points"

    @staticmethod
    def _more(gain: Gap) -> str:
        needed = gain.seeds_to_tell
        if needed is None:
            return f"not even {MOST_SEEDS} judging seeds would tell, if the spread stays so"
        more = max(1, needed - gain.seeds)
        total = math.ceil(1.5 * (gain.seeds + more))
        return f"about {more} more judging seeds would tell, if the spread stays so (seeds={total} in all)"

    @property
    def _open(self) -> str:
        sides = []
        for side, ended, further in (("below", self.below, "smaller"), ("above", self.above, "larger")):
            if ended == EDGE:
                sides.append(f"{side}, the grid ends before anything is worse; add {further} multipliers")
            if ended == UNCOMPARED:
                sides.append(f"{side}, runs did not finish; allow more epochs or other steps")
        return "; ".join(sides)
