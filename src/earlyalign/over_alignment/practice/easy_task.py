"""A-easy: where the task is easy there is little to tune: the rich side is flat, only the lazy end falls.

Ours, after Paper A's remark that harder tasks gain more. The digits of scikit-learn are the easy task; generated images
of the same size and number, trained alike, are what it is compared with.
"""

from __future__ import annotations

from earlyalign.items.item import Claim, Control, Item, Mark, Verdict
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.practice import easy_pictures
from earlyalign.over_alignment.practice.controls import TOY, off
from earlyalign.over_alignment.practice.judging import LEAST_GAIN, case_words, judged
from earlyalign.over_alignment.practice.params import Grid, runs
from earlyalign.over_alignment.practice.readings import by_case, gain, in_points
from earlyalign.over_alignment.practice.training import PRECISION, compute

LITTLE = 2.0
"""Points over c = 1 that are little to gain."""

FLAT = 1.0
"""Points that a flat side may lose."""


def claims(tables: Tables, params: Grid) -> list[Claim]:
    """For each case: little to gain over c = 1 and over the smallest multiplier, much over the largest."""
    found = []
    for name, scores in by_case(tables, params).items():
        told = f"{case_words(params.cases[name])}: the best multiplier"
        for arm, rival, rival_words, most in (
            ("default", 0, "c = 1", LITTLE), ("rich", None, "the smallest one", FLAT),
        ):  # fmt: skip
            found.append(
                judged(
                    f"A-easy/{name}-{arm}", f"{told} hardly gains over {rival_words} (points, held out)",
                    gain(scores, rival), f"below {most:g}", Mark.CHOSEN, high=most,
                )
            )  # fmt: skip
        found.append(
            judged(
                f"A-easy/{name}-lazy", f"{told} beats the largest one whose runs finish (points, held out)",
                gain(scores, scores.largest_finished), f"above {LEAST_GAIN:g}", Mark.CHOSEN, low=LEAST_GAIN,
            )
        )  # fmt: skip
    return found


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
    figures=easy_pictures.PICTURES,
    controls=(
        Control(
            "hard-task", "The easy task is the generated images",
            {"cases": {"digits": HARD}, "multipliers": [-12, -6, 0], "steps": [0.1], "seeds": 4},
            ("A-easy/digits-default",),
        ),
        Control(
            "knob-off", "The multiplier is not applied: every run is one at c = 1",
            off(EASY), ("A-easy/digits-lazy",),
        ),
        Control(
            "flat", "The same, for a side that is flat by construction", off(EASY), ("A-easy/digits-rich",),
            Verdict.REPRODUCED,
        ),
    ),
)  # fmt: skip
