"""A-tab-main: the best multiplier against the default c = 1, beside the paper's two rows.

Paper A, Section 3; stated: ResNet-50 on CIFAR-100 goes from 53.57 % to 59.76 % at c = 2^-4, ResNet-18 on BigGAN images
of effective dimension 128 from 59.95 % to 76.62 % at c = 2^-6.
"""

from __future__ import annotations

from earlyalign.items.item import Claim, Item, Mark
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.practice import tab_main_figures
from earlyalign.over_alignment.practice.claims import claim_within
from earlyalign.over_alignment.practice.controls import knob_off, toys
from earlyalign.over_alignment.practice.paper import MAIN
from earlyalign.over_alignment.practice.params import Grid, runs
from earlyalign.over_alignment.practice.runs import PRECISION, compute
from earlyalign.over_alignment.practice.statistics import by_case, gain, in_points, optimum
from earlyalign.over_alignment.practice.words import case_words

SLACK = 1.5
"""Octaves of c on either side of the paper's two optima: half a step of the book's grid."""

EDIMS = (128,)
"""Of the cases of `ci`."""


def claims(tables: Tables, params: Grid) -> list[Claim]:
    """The size of the gain, and where it is had."""
    least = min(row.gain for row in MAIN)
    low, high = min(row.log2_c for row in MAIN) - SLACK, max(row.log2_c for row in MAIN) + SLACK
    judged = []
    for name, scores in by_case(tables, params).items():
        told = case_words(params.cases[name])
        judged += [
            claim_within(
                f"A-tab-main/{name}-gain",
                f"{told}: the best multiplier gains as much over c = 1 as in the paper (points, held out)",
                gain(scores, 0), f"above {least:.2f}", low=least,
            ),
            claim_within(
                f"A-tab-main/{name}-multiplier", f"{told}: the best multiplier is where the paper's are (log2 c)",
                optimum(scores), f"{low:g} to {high:g}", low=low, high=high,
            ),
        ]  # fmt: skip
    return judged


ITEM = Item(
    id="A-tab-main",
    title="Default against best",
    paper="A",
    kind="table",
    chapter="over_alignment/deep_networks",
    statement="Tuning the multiplier gains 6 points over c = 1 on CIFAR-100 and 17 on BigGAN images.",
    mark=Mark.STATED,
    parts=("A-tab-main",),
    params=Grid,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=in_points,
    precision=PRECISION,
    figures=tab_main_figures.FIGURES,
    controls=(
        knob_off(
            toys(EDIMS),
            tuple(f"A-tab-main/generator-{edim}-{end}" for edim in EDIMS for end in ("gain", "multiplier")),
        ),
    ),
)  # fmt: skip
