"""B-prop31: extremal vectors of a large sample are near those of infinite data (Paper B, Section 3, Proposition 3.1).

The paper, in words: if x has a continuous law, then for every epsilon and n large enough, with high probability, every
extremal vector of the sample is within epsilon of a vector that satisfies (6). Rebuilt: (6) asks for some w with
D = D(w) and D = 0 or D/||D|| = +-w; the moment that is asked of y x is the fourth, as in Corollary D.1, on which the
proof leans; and the probability is 1 - O(1/n).
Stated examples, under symmetric data: one direction for a one-neuron teacher, two for a linear one. Stated after it:
few clusters of neurons form, which "appear to be mostly preserved throughout training".

For the linear teacher (6) is solved by D = Sigma beta*/2 alone, at w = beta* and w = -beta*; Sigma is I for Gaussian
inputs, and stretches beta* for the conditioned ones. For one neuron y = relu(<beta*, x>) it is solved by beta*/2 at
w = beta*, and by D = 0 at w = -beta*. All extremal vectors are enumerated exactly.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.items.evidence import covers, interval, point, wilson, within
from earlyalign.items.item import Claim, Control, Fault, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run, Scalar
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.concentration import prop31_faults as faults
from earlyalign.simplicity_bias.concentration import prop31_figures as figures
from earlyalign.simplicity_bias.concentration.prop31_runs import compute
from earlyalign.simplicity_bias.concentration.statistics import log_mean_slope

LINEAR = ("gaussian", "conditioned")
PlaneSize = Annotated[int, Field(ge=10, le=200_000)]
SpaceSize = Annotated[int, Field(ge=10, le=400)]


class Parameters(Params):
    """plane_*, space_*  sizes and seeds of the enumeration in dimension 2 and 3; c: margin of the conditioned law
    shifted           whether the inputs of the linear teacher are moved off the origin, by `shift`
    drawn_seeds       samples of each size that the figure shows
    train_*           network and samples whose effective width is followed; times: when, the first ends early alignment
    cluster_degrees, cluster_share   a cluster's diameter, and the share of sum |a_i| ||w_i|| that clusters must hold
    """

    noise_variance: float = Field(ge=0, le=1e6)
    c: float = Field(ge=0, lt=1)
    shift: float = Field(gt=0, le=1e3)
    shifted: bool = False
    plane_sizes: list[PlaneSize] = Field(min_length=2)
    plane_seeds: int = Field(ge=2, le=10_000)
    space_sizes: list[SpaceSize] = Field(min_length=2)
    space_seeds: int = Field(ge=2, le=10_000)
    drawn_seeds: int = Field(ge=1, le=10_000)
    train_d: int = Field(ge=2, le=50)
    train_sizes: list[Annotated[int, Field(ge=2, le=100_000)]] = Field(min_length=2)
    train_seeds: int = Field(ge=2, le=10_000)
    train_width: int = Field(ge=2, le=100_000)
    train_scale: float = Field(gt=0, le=1)
    train_power: float = Field(ge=1, le=10)
    times: list[Annotated[float, Field(gt=0, le=1e9)]] = Field(min_length=2)
    cluster_degrees: float = Field(gt=0, le=90)
    cluster_share: float = Field(gt=0, lt=1)


def runs(params: Parameters) -> list[Run]:
    """Part `extremal`: one enumeration for each law, dimension, size and seed, in three dimensions for one law only.
    Part `training`: one flow for each size and seed."""
    laws = [(role, "shifted" if params.shifted else role) for role in LINEAR] + [("one-neuron", "one-neuron")]
    common = {"noise_variance": params.noise_variance, "c": params.c, "shift": params.shift}
    shapes = [(role, law, 2, n, params.plane_seeds) for role, law in laws for n in params.plane_sizes]
    shapes += [(*laws[0], 3, n, params.space_seeds) for n in params.space_sizes]
    search = {"part": "extremal"}
    training: dict[str, Scalar] = {
        "part": "training", "law": "gaussian", "d": params.train_d, "width": params.train_width,
        "init_scale": params.train_scale, "power": params.train_power, "degrees": params.cluster_degrees,
        "share": params.cluster_share, "times": ",".join(f"{t:g}" for t in params.times),
    }  # fmt: skip
    return [
        *(
            Run({**common, **search, "role": role, "law": law, "d": d, "n": n, "draw": s < params.drawn_seeds}, s)
            for role, law, d, n, seeds in shapes
            for s in range(seeds)
        ),
        *(Run({**common, **training, "n": n}, s) for n in params.train_sizes for s in range(params.train_seeds)),
    ]  # fmt: skip


def of(tables: Tables, role: str, d: int) -> pd.DataFrame:
    """Summaries of one law in one dimension."""
    rows = tables["extremal"]
    return rows[(rows["role"] == role) & (rows["d"] == d)]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """Distances and angles fall, the examples have the directions they should, neurons cluster and stay so."""
    return [*limit_claims(tables, params), *width_claims(tables, params)]


def limit_claims(tables: Tables, params: Parameters) -> list[Claim]:
    """What is enumerated: distances to the limits, directions, and how many there are."""
    plane, space, neuron = of(tables, "gaussian", 2), of(tables, "gaussian", 3), of(tables, "one-neuron", 2)
    linear = tables["extremal"][tables["extremal"]["role"] != "one-neuron"]
    over = float((linear["distance"] - linear["sup"]).max())
    largest = of(tables, "conditioned", 2).query(f"n == {max(params.plane_sizes)}")
    falls = "The farthest extremal vector approaches beta*/2, like n^(-1/2): slope of log mean distance"
    return [
        covers("B-prop31/plane", f"{falls}, d = 2", log_mean_slope(plane, "n", "distance"), -0.5, 0.1, Mark.REBUILT),
        covers("B-prop31/space", f"{falls}, d = 3", log_mean_slope(space, "n", "distance"), -0.5, 0.2, Mark.REBUILT),
        within(
            "B-prop31/below-supremum",
            "No extremal vector is farther from the limit than the supremum of Theorem 3.1 on the "
            "same sample (largest excess)", point(over), "at most 0, to rounding", high=1e-12, mark=Mark.REBUILT,
        ),
        within(
            "B-prop31/directions",
            "Their directions close in on beta* and -beta*: slope of log mean angle, d = 2",
            log_mean_slope(plane, "n", "degrees"), "below -1/4", high=-0.25,
        ),
        within(
            "B-prop31/two-for-linear",
            f"With a margin (condition 3), n = {max(params.plane_sizes):,}, d = 2, there are "
            "exactly two (share of samples)", wilson(int((largest["count"] == 2).sum()), len(largest)),
            "above 0.8", low=0.8,
        ),
        covers(
            "B-prop31/one-neuron",
            "One-neuron teacher: the farthest approaches {beta*/2, 0} like n^(-1/2): slope of log mean "
            "distance, d = 2", log_mean_slope(neuron, "n", "distance"), -0.5, 0.1, Mark.REBUILT,
        ),
    ]  # fmt: skip


def width_claims(tables: Tables, params: Parameters) -> list[Claim]:
    """What is trained: the effective width after early alignment, and at the end."""
    width = tables["width"]
    early, late = (
        width[np.isclose(width["time"], at)].set_index(["n", "seed"])["clusters"]
        for at in (params.times[0], params.times[-1])
    )
    most, fewest = max(params.train_sizes), [n for n in params.train_sizes if n < max(params.train_sizes)]
    change = np.abs(late[most] - early[most])
    wider = late[fewest].groupby("seed").max() - late[most]
    return [
        within(
            "B-prop31/few-clusters",
            f"After early alignment (t = {params.times[0]:g}, n = {most:,}) {params.train_width} "
            "neurons come down to few clusters of directions (mean number)",
            interval(early[most], np.mean), "at most 4", high=4.0,
        ),
        within(
            "B-prop31/preserved", f"... and the number stays so until t = {params.times[-1]:g} (mean change)",
            interval(change, np.mean), "below 1", high=0.99,
        ),
        within(
            "B-prop31/wider-for-fewer",
            "With fewer samples some network ends with more clusters (largest of the smaller n, minus that of the "
            "largest)", interval(wider, np.mean), "at least 1", low=1.0,
        ),
    ]  # fmt: skip


SMALLEST = {"space_sizes": [10, 20], "space_seeds": 2, "drawn_seeds": 1}
NO_TRAINING = {
    **SMALLEST,
    "plane_sizes": [30, 300, 3000],
    "train_sizes": [10, 30],
    "train_seeds": 2,
    "times": [1.0, 2.0],
}
NO_ENUMERATION = {**SMALLEST, "plane_sizes": [30, 100], "plane_seeds": 2}
"""Next to nothing of the half of the runs that a control does not look at."""

ITEM = Item(
    id="B-prop31",
    title="Extremal vectors concentrate",
    paper="B",
    kind="proposition",
    chapter="simplicity_bias/few_directions",
    statement=(
        "For every epsilon there is n* such that for n >= n*, with probability 1 - O(1/n), every extremal vector of "
        "the sample is within epsilon of a vector that satisfies (6)."
    ),
    mark=Mark.REBUILT,
    parts=("B-prop31",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=figures.FIGURES,
    controls=(
        Control(
            "asymmetric-data", "inputs are moved off the origin, so that beta*/2 no longer satisfies (6)",
            {"shifted": True}, ("B-prop31/plane", "B-prop31/space", "B-prop31/directions"),
        ),
        Control(
            "large-initialisation", "the network starts at scale one, inner and outer weights alike",
            {"train_scale": 1.0, "train_power": 1.0}, ("B-prop31/few-clusters",),
        ),
        Control(
            "fresh-supremum",
            "the supremum is taken over another sample of the same law: it bounds its own extremal vectors, not those "
            "of the first",
            NO_TRAINING, ("B-prop31/below-supremum",), fault=Fault(faults.fresh_supremum, faults.enumerates),
        ),
        Control(
            "no-margin",
            "condition 3 is dropped, c = 0: walls come near beta*, and on some samples more than two directions stay",
            {"c": 0.0, **NO_TRAINING, "plane_sizes": [300, 1000], "plane_seeds": 100}, ("B-prop31/two-for-linear",),
        ),
        Control(
            "plateau-forgotten",
            "D = 0 is left out of the set (6): one extremal vector goes to it all the same, and stays 1/2 away from "
            "what is left",
            NO_TRAINING, ("B-prop31/one-neuron",), fault=Fault(faults.plateau_forgotten, faults.has_plateau),
        ),
        Control(
            "clusters-read-too-early",
            "clusters are counted before the neurons have turned: there are many, and later far fewer",
            {"times": [1e-5, 10.0], **NO_ENUMERATION}, ("B-prop31/few-clusters", "B-prop31/preserved"),
        ),
        Control(
            "stopped-after-alignment",
            "training ends when early alignment does: small samples are not fitted yet, and no width has been added",
            {"times": [1.0, 2.0], **NO_ENUMERATION}, ("B-prop31/wider-for-fewer",),
        ),
    ),
)  # fmt: skip
