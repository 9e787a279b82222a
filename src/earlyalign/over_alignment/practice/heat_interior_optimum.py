"""A-heat: test accuracy over multiplier and step has its best place inside the grid, for every data set and network.

Paper A, Section 3; stated. Plain SGD until 99 % of the training set is right; compared is the peak of the test
accuracy. A setting whose runs diverge or do not get there is drawn as such and never compared.
"""

from __future__ import annotations

from earlyalign.items.contract import Claim, Control, Item, Mark, Tables
from earlyalign.items.evidence import wilson, within
from earlyalign.over_alignment.practice import heat_pictures
from earlyalign.over_alignment.practice.judging import case_words, judged
from earlyalign.over_alignment.practice.params import Grid, runs
from earlyalign.over_alignment.practice.readings import by_case, gain, named
from earlyalign.over_alignment.practice.training import PRECISION, compute

LEAST_GAIN = 0.5
"""Points below which a gain is none."""

FINISH = 0.95
ARMS = {"rich": "the smallest multiplier", "lazy": "the largest multiplier that finishes", "default": "c = 1"}


class Parameters(Grid):
    """See `Grid`."""


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """Both arms and the default for each case, and whether what is compared got there."""
    found = []
    for name, scores in by_case(tables, params).items():
        for arm, told in ARMS.items():
            words = f"{case_words(params.cases[name])}: the best multiplier beats {told} (points, held out)"
            rival = {"rich": None, "lazy": scores.largest_finished, "default": 0}[arm]
            found.append(
                judged(
                    f"A-heat/{name}-{arm}", words, gain(scores, rival), f"above {LEAST_GAIN:g}", low=LEAST_GAIN
                )
            )
    moderate = tables["ends"].query("log2_c <= 0")
    share = wilson(int((moderate["status"] == "reached").sum()), len(moderate))
    words = "Runs at c = 1 and below reach the training accuracy within the budget (share)"
    found.append(within("A-heat/finished", words, share, f"above {FINISH:g}", low=FINISH, mark=Mark.CHOSEN))
    return found


TOY = {
    f"generator-{edim}": {"task": "generator", "edim": edim, "network": "cnn", "width": 4, "samples": 60}
    for edim in (32, 64, 128)
}
"""Small cases, named as in the book, for controls that decide whatever is trained."""

OFF = {"knob": "off", "cases": TOY, "multipliers": [-6, -3, 0, 2], "steps": [0.2], "seeds": 4, "epochs": 200}

ITEM = Item(
    id="A-heat",
    title="The best multiplier lies inside",
    paper="A",
    kind="figure",
    chapter="over_alignment/deep_networks",
    statement="On every data set and network, test accuracy is best at an intermediate output multiplier.",
    mark=Mark.STATED,
    parts=("A-heat",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=lambda tables, params: claims(named(tables, params), params),
    precision=PRECISION,
    pictures=heat_pictures.PICTURES,
    controls=(
        Control(
            "knob-off", "The multiplier is not applied: every run is one at c = 1", OFF,
            tuple(f"A-heat/{name}-{arm}" for name in TOY for arm in ARMS),
        ),
        Control(
            "two-epochs", "Runs are given two epochs",
            {"cases": TOY, "multipliers": [-6, -3, 0], "steps": [0.2], "seeds": 4, "epochs": 2}, ("A-heat/finished",),
        ),
    ),
)  # fmt: skip
