"""A-fig-cstar: the best multiplier against the number of samples and the width of a five-layer CNN.

Paper A, Section 3; stated: c* ~ n^-2 h^-1. The exponents are least squares of log c* on log n and log h over all
cases, with an interval from resampled seeds.
"""

from __future__ import annotations

import numpy as np

from earlyalign.items.evidence import Estimate, bootstrapped, covers, within
from earlyalign.items.item import Claim, Control, Item, Mark, Verdict
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep.statistics import REACH
from earlyalign.over_alignment.practice import cstar_figures
from earlyalign.over_alignment.practice.controls import TOY
from earlyalign.over_alignment.practice.paper import SIZE_EXPONENTS
from earlyalign.over_alignment.practice.params import Case, Grid, runs
from earlyalign.over_alignment.practice.runs import PRECISION, compute
from earlyalign.over_alignment.practice.statistics import by_case, in_points, resampled_optima

SLACK = 0.5
HALF = 0.5
"""Share of the law's exponent that a fall must have."""

LETTERS = {"samples": "n", "width": "h"}


def case_optima(tables: Tables, params: Grid) -> dict[str, tuple[float, np.ndarray]]:
    """log2 c* of each case, and of each of its resamples."""
    return {name: resampled_optima(scores, REACH) for name, scores in by_case(tables, params).items()}


def exponents(optima: dict[str, tuple[float, np.ndarray]], cases: dict[str, Case]) -> dict[str, Estimate]:
    """Size -> exponent of c* in it, with its interval."""
    design = np.column_stack(
        [np.ones(len(optima))]
        + [[np.log2(getattr(cases[name], size)) for name in optima] for size in SIZE_EXPONENTS]
    )
    targets = np.stack([np.concatenate([[centre], many]) for centre, many in optima.values()])
    solved = np.linalg.lstsq(design, targets)[0][1:]
    return {
        size: bootstrapped(values[0], values[1:]) for size, values in zip(SIZE_EXPONENTS, solved.round(6))
    }


def claims(tables: Tables, params: Grid) -> list[Claim]:
    """Two claims an exponent: its sign, and its size."""
    return claims_on(exponents(case_optima(tables, params), params.cases))


def claims_on(measured: dict[str, Estimate]) -> list[Claim]:
    """The claims on exponents, given as size -> exponent with its interval."""
    judged = []
    for size, exponent in measured.items():
        letter, target = LETTERS[size], SIZE_EXPONENTS[size]
        judged += [
            within(
                f"A-fig-cstar/{letter}-falls",
                f"The best multiplier falls with {letter}, with half the law's exponent or more (exponent)", exponent,
                f"below {HALF * target:g}", high=HALF * target,
            ),
            covers(f"A-fig-cstar/{letter}", f"c* ∝ {letter}^{target:g}", exponent, target, SLACK),
        ]  # fmt: skip
    return judged


def runs_of_base(params: Grid) -> list[Run]:
    """For controls: the runs of the first case, which stand for those of its copies."""
    return runs(of_base(params))


def of_base(params: Grid) -> Grid:
    """The first case alone."""
    base = next(iter(params.cases))
    return params.model_copy(update={"cases": {base: params.cases[base]}})


def claims_on_copies(tables: Tables, params: Grid) -> list[Claim]:
    """All cases are copies of the first: n counts copies of its samples and h copies of its neurons."""
    (optimum,) = case_optima(tables, of_base(params)).values()
    return claims_on(exponents(dict.fromkeys(params.cases, optimum), params.cases))


def claims_on_copies_in_its_units(tables: Tables, params: Grid) -> list[Claim]:
    """The same, with c of each case told in n^-2 h^-1 of the first one's."""
    (base,) = of_base(params).cases.values()
    ((centre, many),) = case_optima(tables, of_base(params)).values()
    optima = {}
    for name, case in params.cases.items():
        shift = sum(
            power * np.log2(getattr(case, size) / getattr(base, size))
            for size, power in SIZE_EXPONENTS.items()
        )
        optima[name] = (centre + shift, many + shift)
    return claims_on(exponents(optima, params.cases))


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
    params=Grid,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=in_points,
    precision=PRECISION,
    figures=cstar_figures.FIGURES,
    controls=(
        Control(
            "copies", "n counts copies of the samples and h copies of the neurons: nothing moves",
            COPIES, ALL,
            replaces={"runs": runs_of_base, "claims": claims_on_copies},
        ),
        Control(
            "copies-in-its-units", "The same copies, c told in units of the law: every optimum obeys it",
            COPIES, ALL, Verdict.REPRODUCED,
            replaces={"runs": runs_of_base, "claims": claims_on_copies_in_its_units},
        ),
    ),
)  # fmt: skip
