"""`transfer`: the best multiplier of one size, carried to another."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from earlyalign.errors import UserError
from earlyalign.fls.sweep_result import Sweep
from earlyalign.fls.verdicts import as_power

CONFIDENCE = 0.95


class ExponentsDisagree(UserWarning):
    """The paper's rule and the measured exponents carry c to different places."""


@dataclass(frozen=True)
class Exponents:
    """c* ~ n**samples h**width, each with the half-width of its interval, and where they come from."""

    samples: float
    width: float
    samples_half_width: float = 0.0
    width_half_width: float = 0.0
    source: str = ""


PAPER = Exponents(-2.0, -1.0, source="Paper A, five-layer CNN on BigGAN samples, as stated")

SMALL_CNN = Exponents(
    0.4, 0.7, 0.4, 1.3, "bias-free five-layer CNN of width 4 to 16 on 200 to 800 generated images of 8 x 8"
)
"""A-fig-cstar at the book's scale, rounded: an example of what exponents look like, and no advice for another network.
Measure your own with `measure_exponents` or `fit_exponents`."""

UNMEASURED = 2.0
"""The largest factor, in samples or in width, over which c is carried without exponents of one's own."""


@dataclass(frozen=True)
class Transfer:
    """Where c goes: by the paper's rule, and, where there are any, by measured exponents with the interval that they
    allow; None otherwise."""

    paper: float
    measured: float | None
    low: float | None
    high: float | None
    source: str

    @property
    def agree(self) -> bool:
        """Whether the paper's value lies in the measured interval."""
        return self.low is not None and self.high is not None and self.low <= self.paper <= self.high

    @property
    def words(self) -> str:
        """Both values in one line, and whether they agree."""
        rule = f"the paper's rule: c = {as_power(self.paper)}"
        if self.measured is None:
            return f"{rule}; nothing was measured: sweep a few multipliers around it at the new size"
        said = "agree" if self.agree else "disagree"
        return (
            f"{rule}; measured exponents: c = {self.measured:.3g} "
            f"[{self.low:.3g}, {self.high:.3g}] ({self.source}); they {said}"
        )


def transfer(
    c: float,
    n: float,
    n_new: float,
    h: float,
    h_new: float,
    measured: Exponents | None = None,
    at_most: float = UNMEASURED,
) -> Transfer:
    """The best multiplier c of a network of width h trained on n samples, carried to width h_new and n_new samples.

    measured  exponents of your own network and data, from `measure_exponents` (two small sweeps) or `fit_exponents`
    at_most   the factor in n or h above which nothing is carried without them

    The paper's rule is c* ~ n**-2 h**-1. Beside it stand the measured exponents; the intervals of the two are added as
    independent errors. Warns with ExponentsDisagree if the paper's value lies outside, for then only a small sweep
    at the new size helps. Raises UserError unless all sizes and c are positive and finite, beyond `at_most` without
    exponents, and for a size that changes and whose exponent was not measured.
    """
    for name, value in (
        ("c", c),
        ("n", n),
        ("n_new", n_new),
        ("h", h),
        ("h_new", h_new),
        ("at_most", at_most),
    ):
        if not (math.isfinite(value) and value > 0):
            raise UserError(f"{name} = {value} must be a positive, finite number")
    more, wider = math.log(n_new / n), math.log(h_new / h)
    paper = c * (n_new / n) ** PAPER.samples * (h_new / h) ** PAPER.width
    if measured is None:
        for size, factor in (("n", math.exp(abs(more))), ("h", math.exp(abs(wider)))):
            if factor > at_most * (1 + 1e-9):
                raise UserError(
                    f"{size} changes by a factor of {factor:.3g}, and without exponents of your own c is carried over "
                    f"{at_most:g} at most: measure them with two small sweeps (measure_exponents) and give measured="
                )
        return Transfer(paper, None, None, None, "")
    parts = [
        (more, measured.samples, measured.samples_half_width, "n"),
        (wider, measured.width, measured.width_half_width, "h"),
    ]
    for change, exponent, _, size in parts:
        if change and not math.isfinite(exponent):
            raise UserError(
                f"{size} changes, but its exponent was not measured: sweep at two values of {size}"
            )
    parts = [part for part in parts if part[0]]
    centre = math.log(c) + sum(exponent * change for change, exponent, _, _ in parts)
    slack = math.hypot(*(half_width * change for change, _, half_width, _ in parts))
    there = math.exp(centre)
    carried = Transfer(
        paper,
        there,
        math.exp(centre - slack),
        math.exp(min(700.0, centre + slack)),
        measured.source,
    )
    if not carried.agree and not math.isclose(paper, there):
        warnings.warn(f"{carried.words}: sweep c at the new size", ExponentsDisagree, stacklevel=2)
    return carried


