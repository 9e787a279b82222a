"""B-def21: G_n and its extremal vectors (Paper B, Section 2, Definition 2.1).

The paper, in words: while weights are small, neurons hardly grow but turn, towards critical directions on the sphere of
G_n(w) = <w, D_n(w, 0)>. D is extremal if some direction w has D in the set D_n(w, 0) and shares its activations with D
or -D, or D = 0. By the end of the early phase most neurons, if not all, are nearly aligned with one.
The formula of the definition is rebuilt from the three cases in the proof of Proposition 3.1 (Appendix E).

Two kinds of runs. `search`: enumerate the extremal vectors of one sample, put each to the definition, and look for
others by brute force. `alignment`: let a network with initialisation (8) go through its early phase on one sample,
and see where its neurons point at tau = epsilon ln(1/lambda) / max ||D_n||. `drawing` keeps the paths for the figures.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field

from earlyalign.data.linear_model import Dataset, draw, gaussian
from earlyalign.dynamics.early_alignment import Alignment, align, alignment_time
from earlyalign.geometry.arrangement import cover_count
from earlyalign.geometry.exhaustive import by_random_directions, by_sign_patterns
from earlyalign.geometry.extremal import ExtremalVectors, extremal_vectors
from earlyalign.geometry.landscape import cell_pulls, conformity, scale_of
from earlyalign.items.evidence import interval, within
from earlyalign.items.item import Claim, Control, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.items.tables import Tables
from earlyalign.networks.two_layer import dominated_init
from earlyalign.simplicity_bias import def21_pictures as pictures
from earlyalign.simplicity_bias.def21_sabotage import Sabotage, break_data, break_search, sabotage_of

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
    sabotage: Sabotage = "none"


def runs(params: Parameters) -> list[Run]:
    """One search per dimension, size and seed; one alignment for each of these and each lambda; four drawings."""
    sizes = [(2, n) for n in params.plane] + [(3, n) for n in params.space]
    common = {"noise_variance": params.noise_variance}
    search = {
        "part": "search", "starts": params.random_starts, "exhaustive_up_to": params.exhaustive_up_to,
        "sabotage": sabotage_of("search", params.sabotage),
    }  # fmt: skip
    turn = {
        "part": "alignment", "width": params.width, "power": params.power, "epsilon": params.epsilon,
        "within_degrees": params.within_degrees, "rtol": 3e-3, "sabotage": sabotage_of("alignment", params.sabotage),
    }  # fmt: skip
    drawn = {
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


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """The tables of one run: `search`, `alignment`, or those of the figures."""
    config = run.config
    rng = np.random.default_rng([run.seed, config["d"], config["n"]])
    data = draw(gaussian(config["d"]), config["n"], config["noise_variance"], rng)
    if config["part"] == "search":
        data = break_data(data, config["sabotage"])
        found = break_search(extremal_vectors(data.inputs, data.labels), data, config["sabotage"], rng)
        return {"search": searched(found, data, config["starts"], config["exhaustive_up_to"], rng)}
    found = extremal_vectors(data.inputs, data.labels)
    path = early_phase(data, rng, config)
    if config["part"] == "alignment":
        return {"alignment": aligned(found, path, data, config["within_degrees"])}
    return pictures.plane(found, path, data) if config["d"] == 2 else pictures.space(found, path, data)


def searched(
    found: ExtremalVectors, data: Dataset, starts: int, exhaustive_up_to: int, rng
) -> dict[str, float]:
    """Worst conformity of what was enumerated, and what brute force found beside it."""
    checks = [
        conformity(D, w, data.inputs, data.labels)
        for D, w in zip(found.vectors, found.witnesses, strict=True)
    ]
    exhaustive = data.n <= exhaustive_up_to
    if exhaustive:
        other = by_sign_patterns(data.inputs, data.labels)
        invented = unmatched(found.vectors, other, data)
    else:
        other, invented = by_random_directions(data.inputs, data.labels, starts, rng), 0
    return {
        "vectors": len(found),
        "attractors": len(found.attracting(1)) + len(found.attracting(-1)),
        "cells": len(cell_pulls(data.inputs, data.labels)[0]),
        "cover_count": cover_count(data.n, data.d),
        "distance": max(check.distance for check in checks),
        "mismatches": max(check.mismatches for check in checks),
        "exhaustive": exhaustive,
        "brute_force": len(other),
        "missed": unmatched(other, found.vectors, data),
        "invented": invented,
    }


def unmatched(some: np.ndarray, others: np.ndarray, data: Dataset) -> int:
    """How many of `some` vectors (a, d) are none of `others` (b, d), to nine digits."""
    gaps = np.linalg.norm(some[:, None] - others[None], axis=2).min(axis=1, initial=np.inf)
    return int(np.sum(gaps > 1e-9 * scale_of(data.inputs, data.labels)))


def early_phase(data: Dataset, rng: np.random.Generator, config) -> Alignment:
    """The early phase of a network drawn from (8), up to tau, recorded at 161 times."""
    scale = config["init_scale"]
    net = dominated_init(config["width"], data.d, scale, rng, config["power"])
    unit = replace(net, inner=net.inner / scale, outer=net.outer / scale)
    speed = float(np.linalg.norm(cell_pulls(data.inputs, data.labels)[1], axis=1).max())
    tau = alignment_time(speed, scale, config["epsilon"])
    sabotage = config.get("sabotage")
    times = np.linspace(0.0, tau * (3.0 if sabotage == "late-stop" else 1.0), 161)
    labels = -data.labels if sabotage == "wrong-sign" else data.labels
    return align(unit, data.inputs, labels, scale, times, config["rtol"])


def aligned(
    found: ExtremalVectors, path: Alignment, data: Dataset, within_degrees: float
) -> dict[str, float]:
    """Share of neurons within `within_degrees` of an attracting direction of their sign, or on the plateau, at the
    start and at the end; and log_growth, the largest ln(|a_i(tau)| / |a_i(0)|)."""
    signs = np.sign(path.outer[0])
    degrees = {time: to_attractor(found, path.directions[time], signs) for time in (0, -1)}
    dead = {time: ~np.any(path.directions[time] @ data.inputs.T > 0, axis=1) for time in (0, -1)}
    return {
        "start_share": float(np.mean((degrees[0] <= within_degrees) | dead[0])),
        "share": float(np.mean((degrees[-1] <= within_degrees) | dead[-1])),
        "dead": float(np.mean(dead[-1])),
        "log_growth": float(np.log(np.abs(path.outer[-1] / path.outer[0])).max()),
    }


def to_attractor(found: ExtremalVectors, directions: np.ndarray, signs: np.ndarray) -> np.ndarray:
    """Degrees (m,) from each direction (m, d) to the nearest one that attracts neurons of its sign; 180 if none."""
    degrees = np.full(len(directions), 180.0)
    for sign in (1.0, -1.0):
        mine, towards = signs == sign, found.attracting(sign)
        if len(towards):
            cosines = (directions[mine] @ towards.T).max(axis=1)
            degrees[mine] = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    return degrees


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """The definition holds for all that was enumerated, nothing is missing, and neurons go where it says."""
    search, turned = tables["search"], tables["alignment"]
    turned = turned.assign(exponent=turned["log_growth"] / -np.log(turned["init_scale"]))
    per_seed = turned.groupby("seed")[["start_share", "share"]].mean()
    exhaustive = search["exhaustive"].astype(bool)

    def count(id: str, words: str, value: float) -> Claim:
        return within(f"B-def21/{id}", words, (value,) * 3, "0", high=0.0, mark=Mark.REBUILT)

    distance = float(search["distance"].max())
    return [
        within(
            "B-def21/subgradient", "Every enumerated D lies in the set D_n(w, 0) of its witness (relative distance)",
            (distance,) * 3, "at most 1e-12", high=1e-12, mark=Mark.REBUILT,
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
            (float(turned["exponent"].max()),) * 3, f"at most epsilon = {params.epsilon:g}", high=params.epsilon,
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
    figures=pictures.PICTURES,
    controls=(
        Control(
            "shuffled-activations",
            "each D is built from the activations of the wrong samples",
            {"sabotage": "shuffled-activations"},
            ("B-def21/subgradient", "B-def21/activations", "B-def21/none-missed", "B-def21/none-invented"),
        ),
        Control(
            "opposites-forgotten",
            "vectors with the activations of -w are left out of the definition, though brute force finds them",
            {"sabotage": "opposites-forgotten", **FEW},
            ("B-def21/none-missed", "B-def21/none-missed-at-random"),
        ),
        Control(
            "opposite-pairs",
            "inputs come in opposite pairs, which share walls: not in general position, they have fewer cells",
            {"sabotage": "opposite-pairs", **FEW},
            ("B-def21/cells",),
        ),
        Control(
            "wrong-sign",
            "the network is trained on the labels' opposites: positive neurons go where negative ones should",
            {"sabotage": "wrong-sign", **FEW},
            ("B-def21/most-neurons-align", "B-def21/neurons-turn"),
        ),
        Control(
            "late-stop",
            "the early phase runs to three times tau, and output weights outgrow lambda^-epsilon",
            {"sabotage": "late-stop", **FEW},
            ("B-def21/norms-stay-small",),
        ),
    ),
)
