"""A-tab1: stopping where the validation loss is least leaves the best multiplier where it is.

Paper A, Table 1; stated. The runs are those of A-edim: each is read twice, at the peak of its test accuracy and where
its loss on the same held-out sample is least.
"""

from __future__ import annotations

import numpy as np

from earlyalign.items.evidence import Estimate, bootstrapped
from earlyalign.items.item import Claim, Control, Item, Mark, Verdict
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.practice import tab1_figures
from earlyalign.over_alignment.practice.claims import LEAST_GAIN, claim_within
from earlyalign.over_alignment.practice.controls import knob_off, toys
from earlyalign.over_alignment.practice.params import Grid, runs
from earlyalign.over_alignment.practice.runs import PRECISION, compute
from earlyalign.over_alignment.practice.statistics import by_case, gain, in_points, resampled_optima
from earlyalign.over_alignment.practice.words import case_words

GRID = 3.0
"""Octaves of c between two multipliers of the book's grid."""

SAME = 0.25
"""Octaves within which an average over all cases is no change."""

EDIMS = (8, 32, 64, 128)


def shift(tables: Tables, params: Grid, name: str, stopping: str) -> Estimate:
    """log2 c* at the score `stopping` minus log2 c* at the peak, with an interval from seeds resampled together."""
    pair = [by_case(tables, params, score)[name] for score in ("peak", stopping)]
    (peak, peaks), (stopped, stops) = (resampled_optima(scores) for scores in pair)
    return bootstrapped(stopped - peak, stops - peaks)


def common_shift(tables: Tables, params: Grid, stopping: str) -> Estimate:
    """The mean of all cases' shifts; every case's seeds are resampled alike."""
    pairs = [by_case(tables, params, score) for score in ("peak", stopping)]
    (peak, peaks), (stopped, stops) = (
        (np.mean([centre for centre, _ in optima], axis=0), np.mean([many for _, many in optima], axis=0))
        for optima in ([resampled_optima(scores) for scores in pair.values()] for pair in pairs)
    )
    return bootstrapped(stopped - peak, stops - peaks)


def claims(tables: Tables, params: Grid, stopping: str = "stopped") -> list[Claim]:
    """Whether the optimum stays, over all cases and in each; whether it still gains over c = 1 and the smallest
    multiplier. `stopping` is the score that is compared with the peak."""
    judged = [
        claim_within(
            "A-tab1/no-shift",
            "Stopped at the least validation loss, the best multiplier is the same (mean change of log2 c over cases)",
            common_shift(tables, params, stopping), f"within {SAME:g} octaves", low=-SAME, high=SAME,
        )
    ]  # fmt: skip
    for name, scores in by_case(tables, params, stopping).items():
        told = case_words(params.cases[name])
        judged.append(
            claim_within(
                f"A-tab1/{name}-shift",
                f"{told}: stopped at the least validation loss, the best multiplier moves less than a step of the grid "
                "(change of log2 c)",
                shift(tables, params, name, stopping), f"within {GRID:g} octaves", low=-GRID, high=GRID,
            )
        )  # fmt: skip
        for arm, rival, rival_words in (("default", 0, "c = 1"), ("rich", None, "the smallest multiplier")):
            judged.append(
                claim_within(
                    f"A-tab1/{name}-{arm}",
                    f"{told}: stopped at the least validation loss, the best multiplier beats {rival_words} "
                    "(points, held out)",
                    gain(scores, rival), f"above {LEAST_GAIN:g}", low=LEAST_GAIN,
                )
            )  # fmt: skip
    return judged


def claims_of_first_epochs(tables: Tables, params: Grid) -> list[Claim]:
    """For a control: what comes after the first epoch is passed off for the least validation loss."""
    return claims(tables, params, "first")


ITEM = Item(
    id="A-tab1",
    title="Stopping by validation loss",
    paper="A",
    kind="table",
    chapter="over_alignment/deep_networks",
    statement="With the least validation risk as stopping rule, the best multiplier is unchanged.",
    mark=Mark.STATED,
    parts=("A-tab1",),
    params=Grid,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=in_points,
    precision=PRECISION,
    figures=tab1_figures.FIGURES,
    controls=(
        knob_off(
            toys(EDIMS),
            tuple(f"A-tab1/generator-{edim}-{arm}" for edim in EDIMS for arm in ("default", "rich")),
        ),
        knob_off(
            toys(EDIMS), ("A-tab1/no-shift",), "no-shift", "The same: an optimum that cannot move",
            Verdict.REPRODUCED,
        ),
        Control(
            "first-epoch", "Runs are stopped after their first epoch", {},
            tuple(f"A-tab1/generator-{edim}-shift" for edim in EDIMS), replaces={"claims": claims_of_first_epochs},
        ),
    ),
)  # fmt: skip
