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

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.data.assumption_laws import axis_variances
from earlyalign.data.linear_model import Dataset
from earlyalign.data.regression_laws import sample
from earlyalign.dynamics.certificate import CERTIFIED_EVERY, certified
from earlyalign.dynamics.long_flow import settle
from earlyalign.geometry.clusters import effective_width
from earlyalign.geometry.extremal import extremal_vectors
from earlyalign.geometry.supremum import supremum
from earlyalign.items.evidence import covers, interval, wilson, within
from earlyalign.items.item import Claim, Control, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.networks.two_layer import TwoLayer, dominated_init
from earlyalign.simplicity_bias import prop31_pictures as pictures
from earlyalign.simplicity_bias.concentration_readings import log_mean_slope
from earlyalign.theory.concentration import population_vector

LINEAR = ("gaussian", "conditioned")
PlaneSize = Annotated[int, Field(ge=10, le=200_000)]
SpaceSize = Annotated[int, Field(ge=10, le=400)]


class Parameters(Params):
    """plane_*, space_*  sizes and seeds of the enumeration in dimension 2 and 3; c: margin of the conditioned law
    drawn_seeds       samples of each size that the picture shows
    train_*           network and samples whose effective width is followed; times: when, the first ends early alignment
    cluster_degrees, cluster_share   a cluster's diameter, and the share of sum |a_i| ||w_i|| that clusters must hold
    """

    noise_variance: float = Field(ge=0, le=1e6)
    c: float = Field(ge=0, lt=1)
    shift: float = Field(gt=0, le=1e3)
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
    sabotage: Literal["none", "asymmetric-data", "plateau-forgotten", "fresh-supremum"] = "none"


def runs(params: Parameters) -> list[Run]:
    """Part `extremal`: one enumeration for each law, dimension, size and seed, in three dimensions for one law only.
    Part `training`: one flow for each size and seed."""
    linear = ("shifted", "shifted") if params.sabotage == "asymmetric-data" else LINEAR
    laws = [*zip(LINEAR, linear, strict=True), ("one-neuron", "one-neuron")]
    common = {
        "noise_variance": params.noise_variance, "c": params.c, "shift": params.shift, "sabotage": params.sabotage,
    }  # fmt: skip
    shapes = [(role, law, 2, n, params.plane_seeds) for role, law in laws for n in params.plane_sizes]
    shapes += [(*laws[0], 3, n, params.space_seeds) for n in params.space_sizes]
    search = {"part": "extremal"}
    training = {
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


def compute(run: Run, checkpoint) -> dict:
    """Tables `extremal` and `marks` of an enumeration, or `width` of a training run."""
    config = run.config
    rng = np.random.default_rng([run.seed, config["d"], config["n"]])
    data = sample(
        config["law"], config["n"], config["d"], config["noise_variance"], rng, config["c"], config["shift"]
    )
    if config["part"] == "training":
        return widths(data, rng, config, run.seed % CERTIFIED_EVERY == 0)
    surrounding = data
    if config["sabotage"] == "fresh-supremum":
        surrounding = sample(
            config["law"], data.n, data.d, config["noise_variance"], rng, config["c"], config["shift"]
        )
    return enumerated(data, surrounding, config)


def enumerated(data: Dataset, surrounding: Dataset, config) -> dict:
    """How far the extremal vectors of one sample are from the set (6), and their directions from +-beta*; beside that
    the supremum of Theorem 3.1 on the sample `surrounding`."""
    found = extremal_vectors(data.inputs, data.labels)
    limits = limit_vectors(data.d, config["role"], config["c"])
    if config["sabotage"] == "plateau-forgotten":
        limits = limits[:1]
    distances = np.linalg.norm(found.vectors[:, None] - limits, axis=2).min(axis=1)
    degrees = np.degrees(np.arccos(np.clip(np.abs(found.witnesses[:, 0]), 0, 1)))
    summary = {"count": len(found), "distance": distances.max(), "degrees": degrees.max()}
    summary["sup"] = (
        supremum(surrounding.inputs, surrounding.labels, limits[0]) if data.n >= data.d else np.nan
    )
    if not config["draw"]:
        return {"extremal": summary}
    columns = {f"w{i + 1}": found.witnesses[:, i] for i in range(data.d)}
    return {"extremal": summary, f"marks{data.d}": {**columns, "height": found.height, "kind": found.kind}}


def limit_vectors(d: int, role: str, c: float) -> np.ndarray:
    """The vectors (1 or 2, d) that satisfy (6) under the law called `role`."""
    half_teacher = population_vector(d)
    if role == "one-neuron":
        return np.stack([half_teacher, np.zeros(d)])
    return half_teacher[None] * (axis_variances(d, c)[0] if role == "conditioned" else 1.0)


def widths(data: Dataset, rng: np.random.Generator, config, certify: bool) -> dict:
    """Effective width at the times asked for, and the training loss there; the certificate of both, if asked for."""
    times = [float(t) for t in config["times"].split(",")]
    criterion = config["degrees"], config["share"]
    start = dominated_init(config["width"], data.d, config["init_scale"], rng, config["power"])

    def readings(net: TwoLayer) -> dict[str, float]:
        return {
            "clusters": effective_width(net.inner, net.outer, data.inputs, *criterion),
            "loss": np.mean((net.predict(data.inputs) - data.labels) ** 2),
        }

    flows = certified(start, data.inputs, data.labels, times) if certify else None
    settled = flows.settled if flows else settle(start, data.inputs, data.labels, times)
    found = [readings(net) for net in (start, *settled.nets)]
    return {
        "width": {
            "time": np.array([0.0, *times]),
            **{name: [each[name] for each in found] for name in ("clusters", "loss")},
        },
        **({"certificate": flows.table(readings)} if flows else {}),
    }  # fmt: skip


def of(tables: Tables, role: str, d: int) -> pd.DataFrame:
    """Summaries of one law in one dimension."""
    rows = tables["extremal"]
    return rows[(rows["role"] == role) & (rows["d"] == d)]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """Distances and angles fall, the examples have the directions they should, neurons cluster and stay so."""
    return [*limit_claims(tables, params), *width_claims(tables, params)]


def limit_claims(tables: Tables, params: Parameters) -> list[Claim]:
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
            "same sample (largest excess)", (over,) * 3, "at most 0, to rounding", high=1e-12, mark=Mark.REBUILT,
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
        "For every epsilon there is n* such that for n >= n*, with probability 1 - O(1/n), every "
        "extremal vector of the "
        "sample is within epsilon of a vector that satisfies (6)."
    ),
    mark=Mark.REBUILT,
    parts=("B-prop31",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=pictures.PICTURES,
    controls=(
        Control(
            "asymmetric-data", "inputs are moved off the origin, so that beta*/2 no longer satisfies (6)",
            {"sabotage": "asymmetric-data"}, ("B-prop31/plane", "B-prop31/space", "B-prop31/directions"),
        ),
        Control(
            "large-initialisation", "the network starts at scale one, inner and outer weights alike",
            {"train_scale": 1.0, "train_power": 1.0}, ("B-prop31/few-clusters",),
        ),
        Control(
            "fresh-supremum",
            "the supremum is taken over another sample of the same law: it bounds its own extremal vectors, not those "
            "of the first",
            {"sabotage": "fresh-supremum", **NO_TRAINING}, ("B-prop31/below-supremum",),
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
            {"sabotage": "plateau-forgotten", **NO_TRAINING}, ("B-prop31/one-neuron",),
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
