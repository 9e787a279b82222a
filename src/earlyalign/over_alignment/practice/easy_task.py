"""A-easy: where the task is easy there is little to tune: the rich side is flat, only the lazy end falls.

Ours, after Paper A's remark that harder tasks gain more. The digits of scikit-learn are the easy task; generated images
of the same size and number, trained alike, are what it is compared with.
"""

from __future__ import annotations

from earlyalign.items.item import Claim, Control, Item, Mark, Verdict
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.practice import easy_figures
from earlyalign.over_alignment.practice.claims import LEAST_GAIN, claim_within
from earlyalign.over_alignment.practice.controls import TOY, knob_off
from earlyalign.over_alignment.practice.params import Grid, runs
from earlyalign.over_alignment.practice.runs import PRECISION, compute
from earlyalign.over_alignment.practice.statistics import by_case, gain, in_points
from earlyalign.over_alignment.practice.words import case_words

LITTLE = 2.0
"""Points over c = 1 that are little to gain."""

FLAT = 1.0
"""Points that a flat side may lose."""


def claims(tables: Tables, params: Grid) -> list[Claim]:
    """For each case: little to gain over c = 1 and over the smallest multiplier, much over the largest."""
    judged = []
    for name, scores in by_case(tables, params).items():
        told = f"{case_words(params.cases[name])}: the best multiplier"
        for arm, rival, rival_words, most in (
            ("default", 0, "c = 1", LITTLE), ("rich", None, "the smallest one", FLAT),
        ):  # fmt: skip
            judged.append(
                claim_within(
                    f"A-easy/{name}-{arm}", f"{told} hardly gains over {rival_words} (points, held out)",
                    gain(scores, rival), f"below {most:g}", Mark.CHOSEN, high=most,
                )
            )  # fmt: skip
        judged.append(
            claim_within(
                f"A-easy/{name}-lazy", f"{told} beats the largest one whose runs finish (points, held out)",
                gain(scores, scores.largest_finished), f"above {LEAST_GAIN:g}", Mark.CHOSEN, low=LEAST_GAIN,
            )
        )  # fmt: skip
    return judged


EASY = {"digits": {**TOY, "task": "digits"}}
HARD = {"task": "generator", "edim": 64, "network": "cnn", "width": 8, "samples": 200}

ITEM = Item(
    id="A-easy",
    title="An easy task",
    paper="A",
    kind="figure",
    chapter="over_alignment/where_it_moves",
    statement="On an easy task the rich side is flat: only the lazy end loses.",
    mark=Mark.CHOSEN,
    parts=("A-easy",),
    params=Grid,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=in_points,
    precision=PRECISION,
    figures=easy_figures.FIGURES,
    controls=(
        Control(
            "hard-task", "The easy task is the generated images",
            {"cases": {"digits": HARD}, "multipliers": [-12, -6, 0], "steps": [0.1], "seeds": 4},
            ("A-easy/digits-default",),
        ),
        knob_off(EASY, ("A-easy/digits-lazy",)),
        knob_off(
            EASY, ("A-easy/digits-rich",), "flat", "The same, for a side that is flat by construction",
            Verdict.REPRODUCED,
        ),
    ),
)  # fmt: skip
