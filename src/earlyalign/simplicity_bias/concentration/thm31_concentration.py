"""B-thm31: uniform concentration of the sets D_n(w, 0) (Paper B, Section 3, Theorem 3.1).

The paper, in words: as n grows, the sets D_n(w, 0) converge to the vectors D(w) of the true loss, uniformly over all
directions, in expectation. The rate is lost; rebuilt from Appendix C (symmetrisation, Cover's count, Hanson-Wright,
a union bound) as E sup ||D - D(w)|| = O( sqrt( d log n / n * E ||y x||^2 ) ).

With symmetric inputs and a linear teacher D(w) = beta*/2 for every w, so the supremum of one sample is computed
exactly: for d = 2 and 3 at large n, for d up to 6 at small n. For larger d at large n only a lower bound is at hand,
from an ascent whose reach is measured wherever the exact value is known too.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.items.evidence import covers, interval, within
from earlyalign.items.item import Claim, Control, Fault, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.concentration import thm31_faults as faults
from earlyalign.simplicity_bias.concentration import thm31_figures as figures
from earlyalign.simplicity_bias.concentration.statistics import log_factor, log_mean_slope
from earlyalign.simplicity_bias.concentration.thm31_runs import compute

Size = Annotated[int, Field(ge=10, le=1_000_000)]
Dimension = Annotated[int, Field(ge=2, le=50)]


class Parameters(Params):
    """plane_*, space_*: sizes and seeds of the exact suprema for d = 2 and 3
    growth_*     one small n and dimensions up to 6, exact
    search_*     dimensions and sizes of the lower bound; starts and rounds of its ascent
    dof          degrees of freedom of the control's Student noise
    """

    law: Literal["gaussian", "heavy-noise", "shifted"]
    noise_variance: float = Field(ge=0, le=1e6)
    plane_sizes: list[Size] = Field(min_length=2)
    plane_seeds: int = Field(ge=2, le=10_000)
    space_sizes: list[Annotated[int, Field(ge=10, le=5000)]] = Field(min_length=2)
    space_seeds: int = Field(ge=2, le=10_000)
    growth_n: int = Field(ge=8, le=200)
    growth_dimensions: list[Annotated[int, Field(ge=2, le=6)]] = Field(min_length=2)
    growth_seeds: int = Field(ge=2, le=10_000)
    search_dimensions: list[Dimension] = Field(min_length=1)
    search_sizes: list[Size] = Field(min_length=2)
    search_seeds: int = Field(ge=2, le=10_000)
    starts: int = Field(ge=1, le=1_000_000)
    rounds: int = Field(ge=2, le=1_000_000)
    dof: float = Field(gt=1, lt=2)


def runs(params: Parameters) -> list[Run]:
    """One sample a run: part `plane`, `space`, `growth` (exact) and `search` (lower bound)."""
    common = {"law": params.law, "noise_variance": params.noise_variance, "dof": params.dof}
    ascent = {"starts": params.starts, "rounds": params.rounds}
    shapes = [
        *(("plane", 2, n, params.plane_seeds, {"starts": 0, "rounds": 0}) for n in params.plane_sizes),
        *(("space", 3, n, params.space_seeds, ascent) for n in params.space_sizes),
        *(("growth", d, params.growth_n, params.growth_seeds, ascent) for d in params.growth_dimensions),
        *(
            ("search", d, n, params.search_seeds, ascent)
            for d in params.search_dimensions
            for n in params.search_sizes
        ),
    ]
    return [
        Run({**common, **extra, "part": part, "d": d, "n": n}, seed)
        for part, d, n, seeds, extra in shapes
        for seed in range(seeds)
    ]


def part(tables: Tables, name: str) -> pd.DataFrame:
    """The rows of one part of the runs."""
    return tables["sup"][tables["sup"]["part"] == name]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """The rate, the logarithm, the growth with d, and how far the search can be trusted."""
    plane, space, growth, search = (part(tables, name) for name in ("plane", "space", "growth", "search"))
    over = growth.assign(ratio=growth["sup"] / growth["bound"])
    checked = pd.concat([space, growth])
    share = interval(checked["lower_bound"] / checked["sup"], np.mean)
    rate = "The mean of the supremum falls like n^(-1/2): slope of its logarithm"
    return [
        covers(
            "B-thm31/rate-plane",
            f"{rate}, d = 2, exact", log_mean_slope(plane, "n", "sup"), -0.5, 0.03, Mark.REBUILT,
        ),
        covers(
            "B-thm31/rate-space",
            f"{rate}, d = 3, exact", log_mean_slope(space, "n", "sup"), -0.5, 0.05, Mark.REBUILT,
        ),
        covers(
            "B-thm31/rate-search",
            f"{rate}, d = {', '.join(map(str, params.search_dimensions))}, lower bound by search",
            log_mean_slope(search, "n", "lower_bound", within="d"), -0.5, 0.05, Mark.REBUILT,
        ),
        within(
            "B-thm31/log-factor",
            "Beyond n^(-1/2) the mean grows at most like sqrt(log n): exponent of log n, d = 2",
            log_factor(plane), "at most 1/2", high=0.5, mark=Mark.REBUILT,
        ),
        within(
            "B-thm31/growth-in-d",
            f"With d it grows no faster than the bound: exponent in d of mean / bound, exact, "
            f"n = {params.growth_n}", log_mean_slope(over, "d", "ratio"), "at most 0", high=0.0, mark=Mark.REBUILT,
        ),
        within(
            "B-thm31/search-share",
            "Where both are known, the search reaches this share of the exact supremum (mean)",
            share, "at least 0.95", low=0.95, mark=Mark.CHOSEN,
        ),
    ]  # fmt: skip


FEW = {
    "plane_sizes": [1000, 10000],
    "plane_seeds": 10,
    "space_sizes": [125, 250, 500],
    "space_seeds": 10,
    "growth_dimensions": [2, 3, 4],
    "growth_seeds": 10,
    "search_dimensions": [5],
    "search_sizes": [500, 1000],
    "search_seeds": 10,
}
"""Sizes that decide what a control must break."""

ITEM = Item(
    id="B-thm31",
    title="Uniform concentration of D_n",
    paper="B",
    kind="theorem",
    chapter="simplicity_bias/concentration",
    statement=(
        "If the inputs have a continuous law, E sup_w sup_{D in D_n(w, 0)} ||D - D(w)|| = "
        "O( sqrt( d log n / n * E ||y x||^2 ) )."
    ),
    mark=Mark.REBUILT,
    parts=("B-thm31",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=figures.FIGURES,
    controls=(
        Control(
            "no-second-moment", "Student noise with fewer than two degrees of freedom: y x has no second moment",
            {
                "law": "heavy-noise",
                "space_sizes": [125, 250],
                "growth_dimensions": [2, 3],
                "search_dimensions": [5],
                "search_sizes": [500, 1000],
            },
            ("B-thm31/rate-plane", "B-thm31/log-factor"),
        ),
        Control(
            "asymmetric-data",
            "inputs are moved off the origin: D(w) is not beta*/2, and the distance to it does not fall with n",
            {"law": "shifted", **FEW},
            ("B-thm31/rate-plane", "B-thm31/rate-space", "B-thm31/rate-search", "B-thm31/log-factor"),
        ),
        Control(
            "bound-of-the-plane",
            "the bound for d = 2 is used in every dimension, so the mean outgrows it as d grows",
            FEW, ("B-thm31/growth-in-d",), fault=Fault(faults.bound_of_the_plane, faults.beyond_the_plane),
        ),
        Control(
            "one-short-ascent", "the search has one start and two rounds, and stops below the supremum",
            {"starts": 1, "rounds": 2, **FEW}, ("B-thm31/search-share",),
        ),
    ),
)  # fmt: skip
