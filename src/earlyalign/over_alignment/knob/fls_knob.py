"""Feature learning strength: the initialisation scale alpha, the output multiplier c and the step are one knob, when?

Paper A calls alpha and c analytically equivalent, with f -> c f and the step divided by c. That is exact where the
network is homogeneous. If f(s theta) = s^L f(theta), then u = c^(1/L) theta turns the flow of c f into the flow of f,
started at c^(1/L) theta(0) and run c^(2/L) times as fast; so for descent the step is divided by c^(2/L), and only L =
2 gives the paper's eta / c. Biases and batch normalisation end homogeneity, and with it the equivalence. Feature
learning strength is the INVERSE of c and alpha: the smaller they are, the more the features turn."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.items.evidence import Estimate, exact, interval, slope, within
from earlyalign.items.item import Claim, Control, Fault, Figure, Item, Mark
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.knob import faults
from earlyalign.over_alignment.knob.figures import (
    alt_gaps,
    alt_turning,
    caption_gaps,
    caption_turning,
    draw_gaps,
    draw_turning,
)
from earlyalign.over_alignment.knob.runs import BIASES, FLOW, NORMALISED, PAPER, PLAIN, TURNING, compute
from earlyalign.over_alignment.params import PROBLEM, ProblemParams

SAME, APART = 1e-8, 1e-3
"""Relative distance between two trajectories of outputs at which they are called one, and at which two."""


class Parameters(ProblemParams):
    """multipliers: values of c; flow_width: neurons of the flows that are compared; depths: of the torch networks, 2
    first; descent_width, step, steps: of their descent at c = 1; alphas, eta and width: starts, stopping level and
    neurons for how far the tangent kernel turns."""

    multipliers: list[Annotated[float, Field(gt=0, le=1e6)]] = Field(min_length=1)
    depths: list[Annotated[int, Field(ge=2, le=64)]] = Field(min_length=2)
    flow_width: int = Field(ge=2, le=1000)
    descent_width: int = Field(ge=2, le=1024)
    step: float = Field(gt=0, le=1e3)
    steps: int = Field(ge=1, le=1_000_000)
    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=3)
    eta: float = Field(gt=0, lt=1.38)
    rtol: float = Field(gt=0, le=1e-2)


def runs(params: Parameters) -> list[Run]:
    """Flows and descents at every multiplier, and the turning of the tangent kernel at every alpha."""
    shared = params.model_dump(include={*PROBLEM, "rtol"})
    descent = params.model_dump(include={"descent_width", "step", "steps"})
    deep = [(PLAIN, depth) for depth in params.depths] + [
        (PAPER, depth) for depth in params.depths if depth > 2
    ]
    cases = [(FLOW, 2), *deep, (BIASES, 2), (NORMALISED, 2)]
    compared = {**shared, **descent, "width": params.flow_width}
    equal = [
        Run({**compared, "case": case, "depth": depth, "multiplier": c}, seed)
        for case, depth in cases
        for c in params.multipliers
        for seed in range(params.seeds)
    ]
    turning = [
        Run({**shared, "case": TURNING, "alpha": alpha, "eta": params.eta}, seed)
        for alpha in params.alphas
        for seed in range(params.seeds)
    ]
    return equal + turning


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    gaps, turning = tables["gaps"], tables["turning"]

    def case(name: str) -> pd.DataFrame:
        return gaps[gaps["case"] == name]

    def parted(name: str) -> Estimate:
        return interval(case(name).groupby("seed")["gap"].min())

    apart = partial(within, expected=f"at least {APART:g}", low=APART, mark=Mark.CHOSEN)
    return [
        exact(
            "A-fls/flow", "Flow: multiplier c is initialisation scale sqrt(c), in time c t",
            case(FLOW)["gap"].max(), SAME,
        ),
        exact(
            "A-fls/descent", "Descent, L layers: multiplier c with step eta c^(-2/L) is scale c^(1/L), step for step",
            case(PLAIN)["gap"].max(), SAME, Mark.REBUILT,
        ),
        apart("A-fls/paper-step", "With step eta / c they part beyond two layers (smallest gap)", parted(PAPER)),
        apart("A-fls/biases", "With biases they part (smallest gap)", parted(BIASES)),
        apart("A-fls/batch-norm", "With batch normalisation they part (smallest gap)", parted(NORMALISED)),
        within(
            "A-fls/direction", "Small alpha is strong feature learning: the tangent kernel turns less as alpha grows "
            "(slope of 1 - cosine per factor of ten)",
            slope(np.log10(turning["alpha"]), turning["turned"], turning["seed"]), "below 0", high=0.0,
        ),
    ]  # fmt: skip


ITEM = Item(
    id="A-fls",
    title="One knob in three disguises",
    paper="A",
    kind="equation",
    chapter="over_alignment/knob",
    statement="Multiplier c, the step rescaled, is initialisation scale c^(1/L) if f is homogeneous of degree L.",
    mark=Mark.STATED,
    parts=("A-fls",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(
        Figure("A-fls-gaps", draw_gaps, caption_gaps, alt_gaps),
        Figure("A-fls-turning", draw_turning, caption_turning, alt_turning),
    ),
    controls=(
        Control(
            "step-not-rescaled",
            "The multiplier is changed and the step, or the clock, is left alone",
            {"seeds": 2},
            ("A-fls/flow", "A-fls/descent"),
            fault=Fault(faults.step_not_rescaled, faults.compares),
        ),
        Control(
            "shallow",
            "Two layers in place of more",
            {"seeds": 2},
            ("A-fls/paper-step",),
            fault=Fault(faults.two_layers, faults.is_deep),
        ),
        Control(
            "nothing-in-the-way",
            "Biases and batch normalisation are taken out",
            {"seeds": 2},
            ("A-fls/biases", "A-fls/batch-norm"),
            fault=Fault(faults.no_biases_no_batch_norm, faults.is_not_homogeneous),
        ),
        Control(
            "knob-reversed",
            "alpha is read backwards, as if large meant strong",
            {"seeds": 4},
            ("A-fls/direction",),
            fault=Fault(faults.alpha_reversed, faults.turns),
        ),
    ),
)
