"""A-heat: test accuracy over multiplier and step has its best place inside the grid, for every data set and network.

Paper A, Section 3; stated. Plain SGD until 99 % of the training set is right; compared is the peak of the test
accuracy. A setting whose runs diverge or do not get there is drawn as such and never compared.
"""

from __future__ import annotations

import pandas as pd

from earlyalign.items.evidence import wilson, within
from earlyalign.items.item import Claim, Control, Item, Mark
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.practice import heat_figures
from earlyalign.over_alignment.practice.claims import ARMS, arms
from earlyalign.over_alignment.practice.controls import knob_off, toys
from earlyalign.over_alignment.practice.params import Grid, runs
from earlyalign.over_alignment.practice.runs import PRECISION, compute
from earlyalign.over_alignment.practice.statistics import by_case, in_points

FINISH = 0.95
EDIMS = (64,)
"""Of the cases of `ci`."""


def shorter_steps(ends: pd.DataFrame) -> pd.DataFrame:
    """The runs at all steps but the longest, which is there to be too long; at a single step, all."""
    longest = ends["step"].max()
    return ends[ends["step"] < longest] if ends["step"].nunique() > 1 else ends


def claims(tables: Tables, params: Grid) -> list[Claim]:
    """Both arms and the default for each case, and whether what is compared got there."""
    judged = []
    for name, scores in by_case(tables, params).items():
        judged += arms("A-heat", name, scores, params.cases[name])
    moderate = shorter_steps(tables["ends"].query("log2_c <= 0"))
    share = wilson(int((moderate["status"] == "reached").sum()), len(moderate))
    words = "Runs up to c = 1, at all steps but the longest, reach the training accuracy within the budget (share)"
    judged.append(within("A-heat/finished", words, share, f"above {FINISH:g}", low=FINISH, mark=Mark.CHOSEN))
    return judged


ITEM = Item(
    id="A-heat",
    title="The best multiplier lies inside",
    paper="A",
    kind="figure",
    chapter="over_alignment/deep_networks",
    statement="On every data set and network, test accuracy is best at an intermediate output multiplier.",
    mark=Mark.STATED,
    parts=("A-heat",),
    params=Grid,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=in_points,
    precision=PRECISION,
    figures=heat_figures.FIGURES,
    controls=(
        knob_off(toys(EDIMS), tuple(f"A-heat/generator-{edim}-{arm}" for edim in EDIMS for arm in ARMS)),
        Control(
            "two-epochs", "Runs are given two epochs",
            {"cases": toys(EDIMS), "multipliers": [-6, -3, 0], "steps": [0.05, 0.1], "seeds": 4, "epochs": 2},
            ("A-heat/finished",),
        ),
    ),
)  # fmt: skip