def measure_exponents(
    sweep_at: Callable[[float, float], Sweep],
    sizes: Sequence[tuple[float, float]],
    source: str = "your sweeps",
) -> Exponents:
    """Exponents of c* from small sweeps that are run here, two at least.

    sweep_at  ``sweep_at(n, h)`` gives the Sweep of a network of width h on n samples
    sizes     the (n, h) to sweep at; one of the two changes, or both, each on its own. The exponent of a size that
              never changes is NaN, and `transfer` then refuses to carry c along it

    Four sizes or more, where n and h do not only change together, go to `fit_exponents`. Otherwise all must lie on one
    line, n or h alone: the exponent is that of its two ends, and its half-width what the ranges of multipliers allow
    that the two sweeps do not tell from their best, each half a step of its grid wider. Raises UserError for other
    sizes, and for a sweep that found no best multiplier or cannot tell whether it is better than 1.
    """
    points = sorted({(float(n), float(h)) for n, h in sizes})
    both = len({n for n, _ in points}) > 1 and len({h for _, h in points}) > 1
    if len(points) < 2 or (both and len(points) < 4):
        raise UserError(
            "exponents need sweeps at two sizes of which only n or only h changes, or at four or more of both"
        )
    sweeps = [sweep_at(n, h) for n, h in points]
    for (n, h), sweep in zip(points, sweeps, strict=True):
        best = sweep.best()
        if best.c is None or best.undecided:
            raise UserError(
                f"the sweep at n = {n:g}, h = {h:g} has no best multiplier to go by: {best.words}"
            )
    if both:
        samples_of, widths_of = zip(*points, strict=True)
        return fit_exponents(samples_of, widths_of, [_found(sweep) for sweep in sweeps], source)
    ends = [_place(sweeps[0]), _place(sweeps[-1])]
    moving = 0 if points[0][0] != points[-1][0] else 1
    ratio = math.log(points[-1][moving] / points[0][moving])
    exponent = (ends[1][0] - ends[0][0]) / ratio, math.hypot(ends[0][1], ends[1][1]) / ratio
    unknown = math.nan, math.inf
    (samples, samples_slack), (width, width_slack) = (
        (exponent, unknown) if moving == 0 else (unknown, exponent)
    )
    return Exponents(samples, width, samples_slack, width_slack, source)


def _found(sweep: Sweep) -> float:
    c = sweep.best().c
    assert c is not None, "a sweep without a best multiplier is refused before"
    return c


def _place(sweep: Sweep) -> tuple[float, float]:
    """log c*, and how far from it the multipliers reach that the sweep does not tell from it."""
    c, best = _found(sweep), sweep.best()
    assert best.low is not None and best.high is not None, "they are known where c is"
    grid = np.log(sorted(sweep.table["c"].unique()))
    half_step = float(np.diff(grid).max()) / 2
    reach = max(math.log(best.high / c), math.log(c / best.low))
    return math.log(c), reach + half_step


def fit_exponents(
    samples: Sequence[float], widths: Sequence[float], best: Sequence[float], source: str = "your sweeps"
) -> Exponents:
    """Exponents of c* from sweeps at several sizes: least squares of log c* on log n and log h, 95 % t-intervals.

    Entries of the three sequences belong together, one a sweep. Raises UserError for fewer than four sweeps, or
    where n or h never changes on its own.
    """
    columns = [np.log(np.asarray(values, float)) for values in (samples, widths)]
    design = np.column_stack([np.ones(len(columns[0])), *columns])
    target = np.log(np.asarray(best, float))
    if len(target) != len(design) or len(target) < 4 or np.linalg.matrix_rank(design) < 3:
        raise UserError("exponents need four sweeps or more, in which n and h do not only change together")
    solution, *_ = np.linalg.lstsq(design, target)
    residual = target - design @ solution
    freedom = len(target) - 3
    covariance = float(residual @ residual) / freedom * np.linalg.inv(design.T @ design)
    half_widths = stats.t.ppf((1 + CONFIDENCE) / 2, freedom) * np.sqrt(np.diag(covariance))
    _, in_samples, in_width = map(float, solution)
    _, of_samples, of_width = map(float, half_widths)
    return Exponents(in_samples, in_width, of_samples, of_width, source)
