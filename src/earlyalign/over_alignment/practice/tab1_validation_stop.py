"""A-tab1: stopping where the validation loss is least leaves the best multiplier where it is.

Paper A, Table 1; stated. The runs are those of A-edim: each is read twice, at the peak of its test accuracy and where
its loss on the same held-out sample is least.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from earlyalign.items.evidence import CONFIDENCE
from earlyalign.items.item import Claim, Control, Item, Mark, Verdict
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.practice import tab1_pictures
from earlyalign.over_alignment.practice.controls import off, toys
from earlyalign.over_alignment.practice.judging import LEAST_GAIN, case_words, judged
from earlyalign.over_alignment.practice.params import Grid, runs
from earlyalign.over_alignment.practice.readings import by_case, gain, in_points, resampled_optima
from earlyalign.over_alignment.practice.training import PRECISION, compute

GRID = 3.0
"""Octaves of c between two multipliers of the book's grid."""

SAME = 0.25
"""Octaves within which an average over all cases is no change."""

EDIMS = (8, 32, 64, 128)


class Parameters(Grid):
    """See `Grid`. stopping: what stands in for the validation loss; "first epoch" is for a control."""

    stopping: Literal["stopped", "first"] = Field(default="stopped")


def shift(tables: Tables, params: Parameters, name: str) -> tuple[float, float, float]:
    """log2 c* with the stopping rule minus log2 c* at the peak, with an interval from seeds resampled together."""
    pair = [by_case(tables, params, score)[name] for score in ("peak", params.stopping)]
    (peak, peaks), (stopped, stops) = (resampled_optima(scores) for scores in pair)
    low, high = np.quantile(stops - peaks, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    moved = stopped - peak
    return moved, float(min(low, moved)), float(max(high, moved))


def common_shift(tables: Tables, params: Parameters) -> tuple[float, float, float]:
    """The mean of all cases' shifts; every case's seeds are resampled alike."""
    pairs = [by_case(tables, params, score) for score in ("peak", params.stopping)]
    (peak, peaks), (stopped, stops) = (
        (np.mean([centre for centre, _ in found], axis=0), np.mean([many for _, many in found], axis=0))
        for found in ([resampled_optima(scores) for scores in pair.values()] for pair in pairs)
    )
    low, high = np.quantile(stops - peaks, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    moved = float(stopped - peak)
    return moved, float(min(low, moved)), float(max(high, moved))


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """Whether the optimum stays, over all cases and in each; whether it still gains over c = 1 and the smallest
    multiplier."""
    found = [
        judged(
            "A-tab1/no-shift",
            "Stopped at the least validation loss, the best multiplier is the same (mean change of log2 c over cases)",
            common_shift(tables, params), f"within {SAME:g} octaves", low=-SAME, high=SAME,
        )
    ]  # fmt: skip
    for name, scores in by_case(tables, params, params.stopping).items():
        told = case_words(params.cases[name])
        found.append(
            judged(
                f"A-tab1/{name}-shift",
                f"{told}: stopped at the least validation loss, the best multiplier moves less than a step of the grid "
                "(change of log2 c)",
                shift(tables, params, name), f"within {GRID:g} octaves", low=-GRID, high=GRID,
            )
        )  # fmt: skip
        for arm, rival, rival_words in (("default", 0, "c = 1"), ("rich", None, "the smallest multiplier")):
            found.append(
                judged(
                    f"A-tab1/{name}-{arm}",
                    f"{told}: stopped at the least validation loss, the best multiplier beats {rival_words} "
                    "(points, held out)",
                    gain(scores, rival), f"above {LEAST_GAIN:g}", low=LEAST_GAIN,
                )
            )  # fmt: skip
    return found


ITEM = Item(
    id="A-tab1",
    title="Stopping by validation loss",
    paper="A",
    kind="table",
    chapter="over_alignment/deep_networks",
    statement="With the least validation risk as stopping rule, the best multiplier is unchanged.",
    mark=Mark.STATED,
    parts=("A-tab1",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=in_points,
    precision=PRECISION,
    figures=tab1_pictures.PICTURES,
    controls=(
        Control(
            "knob-off", "The multiplier is not applied: every run is one at c = 1", off(toys(EDIMS)),
            tuple(f"A-tab1/generator-{edim}-{arm}" for edim in EDIMS for arm in ("default", "rich")),
        ),
        Control(
            "no-shift", "The same: an optimum that cannot move", off(toys(EDIMS)), ("A-tab1/no-shift",),
            Verdict.REPRODUCED,
        ),
        Control(
            "first-epoch", "Runs are stopped after their first epoch", {"stopping": "first"},
            tuple(f"A-tab1/generator-{edim}-shift" for edim in EDIMS),
        ),
    ),
)  # fmt: skip
