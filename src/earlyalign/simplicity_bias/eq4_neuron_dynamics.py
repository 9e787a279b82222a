"""Equation (4): the dynamics of one neuron, and the set of pulls it may feel at a kink.

    w_i' in a_i D_n(w_i, theta),   a_i' in <w_i, D_n(w_i, theta)>,
    D_n(w, theta) = {1/n sum_k eta_k (y_k - h_theta(x_k)) x_k : eta_k in the subdifferential of relu at <w, x_k>}.

Paper B, Section 2; rebuilt. Away from kinks it must be minus the gradient of L, so automatic differentiation judges
it. At a kink torch picks one subgradient of many; whichever spelling of ReLU it is given, the pick must lie in the set.
Points exactly on walls need <w, x_k> = 0 in floating point, so there inputs and weights are small integers.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.optimize import lsq_linear

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics.squared_loss import velocity
from earlyalign.items.evidence import exact
from earlyalign.items.item import Claim, Control, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.networks.torch_twin import RELU_SPELLINGS, descent_direction
from earlyalign.networks.two_layer import TwoLayer, gaussian_init

TOLERANCE = 1e-12
ACTIVE_SET_STEPS = 1000
NOISE_VARIANCE = 0.2
"""Of the labels, as in Section 5; any value does for an identity."""


class Parameters(Params):
    """dimensions, sample_sizes, widths: every combination is tried with every seed."""

    dimensions: list[Annotated[int, Field(ge=2, le=1000)]] = Field(min_length=1)
    sample_sizes: list[Annotated[int, Field(ge=2, le=100_000)]] = Field(min_length=1)
    widths: list[Annotated[int, Field(ge=2, le=100_000)]] = Field(min_length=1)
    walls: int = Field(ge=1, le=64)
    seeds: int = Field(ge=2, le=1000)
    sabotage: Literal["none", "wrong-sign"] = "none"


def runs(params: Parameters) -> list[Run]:
    shapes = [(d, n, m) for d in params.dimensions for n in params.sample_sizes for m in params.widths]
    return [
        Run({"d": d, "n": n, "m": m, "walls": params.walls, "sabotage": params.sabotage}, seed)
        for d, n, m in shapes
        for seed in range(params.seeds)
    ]


def compute(run: Run, checkpoint) -> dict:
    """Table `smooth`: relative distance to the gradient. Table `kinks`: distance of torch's pick to the set."""
    config = run.config
    rng = np.random.default_rng([run.seed, config["d"], config["n"], config["m"]])
    sign = -1.0 if config["sabotage"] == "wrong-sign" else 1.0
    sample = draw(gaussian(config["d"]), config["n"], NOISE_VARIANCE, rng)
    net = gaussian_init(config["m"], config["d"], 1 / config["m"], rng)
    ours = velocity(net, sample.inputs, sample.labels).flat() * sign
    theirs = descent_direction(net, sample.inputs, sample.labels).flat()
    smooth = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
    kinks = [wall_errors(config, sign, spelling, rng) for spelling in RELU_SPELLINGS]
    return {
        "smooth": {"error": smooth},
        "kinks": {
            "spelling": list(RELU_SPELLINGS),
            "outside": [outside for outside, _ in kinks],
            "outer_error": [outer for _, outer in kinks],
        },
    }


def wall_errors(config, sign: float, spelling: str, rng: np.random.Generator) -> tuple[float, float]:
    """One network with every neuron on walls: how far torch's w_i' falls outside a_i D_n at worst, and its error
    in a_i', which the walls leave single-valued. Both in units of the pull that these residuals allow."""
    net, inputs, labels = network_on_walls(config["d"], config["m"], config["n"], config["walls"], rng)
    theirs = descent_direction(net, inputs, labels, RELU_SPELLINGS[spelling])
    ours = velocity(net, inputs, labels)
    residuals = sign * (labels - net.predict(inputs))
    loudness = np.mean(np.abs(residuals) * np.linalg.norm(inputs, axis=1))
    outside = [
        distance_to_pulls(theirs.inner[i], net.inner[i], net.outer[i], residuals, inputs)
        for i in range(net.width)
    ]
    outer_error = np.abs(sign * ours.outer - theirs.outer).max() / np.linalg.norm(net.inner, axis=1).max()
    return max(outside), float(outer_error / loudness)


