"""`transfer`: the best multiplier of one size, carried to another."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from earlyalign.errors import UserError
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
"""A-fig-cstar at the book's scale, rounded; at the paper's the exponents may differ. Measure your own with
`fit_exponents`."""


@dataclass(frozen=True)
class Transfer:
    """Where c goes: by the paper's rule, and by measured exponents with the interval that they allow."""

    paper: float
    measured: float
    low: float
    high: float
    source: str

    @property
    def agree(self) -> bool:
        """Whether the paper's value lies in the measured interval."""
        return self.low <= self.paper <= self.high

    @property
    def words(self) -> str:
        said = "agree" if self.agree else "disagree"
        return (
            f"the paper's rule: c = {as_power(self.paper)}; measured exponents: c = {self.measured:.3g} "
            f"[{self.low:.3g}, {self.high:.3g}] ({self.source}); they {said}"
        )


def transfer(
    c: float, n: float, n_new: float, h: float, h_new: float, measured: Exponents = SMALL_CNN
) -> Transfer:
    """The best multiplier c of a network of width h trained on n samples, carried to width h_new and n_new samples.

    The paper's rule is c* ~ n**-2 h**-1. Beside it stand `measured` exponents; the intervals of the two are added as
    independent errors. Warns with ExponentsDisagree if the paper's value lies outside, for then only a small sweep
    at the new size helps. Raises UserError unless all sizes and c are positive and finite.
    """
    for name, value in (("c", c), ("n", n), ("n_new", n_new), ("h", h), ("h_new", h_new)):
        if not (math.isfinite(value) and value > 0):
            raise UserError(f"{name} = {value} must be a positive, finite number")
    more, wider = math.log(n_new / n), math.log(h_new / h)
    centre = math.log(c) + measured.samples * more + measured.width * wider
    slack = math.hypot(measured.samples_half_width * more, measured.width_half_width * wider)
    paper = c * (n_new / n) ** PAPER.samples * (h_new / h) ** PAPER.width
    found = Transfer(
        paper, math.exp(centre), math.exp(centre - slack), math.exp(centre + slack), measured.source
    )
    if not found.agree and not math.isclose(found.paper, found.measured):
        warnings.warn(f"{found.words}: sweep c at the new size", ExponentsDisagree, stacklevel=2)
    return found


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
    widths_of = stats.t.ppf((1 + CONFIDENCE) / 2, freedom) * np.sqrt(np.diag(covariance))
    return Exponents(*map(float, (solution[1], solution[2], widths_of[1], widths_of[2])), source)
