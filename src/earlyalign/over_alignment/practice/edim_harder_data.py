"""A-edim: the more latent dimensions the images have, the more there is to gain from the multiplier.

Paper A, Section 3; stated: between 32 and 128 effective dimensions the gain over c = 1 goes from a few points to more
than 16. Each edim has its own optimum, which must be interior for its gain to mean anything.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from earlyalign.items.evidence import Estimate, slope
from earlyalign.items.item import Claim, Item, Mark
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.practice import edim_figures
from earlyalign.over_alignment.practice.claims import ARMS, arms, claim_within
from earlyalign.over_alignment.practice.controls import knob_off, toys
from earlyalign.over_alignment.practice.params import Grid, runs
from earlyalign.over_alignment.practice.runs import PRECISION, compute
from earlyalign.over_alignment.practice.statistics import by_case, gains, in_points

GROWS = 0.25
"""Points per doubling of edim below which the gain does not grow."""

EDIMS = (8, 32, 64, 128)


def seed_gains(tables: Tables, params: Grid) -> pd.DataFrame:
    """Columns edim, seed, gain: held-out gain over c = 1 of each case and seed on which both settings finished."""
    rows = []
    for name, scores in by_case(tables, params).items():
        rows += [
            {"edim": params.cases[name].edim, "seed": seed, "gain": value}
            for seed, value in enumerate(gains(scores, 0)) if np.isfinite(value)
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["edim", "seed", "gain"])


def growth(rows: pd.DataFrame) -> Estimate | None:
    """Points of gain per doubling of edim, with an interval from resampled seeds; None with one edim."""
    if rows["edim"].nunique() < 2:
        return None
    return slope(np.log2(rows["edim"].astype(float)), rows["gain"], rows["seed"])


def claims(tables: Tables, params: Grid) -> list[Claim]:
    """Whether the gain grows, and each edim's two arms."""
    expected = f"above {GROWS:g}"
    judged = [
        claim_within(
            "A-edim/slope", "The gain over c = 1 grows with the effective dimension (points per doubling)",
            growth(seed_gains(tables, params)), expected, low=GROWS,
        ),
    ]  # fmt: skip
    for name, scores in by_case(tables, params).items():
        judged += arms("A-edim", name, scores, params.cases[name])
    return judged


ITEM = Item(
    id="A-edim",
    title="Harder data, larger gain",
    paper="A",
    kind="figure",
    chapter="over_alignment/deep_networks",
    statement="The gain of the best multiplier over c = 1 grows with the effective dimension of the data.",
    mark=Mark.STATED,
    parts=("A-edim",),
    params=Grid,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=in_points,
    precision=PRECISION,
    figures=edim_figures.FIGURES,
    controls=(
        knob_off(
            toys(EDIMS),
            ("A-edim/slope", *(f"A-edim/generator-{edim}-{arm}" for edim in EDIMS for arm in ARMS)),
        ),
    ),
)  # fmt: skip
