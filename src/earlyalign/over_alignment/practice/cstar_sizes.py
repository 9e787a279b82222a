"""A-fig-cstar: the best multiplier against the number of samples and the width of a five-layer CNN.

Paper A, Section 3; stated: c* ~ n^-2 h^-1. The exponents are least squares of log c* on log n and log h over all
cases, with an interval from resampled seeds.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from earlyalign.items.evidence import CONFIDENCE, covers, within
from earlyalign.items.item import Claim, Control, Item, Mark, Verdict
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep.statistics import REACH
from earlyalign.over_alignment.practice import cstar_pictures
from earlyalign.over_alignment.practice import params as grid
from earlyalign.over_alignment.practice.controls import TOY
from earlyalign.over_alignment.practice.paper import SIZE_EXPONENTS
from earlyalign.over_alignment.practice.params import Grid
from earlyalign.over_alignment.practice.readings import by_case, in_points, resampled_optima
from earlyalign.over_alignment.practice.training import PRECISION, compute

SLACK = 0.5
HALF = 0.5
"""Share of the law's exponent that a fall must have."""

LETTERS = {"samples": "n", "width": "h"}


class Parameters(Grid):
    """See `Grid`. The first case is the base. reading: for controls, "copies" says that all cases are copies of the
    base, whose runs stand for them; "copies, told in units of the law" has c of each in n^-2 h^-1 of the base's."""

    reading: Literal["plain", "copies", "copies, told in units of the law"] = Field(default="plain")


def runs(params: Parameters) -> list[Run]:
    """As `params.runs`; of copies, those of the base case alone."""
    if params.reading == "plain":
        return grid.runs(params)
    base = next(iter(params.cases))
    return grid.runs(params.model_copy(update={"cases": {base: params.cases[base]}}))


def case_optima(tables: Tables, params: Parameters) -> dict[str, tuple[float, np.ndarray]]:
    """log2 c* of each case, and of each of its resamples."""
    if params.reading == "plain":
        return {name: resampled_optima(scores, REACH) for name, scores in by_case(tables, params).items()}
    base = next(iter(params.cases))
    only = params.model_copy(update={"cases": {base: params.cases[base]}})
    centre, many = resampled_optima(by_case(tables, only)[base], REACH)
    shifts = {name: 0.0 for name in params.cases}
    if params.reading != "copies":
        for name, case in params.cases.items():
            shifts[name] = sum(
                power * np.log2(getattr(case, size) / getattr(params.cases[base], size))
                for size, power in SIZE_EXPONENTS.items()
            )
    return {name: (centre + shift, many + shift) for name, shift in shifts.items()}


def exponents(tables: Tables, params: Parameters) -> dict[str, tuple[float, float, float]]:
    """Size -> exponent of c* in it, with its interval."""
    found = case_optima(tables, params)
    design = np.column_stack(
        [np.ones(len(found))]
        + [[np.log2(getattr(params.cases[name], size)) for name in found] for size in SIZE_EXPONENTS]
    )
    targets = np.stack([np.concatenate([[centre], many]) for centre, many in found.values()])
    solved = np.linalg.lstsq(design, targets)[0][1:]
    told = {}
    for size, values in zip(SIZE_EXPONENTS, solved.round(6)):
        low, high = np.quantile(values[1:], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
        told[size] = (float(values[0]), float(min(low, values[0])), float(max(high, values[0])))
    return told


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """Two claims an exponent: its sign, and its size."""
    found = []
    for size, measured in exponents(tables, params).items():
        letter, target = LETTERS[size], SIZE_EXPONENTS[size]
        found += [
            within(
                f"A-fig-cstar/{letter}-falls",
                f"The best multiplier falls with {letter}, with half the law's exponent or more (exponent)", measured,
                f"below {HALF * target:g}", high=HALF * target,
            ),
            covers(f"A-fig-cstar/{letter}", f"c* ∝ {letter}^{target:g}", measured, target, SLACK),
        ]  # fmt: skip
    return found


COPIES = {
    "cases": {
        "base": {**TOY, "edim": 64},
        "samples-120": {**TOY, "edim": 64, "samples": 120},
        "width-8": {**TOY, "edim": 64, "width": 8},
    },
    "multipliers": [-6, -3, 0], "steps": [0.1], "seeds": 4,
}  # fmt: skip
ALL = tuple(f"A-fig-cstar/{letter}{end}" for letter in LETTERS.values() for end in ("", "-falls"))

ITEM = Item(
    id="A-fig-cstar",
    title="The best multiplier against sample size and width",
    paper="A",
    kind="figure",
    chapter="over_alignment/where_it_moves",
    statement="For a five-layer CNN, c* is proportional to n^-2 h^-1.",
    mark=Mark.STATED,
    parts=("A-fig-cstar",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=in_points,
    precision=PRECISION,
    figures=cstar_pictures.PICTURES,
    controls=(
        Control(
            "copies", "n counts copies of the samples and h copies of the neurons: nothing moves",
            {**COPIES, "reading": "copies"}, ALL,
        ),
        Control(
            "copies-in-its-units", "The same copies, c told in units of the law: every optimum obeys it",
            {**COPIES, "reading": "copies, told in units of the law"}, ALL, Verdict.REPRODUCED,
        ),
    ),
)  # fmt: skip
