"""B-def21: G_n and its extremal vectors (Paper B, Section 2, Definition 2.1).

The paper, in words: while weights are small, neurons hardly grow but turn, towards critical directions on the sphere of
G_n(w) = <w, D_n(w, 0)>. D is extremal if some direction w has D in the set D_n(w, 0) and shares its activations with D
or -D, or D = 0. By the end of the early phase most neurons, if not all, are nearly aligned with one.
The formula of the definition is rebuilt from the three cases in the proof of Proposition 3.1 (Appendix E).

A run either enumerates the extremal vectors of one sample and puts each to the definition, or lets a network with
initialisation (8) go through its early phase, up to tau = epsilon ln(1/lambda) / max ||D_n||, and sees where its
neurons point.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from earlyalign.items.evidence import interval, point, within
from earlyalign.items.item import Claim, Control, Fault, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run, Scalar
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.extremal import def21_faults as faults
from earlyalign.simplicity_bias.extremal.def21_figures import FIGURES
from earlyalign.simplicity_bias.extremal.def21_runs import compute, of_alignment, of_search

PlaneSize = Annotated[int, Field(ge=2, le=100_000)]
SpaceSize = Annotated[int, Field(ge=2, le=400)]
Scale = Annotated[float, Field(gt=0, lt=1)]


class Parameters(Params):
    """seeds        number of samples of each size
    plane, space    sample sizes in dimension 2 and 3
    exhaustive_up_to  largest sample on which every sign pattern is tried
    random_starts   random directions of the brute-force search on the others
    noise_variance  Var(eta) of the linear model (7), standard Gaussian inputs
    width           neurons of the network; power is p of (8)
    init_scales     the values of lambda
    epsilon         of tau; within_degrees counts a neuron as aligned
    drawn_*         sizes and seeds (plane, space), width and lambda of the figures; seeds picked so that small
                    samples show several well separated extremal vectors
    """

    seeds: int = Field(ge=2, le=10_000)
    plane: tuple[PlaneSize, ...] = Field(min_length=1)
    space: tuple[SpaceSize, ...] = Field(min_length=1)
    exhaustive_up_to: int = Field(ge=2, le=14)
    random_starts: int = Field(ge=1, le=1_000_000)
    noise_variance: float = Field(ge=0, le=1e6)
    width: int = Field(ge=2, le=100_000)
    power: float = Field(ge=1, le=10)
    init_scales: tuple[Scale, ...] = Field(min_length=1)
    epsilon: float = Field(gt=0, lt=1)
    within_degrees: float = Field(gt=0, le=45)
    drawn_plane: tuple[PlaneSize, PlaneSize]
    drawn_space: tuple[SpaceSize, SpaceSize]
    drawn_seeds: tuple[Annotated[int, Field(ge=0, le=10_000)], Annotated[int, Field(ge=0, le=10_000)]]
    drawn_width: int = Field(ge=2, le=100_000)
    drawn_scale: Scale


def runs(params: Parameters) -> list[Run]:
    """One search per dimension, size and seed; one alignment for each of these and each lambda; four to draw."""
    sizes = [(2, n) for n in params.plane] + [(3, n) for n in params.space]
    common = {"noise_variance": params.noise_variance}
    search: dict[str, Scalar] = {
        "part": "search",
        "starts": params.random_starts,
        "exhaustive_up_to": params.exhaustive_up_to,
    }
    turn: dict[str, Scalar] = {
        "part": "alignment",
        "width": params.width,
        "power": params.power,
        "epsilon": params.epsilon,
        "within_degrees": params.within_degrees,
        "rtol": 3e-3,
    }
    drawn: dict[str, Scalar] = {
        "part": "drawing",
        "width": params.drawn_width,
        "power": 1.0,
        "epsilon": params.epsilon,
        "rtol": 3e-4,
    }
    drawn_sizes = [(2, n) for n in params.drawn_plane] + [(3, n) for n in params.drawn_space]
    return [
        *(Run({**search, **common, "d": d, "n": n}, s) for d, n in sizes for s in range(params.seeds)),
        *(
            Run({**turn, **common, "d": d, "n": n, "init_scale": scale}, s)
            for d, n in sizes
            for scale in params.init_scales
            for s in range(params.seeds)
        ),
        *(
            Run(
                {**drawn, **common, "d": d, "n": n, "init_scale": params.drawn_scale},
                params.drawn_seeds[d - 2],
            )
            for d, n in drawn_sizes
        ),
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """The definition holds for all that was enumerated, nothing is missing, and neurons go where it says."""
    search, turned = tables["search"], tables["alignment"]
    turned = turned.assign(exponent=turned["log_growth"] / -np.log(turned["init_scale"]))
    per_seed = turned.groupby("seed")[["start_share", "share"]].mean()
    exhaustive = search["exhaustive"].astype(bool)

    def count(id: str, words: str, value: float) -> Claim:
        return within(f"B-def21/{id}", words, point(value), "0", high=0.0, mark=Mark.REBUILT)

    distance = float(search["distance"].max())
    return [
        within(
            "B-def21/subgradient", "Every enumerated D lies in the set D_n(w, 0) of its witness (relative distance)",
            point(distance), "at most 1e-12", high=1e-12, mark=Mark.REBUILT,
        ),
        count(
            "activations", "Every enumerated D is zero or has the activations of w or of -w (samples that differ)",
            float(search["mismatches"].max()),
        ),
        count(
            "none-missed", "Trying every sign pattern on small samples finds no other extremal vector (missed)",
            float(search.loc[exhaustive, "missed"].sum()),
        ),
        count(
            "none-invented", "... and finds every one that was enumerated (not found)",
            float(search.loc[exhaustive, "invented"].sum()),
        ),
        count(
            "none-missed-at-random", "Random directions and fixed-point iteration find no other on larger samples",
            float(search.loc[~exhaustive, "missed"].sum()),
        ),
        within(
            "B-def21/most-neurons-align",
            f"At the end of the early phase most neurons, if not all, are within {params.within_degrees:g} degrees of "
            "an extremal direction that attracts their sign (share)",
            interval(per_seed["share"], np.mean), "above 0.9", low=0.9,
        ),
        within(
            "B-def21/neurons-turn", "They were not there at initialisation (share at the end minus share at the start)",
            interval(per_seed["share"] - per_seed["start_share"], np.mean), "above 0.5", low=0.5,
        ),
        within(
            "B-def21/norms-stay-small", "Meanwhile |a_i| grows by at most lambda^-epsilon (largest exponent)",
            point(float(turned["exponent"].max())), f"at most epsilon = {params.epsilon:g}", high=params.epsilon,
            mark=Mark.REBUILT,
        ),
        count(
            "cells", "The search goes through as many cells as Cover's formula (12) counts (samples where it does not)",
            float((search["cells"] != search["cover_count"]).sum()),
        ),
    ]  # fmt: skip


FEW = {"seeds": 2, "plane": [10, 40], "space": [8, 40]}
"""Sizes that decide what a control must break."""

ITEM = Item(
    id="B-def21",
    title="Extremal vectors of G_n",
    paper="B",
    kind="definition",
    chapter="simplicity_bias/early_alignment",
    statement=(
        "A vector D is extremal for G_n if some unit w has D in the set D_n(w, 0) and either D = 0, or D has the "
        "activations of w, or those of -w. Early alignment turns neurons to such vectors."
    ),
    mark=Mark.REBUILT,
    parts=("B-def21",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=FIGURES,
    controls=(
        Control(
            "shuffled-activations",
            "each D is built from the activations of the wrong samples",
            {},
            ("B-def21/subgradient", "B-def21/activations", "B-def21/none-missed", "B-def21/none-invented"),
            fault=Fault(faults.shuffled_activations, of_search),
        ),
        Control(
            "opposites-forgotten",
            "vectors with the activations of -w are left out of the definition, though brute force finds them",
            FEW,
            ("B-def21/none-missed", "B-def21/none-missed-at-random"),
            fault=Fault(faults.opposites_forgotten, of_search),
        ),
        Control(
            "opposite-pairs",
            "inputs come in opposite pairs, which share walls: not in general position, they have fewer cells",
            FEW,
            ("B-def21/cells",),
            fault=Fault(faults.opposite_pairs, of_search),
        ),
        Control(
            "wrong-sign",
            "the network is trained on the labels' opposites: positive neurons go where negative ones should",
            FEW,
            ("B-def21/most-neurons-align", "B-def21/neurons-turn"),
            fault=Fault(faults.wrong_sign, of_alignment),
        ),
        Control(
            "late-stop",
            "the early phase runs to three times tau, and output weights outgrow lambda^-epsilon",
            FEW,
            ("B-def21/norms-stay-small",),
            fault=Fault(faults.late_stop, of_alignment),
        ),
    ),
)