def network_on_walls(d: int, m: int, n: int, walls: int, rng: np.random.Generator):
    """A network all of whose neurons lie exactly on the walls of the first `walls` samples; inputs (n, d), labels (n,).

    The neurons share the last coordinates and vanish in the first; those samples have only a first coordinate, so
    <w_i, x_k> is exactly 0. Requires d >= 2 and leaves at least one sample off the walls. Neuron 0 is w = 0, which
    lies on every wall.
    """
    inner = rng.integers(-4, 5, size=(m, d)).astype(float)
    inner[:, 0] = 0.0
    inner[1:, 1] = rng.choice([-3.0, -1.0, 1.0, 3.0], size=m - 1)
    inner[0] = 0.0
    inputs = rng.integers(-4, 5, size=(n, d)).astype(float)
    on_wall = min(walls, n - 1)
    inputs[:on_wall, 1:] = 0.0
    inputs[:on_wall, 0] = rng.choice([-2.0, -1.0, 1.0, 2.0], size=on_wall)
    return TwoLayer(inner, rng.choice([-1.0, 1.0], size=m) / m), inputs, rng.standard_normal(n)


def distance_to_pulls(pull, w, a: float, residuals, inputs) -> float:
    """Distance from `pull` (d,) to the set a D_n(w, theta): least squares over eta in [0, 1] at the kinks.

    w (d,), residuals (n,) = y - h, inputs (n, d). In units of the mean of |a r_k| ||x_k||; bounded least squares by an
    active set, since interior methods stop short of rounding error.
    """
    heights = inputs @ w
    unit = np.abs(a) * np.mean(np.abs(residuals) * np.linalg.norm(inputs, axis=1))
    terms = a * residuals[:, None] * inputs / len(inputs) / unit
    rest = pull / unit - terms[heights > 0].sum(axis=0)
    kinks = terms[heights == 0].T
    if kinks.shape[1] == 0:
        return float(np.linalg.norm(rest))
    eta = lsq_linear(kinks, rest, bounds=(0.0, 1.0), method="bvls", tol=1e-15, max_iter=ACTIVE_SET_STEPS).x
    return float(np.linalg.norm(kinks @ eta - rest))


def claims(tables: dict[str, pd.DataFrame], params: Parameters) -> list[Claim]:
    smooth, kinks = tables["smooth"], tables["kinks"]
    return [
        exact(
            "B-eq4/autodiff", "The neuron dynamics are minus the gradient of the loss, away from kinks",
            smooth["error"].max(), TOLERANCE, Mark.REBUILT,
        ),
        exact(
            "B-eq4/kinks", "At kinks, torch's subgradient of each w_i lies in a_i times the set of pulls",
            kinks["outside"].max(), TOLERANCE, Mark.REBUILT,
        ),
        exact(
            "B-eq4/outer", "At kinks, the velocity of each a_i takes one value all the same",
            kinks["outer_error"].max(), TOLERANCE, Mark.REBUILT,
        ),
    ]  # fmt: skip


ITEM = Item(
    id="B-eq4",
    title="Neuron dynamics and the Clarke subdifferential",
    paper="B",
    kind="equation",
    chapter="simplicity_bias/setting",
    statement="Gradient flow moves (a_i, w_i) along a_i D_n(w_i, theta) and <w_i, D_n(w_i, theta)>.",
    mark=Mark.REBUILT,
    parts=("B-eq4",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    controls=(
        Control(
            "wrong-sign",
            "The residual enters with the wrong sign",
            {"sabotage": "wrong-sign"},
            ("B-eq4/autodiff", "B-eq4/kinks", "B-eq4/outer"),
        ),
    ),
)
