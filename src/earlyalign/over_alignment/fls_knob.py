"""Feature learning strength: the initialisation scale alpha, the output multiplier c and the step are one knob, when?

Paper A calls alpha and c analytically equivalent, with f -> c f and the step divided by c. That is exact where the
network is homogeneous. If f(s theta) = s^L f(theta), then u = c^(1/L) theta turns the flow of c f into the flow of f,
started at c^(1/L) theta(0) and run c^(2/L) times as fast; so for descent the step is divided by c^(2/L), and only L =
2 gives the paper's eta / c. Biases and batch normalisation end homogeneity, and with it the equivalence. Feature
learning strength is the INVERSE of c and alpha: the smaller they are, the more the features turn."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.data.gaussian_mixture import draw_mixture
from earlyalign.dynamics.flow import gradient_flow
from earlyalign.dynamics.multiplier import descend_multiplied
from earlyalign.items.evidence import exact, interval, slope, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.run import Run
from earlyalign.networks.mlp import mlp, scale_parameters
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.over_alignment.fls_pictures import (
    caption_gaps,
    caption_turning,
    describe_gaps,
    describe_turning,
    draw_gaps,
    draw_turning,
)
from earlyalign.over_alignment.problem import Setting, problem, rows

SAME, APART = 1e-8, 1e-3
"""Relative distance between two trajectories of outputs at which they are called one, and at which two."""
FLOW_RTOL = 1e-11
FLOW_ALPHA = 0.1
PLAIN, PAPER, BIASES, NORMALISED = "exact step", "paper's step", "biases", "batch norm"


class Parameters(Setting):
    """multipliers: values of c; flow_h: neurons of the flows that are compared; depths: of the torch networks, 2
    first; width, step, steps: of their descent at c = 1; alphas and eta: starts and stopping level for how far the
    tangent kernel turns."""

    multipliers: list[Annotated[float, Field(gt=0, le=1e6)]] = Field(min_length=1)
    depths: list[Annotated[int, Field(ge=2, le=64)]] = Field(min_length=2)
    flow_h: int = Field(ge=2, le=1000)
    width: int = Field(ge=2, le=1024)
    step: float = Field(gt=0, le=1e3)
    steps: int = Field(ge=1, le=1_000_000)
    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=3)
    eta: float = Field(gt=0, lt=1.38)
    rtol: float = Field(gt=0, le=1e-2)
    sabotage: Literal["none", "step-not-rescaled", "shallow", "nothing-in-the-way", "knob-reversed"] = "none"


def runs(params: Parameters) -> list[Run]:
    """Flows and descents at every multiplier, and the turning of the tangent kernel at every alpha."""
    shared = params.model_dump(include={"n", "d", "h", "kappa", "sigma", "separability", "rtol", "sabotage"})
    trained = params.model_dump(include={"width", "step", "steps"})
    deep = [(PLAIN, depth) for depth in params.depths] + [
        (PAPER, depth) for depth in params.depths if depth > 2
    ]
    cases = [("flow", 2), *deep, (BIASES, 2), (NORMALISED, 2)]
    compared = {**shared, **trained, "h": params.flow_h}
    equal = [
        Run({**compared, "case": case, "depth": depth, "multiplier": c}, seed)
        for case, depth in cases
        for c in params.multipliers
        for seed in range(params.seeds)
    ]
    turning = [
        Run({**shared, "case": "turning", "alpha": alpha, "eta": params.eta}, seed)
        for alpha in params.alphas
        for seed in range(params.seeds)
    ]
    return equal + turning


def compute(run: Run, checkpoint) -> dict:
    """Table `gaps`: largest distance between the outputs of the two trainings, over the largest output. Table
    `turning`: 1 - cosine between the tangent kernels at the start and at the stopping time."""
    if run.config["case"] == "turning":
        return {"turning": rows(turned=kernel_turn(run.config, run.seed))}
    gap = (
        flow_gap(run.config, run.seed) if run.config["case"] == "flow" else descent_gap(run.config, run.seed)
    )
    return {"gaps": rows(gap=gap)}


def relative_gap(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first - second).max() / np.abs(second).max())


def flow_gap(config, seed: int) -> float:
    """The flow of c f from theta(0) at time t, by scipy, against the flow of f from sqrt(c) theta(0) at time c t."""
    c = config["multiplier"]
    start = problem({**config, "alpha": FLOW_ALPHA}, seed)
    scaled = problem({**config, "alpha": FLOW_ALPHA * float(np.sqrt(c))}, seed)
    sample = start.sample

    def velocity(net: TwoLayer) -> TwoLayer:
        heights = net.inner @ sample.inputs.T
        pull = 2 * c * sample.labels / (1 + np.exp(sample.labels * c * net.predict(sample.inputs)))
        active = (heights > 0) * pull
        return TwoLayer(net.outer[:, None] * (active @ sample.inputs), np.sum(active * heights, axis=1))

    clock = 1.0 if config["sabotage"] == "step-not-rescaled" else c
    times = np.linspace(0, 3 / start.pull, 40)
    theirs = gradient_flow(
        start.net, velocity, times[-1] / c, times / c, rtol=FLOW_RTOL, atol=1e-13, method="DOP853"
    )
    ours = scaled.follow(times=times * clock / c, rtol=FLOW_RTOL)
    return relative_gap(
        np.array([c * net.predict(sample.inputs) for net in theirs.nets]),
        np.array([ours.net(0, k).predict(sample.inputs) for k in range(len(times))]),
    )


def descent_gap(config, seed: int) -> float:
    """Descent of c f with the step rescaled, against descent of f from c^(1/L) theta(0) with the plain step."""
    c, case, sabotage = config["multiplier"], config["case"], config["sabotage"]
    depth = 2 if sabotage == "shallow" else config["depth"]
    clear = sabotage == "nothing-in-the-way"
    kind = {"biases": case == BIASES and not clear, "batch_norm": case == NORMALISED and not clear}
    shape = config["d"], config["width"], depth, seed
    divisor = c if case == PAPER else c ** (2 / depth)
    if sabotage == "step-not-rescaled":
        divisor = 1.0
    rng = np.random.default_rng(seed)
    sample = draw_mixture(
        config["n"], config["d"], config["kappa"], config["sigma"], rng, config["separability"]
    )
    data = sample.inputs, sample.labels
    multiplied = descend_multiplied(mlp(*shape, **kind), *data, c, config["step"] / divisor, config["steps"])
    scaled = scale_parameters(mlp(*shape, **kind), c ** (1 / depth))
    return relative_gap(multiplied, descend_multiplied(scaled, *data, 1.0, config["step"], config["steps"]))


def kernel_turn(config, seed: int) -> float:
    """1 - cosine of the tangent kernels (n, n) at the start and at the stopping time."""
    alpha = 1e-3 / config["alpha"] if config["sabotage"] == "knob-reversed" else config["alpha"]
    start = problem({**config, "alpha": alpha}, seed)
    end = start.follow(etas=[config["eta"]], rtol=config["rtol"], risk="all").stopped(0, 0)
    before, after = (tangent_kernel(net, start.sample.inputs) for net in (start.net, end))
    return 1 - float(np.sum(before * after) / np.linalg.norm(before) / np.linalg.norm(after))


def tangent_kernel(net: TwoLayer, inputs: np.ndarray) -> np.ndarray:
    """(n, n) inner products of the gradients of f at the inputs (n, d) with respect to all weights."""
    heights = inputs @ net.inner.T
    lifted = np.maximum(heights, 0)
    gates = (heights > 0) * net.outer
    return lifted @ lifted.T + (gates @ gates.T) * (inputs @ inputs.T)


def claims(tables: dict[str, pd.DataFrame], params: Parameters) -> list[Claim]:
    gaps, turning = tables["gaps"], tables["turning"]

    def case(name: str) -> pd.DataFrame:
        return gaps[gaps["case"] == name]

    def parted(name: str) -> tuple[float, float, float]:
        return interval(case(name).groupby("seed")["gap"].min())

    apart = {"expected": f"at least {APART:g}", "low": APART, "mark": Mark.CHOSEN}
    return [
        exact(
            "A-fls/flow", "Flow: multiplier c is initialisation scale sqrt(c), in time c t",
            case("flow")["gap"].max(), SAME,
        ),
        exact(
            "A-fls/descent", "Descent, L layers: multiplier c with step eta c^(-2/L) is scale c^(1/L), step for step",
            case(PLAIN)["gap"].max(), SAME, Mark.REBUILT,
        ),
        within(
            "A-fls/paper-step", "With step eta / c they part beyond two layers (smallest gap)", parted(PAPER), **apart
        ),
        within("A-fls/biases", "With biases they part (smallest gap)", parted(BIASES), **apart),
        within("A-fls/batch-norm", "With batch normalisation they part (smallest gap)", parted(NORMALISED), **apart),
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
        Figure("A-fls-gaps", draw_gaps, caption_gaps, describe_gaps),
        Figure("A-fls-turning", draw_turning, caption_turning, describe_turning),
    ),
    controls=(
        Control(
            "step-not-rescaled",
            "The multiplier is changed and the step, or the clock, is left alone",
            {"sabotage": "step-not-rescaled", "seeds": 2},
            ("A-fls/flow", "A-fls/descent"),
        ),
        Control(
            "shallow",
            "Two layers in place of more",
            {"sabotage": "shallow", "seeds": 2},
            ("A-fls/paper-step",),
        ),
        Control(
            "nothing-in-the-way",
            "Biases and batch normalisation are taken out",
            {"sabotage": "nothing-in-the-way", "seeds": 2},
            ("A-fls/biases", "A-fls/batch-norm"),
        ),
        Control(
            "knob-reversed",
            "alpha is read backwards, as if large meant strong",
            {"sabotage": "knob-reversed", "seeds": 4},
            ("A-fls/direction",),
        ),
    ),
)
