"""Phase 2: the effective predictor w_hat = sum over V_+ of v_j w_j inherits the alignment that Phase 1 left.

Paper A, Section 5, states Psi(t_{eta,alpha}) = Psi(t_alpha) approximately, Psi being the cosine of w_hat with x_plus,
by way of the conic hull: w_hat lies in the cone of its neurons, so it is no farther from x_plus than the farthest of
them. What "approximately" allows is our choice, in degrees. Both ends of Phase 1 are tried, and whether the
sqrt(alpha) of Corollary 5.3 is still there when training stops."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.items.evidence import Estimate, exact, interval, slope, within
from earlyalign.items.item import Claim, Control, Fault, Figure, Item, Mark, Verdict
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.early_phases import phase2_faults as faults
from earlyalign.over_alignment.early_phases.faults import WEAK
from earlyalign.over_alignment.early_phases.phase2_figures import (
    alt_drift,
    alt_path,
    caption_drift,
    caption_path,
    draw_drift,
    draw_path,
)
from earlyalign.over_alignment.early_phases.phase2_runs import compute
from earlyalign.over_alignment.params import ProblemParams

IN_CONE = 1e-10
FLAT = 0.1
"""An exponent between minus and plus this is called none."""
MERGED = 0.02
"""Degrees between the network and a single neuron at which they are called one."""


class Parameters(ProblemParams):
    """alphas: scales of the start; small: up to which alpha counts as small; etas: levels of risk; degrees: what
    "approximately" allows; shown_alphas, shown_seed: whose path is drawn; growth: whether t_alpha is
    built with the bound on the rate of growth, as stated, or with the rate of an aligned neuron."""

    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=3)
    small: float = Field(gt=0, le=1e3)
    etas: list[Annotated[float, Field(gt=0, lt=1.38)]] = Field(min_length=2)
    degrees: float = Field(gt=0, le=180)
    shown_alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=1)
    shown_seed: int = Field(ge=0, le=10_000)
    rtol: float = Field(gt=0, le=1e-2)
    growth: Literal["bounded", "true-rate"] = "bounded"


def runs(params: Parameters) -> list[Run]:
    shared = params.model_dump(exclude={"alphas", "small", "etas", "degrees", "shown_alphas", "seeds"})
    levels = {"etas": " ".join(map(repr, params.etas))}
    return [
        Run(
            {
                **shared,
                **levels,
                "alpha": alpha,
                "shown": alpha in params.shown_alphas and seed == params.shown_seed,
            },
            seed,
        )
        for alpha in sorted({*params.alphas, *params.shown_alphas})
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    stages = tables["stages"]
    swept = stages[stages["alpha"].isin(params.alphas)]
    angles = swept.pivot(index=["alpha", "seed"], columns="stage", values="angle")
    small = angles[angles.index.get_level_values("alpha") <= params.small]
    first, last = (f"eta {eta:g}" for eta in (params.etas[0], params.etas[-1]))
    limits = swept[swept["stage"] == first].set_index(["alpha", "seed"])["limit"].reindex(small.index)
    seeds, logs = small.index.get_level_values("seed"), np.log(small.index.get_level_values("alpha"))
    close = partial(within, low=-params.degrees, high=params.degrees)
    said = f"within {params.degrees:g} degrees"
    return [
        close(
            "A-phase2/from-growth-end",
            f"At eta = {params.etas[0]:g} the predictor is where it was at t_alpha (degrees)",
            per_seed(small[first] - small["t_alpha"]), said,
        ),
        close(
            "A-phase2/from-alignment-end",
            f"At eta = {params.etas[0]:g} the predictor is where it was at t_T (degrees)",
            per_seed(small[first] - small["t_T"]), said, mark=Mark.REBUILT,
        ),
        within(
            "A-phase2/drifts",
            f"From eta = {params.etas[0]:g} to {params.etas[-1]:g} it drifts away from x_plus (degrees)",
            per_seed(small[last] - small[first]), "above 0", low=0.0, mark=Mark.CHOSEN,
        ),
        within(
            "A-phase2/forgets",
            f"At eta = {params.etas[0]:g} no sqrt(alpha) is left in the angle, at small alpha (exponent)",
            slope(logs, np.log(small[first]), seeds), f"0 ± {FLAT}", -FLAT, FLAT, Mark.CHOSEN,
        ),
        within(
            "A-phase2/one-neuron",
            f"At small alpha and eta = {params.etas[0]:g} the predictor is a single neuron's (degrees between them)",
            per_seed(np.abs(small[first] - limits)), f"at most {MERGED:g}", high=MERGED, mark=Mark.CHOSEN,
        ),
        exact(
            "A-phase2/conic-hull", "w_hat lies in the cone of its neurons (distance over length)",
            swept["outside"].max(), IN_CONE,
        ),
        exact("A-phase2/signs", "No positive neuron turns negative (neurons that did)", swept["turned"].sum(), 0.0),
    ]  # fmt: skip


def per_seed(differences: pd.Series) -> Estimate:
    """Median over alpha for each seed, then the median over seeds with its interval."""
    return interval(differences.groupby("seed").median())


ITEM = Item(
    id="A-phase2",
    title="Phase 2 inherits the alignment",
    paper="A",
    kind="theorem",
    chapter="over_alignment/phase_two",
    statement="Psi(t_{eta,alpha}) is approximately Psi(t_alpha): the predictor keeps the direction of Phase 1.",
    mark=Mark.STATED,
    parts=("A-phase2",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(
        Figure("A-phase2-path", draw_path, caption_path, alt_path),
        Figure("A-phase2-drift", draw_drift, caption_drift, alt_drift),
    ),
    controls=(
        Control(
            "large-starts",
            "Starts too large for a Phase 1: at t_T nothing is aligned, and the angle follows alpha",
            {"alphas": [0.01, 0.03, 0.1], "small": 0.1},
            (
                "A-phase2/from-alignment-end",
                "A-phase2/forgets",
                "A-phase2/one-neuron",
            ),
        ),
        Control(
            "true-rate",
            "t_alpha is built with the rate at which aligned neurons grow, in place of a bound on it",
            {"growth": "true-rate", "alphas": [1e-6, 1e-5, 1e-4], "seeds": 5},
            ("A-phase2/from-growth-end",),
            Verdict.REPRODUCED,
        ),
        Control(
            "rising-levels",
            "The levels of risk are swapped",
            {"alphas": [1e-6, 1e-5, 1e-4], "seeds": 5},
            ("A-phase2/drifts",),
            fault=Fault(faults.rising_levels),
        ),
        Control(
            "all-neurons",
            "The predictor adds up the neurons of both signs",
            {"small": 0.01, "alphas": [1e-4, 1e-3, 1e-2], "seeds": 2},
            ("A-phase2/conic-hull",),
            fault=Fault(faults.all_neurons),
        ),
        Control(
            "weak-output",
            f"The start is not balanced: |v_j| = {WEAK:g} ||w_j||",
            {"small": 0.01, "alphas": [1e-4, 1e-3, 1e-2], "seeds": 2},
            ("A-phase2/signs",),
            fault=Fault(faults.weak_output),
        ),
    ),
)
