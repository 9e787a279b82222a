"""Balancedness under the logistic loss: v_j^2 = ||w_j||^2 for all time, so no v_j changes sign.

Paper A starts every neuron balanced to have this. It holds for any loss, since v_j' v_j and <w_j', w_j> are one
number; along a computed flow the balance drifts by what the solver loses, and that must fall with its tolerance."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.figures.style import band, canvas, shades, styled
from earlyalign.items.evidence import exact, slope, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.run import Run
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.over_alignment.problem import Problem, Setting, problem

FINEST_DRIFT = 1e-8
UNEQUAL = 2.0
"""The control's ratio of the outer layer's rate to the inner layer's."""
WEAK = 0.1
"""The control's |v_j(0)| / ||w_j(0)||."""


class Parameters(Setting):
    """alphas: scales of the start; tolerances: of the solver; eta: where the flow is stopped."""

    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=1)
    tolerances: list[Annotated[float, Field(gt=0, le=1e-2)]] = Field(min_length=2)
    eta: float = Field(gt=0, lt=1.38)
    sabotage: Literal["none", "unequal-layers", "weak-output"] = "none"


def runs(params: Parameters) -> list[Run]:
    shared = params.model_dump(exclude={"alphas", "tolerances", "seeds"})
    return [
        Run({**shared, "alpha": alpha, "tolerance": tolerance}, seed)
        for alpha in params.alphas
        for tolerance in params.tolerances
        for seed in range(params.seeds)
    ]


def compute(run: Run, checkpoint) -> dict:
    """Table `drift`: the largest change of a balance at the stopping time, in units of the largest v_j^2 there, and
    how many v_j have changed sign."""
    config = run.config
    start = problem(config, run.seed)
    if config["sabotage"] == "weak-output":
        start = Problem(start.sample, TwoLayer(start.net.inner, WEAK * start.net.outer), start.alpha)
    found = start.follow(
        etas=[config["eta"]], rtol=config["tolerance"],
        outer_rate=UNEQUAL if config["sabotage"] == "unequal-layers" else 1.0,
    )  # fmt: skip
    end = found.stopped(0, 0)
    drift = np.abs(balances(end) - balances(start.net)).max() / np.max(end.outer**2)
    turned = int(np.sum(np.sign(end.outer) != np.sign(start.net.outer)))
    return {"drift": {"drift": drift, "turned": turned}}


def balances(net: TwoLayer) -> np.ndarray:
    """(h,) v_j^2 - ||w_j||^2."""
    return net.outer**2 - np.sum(net.inner**2, axis=1)


def claims(tables: dict[str, pd.DataFrame], params: Parameters) -> list[Claim]:
    drift = tables["drift"]
    finest = drift[drift["tolerance"] == drift["tolerance"].min()]
    return [
        exact(
            "A-bal/constant", "At the finest tolerance no balance moves, from the start to the stopping time",
            finest["drift"].max(), FINEST_DRIFT,
        ),
        within(
            "A-bal/solver-error", "What moves is the solver's error: the drift falls with its tolerance (exponent)",
            slope(np.log(drift["tolerance"]), np.log(drift["drift"]), drift["seed"]), "at least 1/2", low=0.5,
            mark=Mark.CHOSEN,
        ),
        exact("A-bal/signs", "No output weight changes sign (neurons that did)", finest["turned"].sum(), 0.0),
    ]  # fmt: skip


@styled
def draw_drift(tables):
    figure = canvas(6.4, 3.6)
    axis = figure.subplots()
    groups = tables["drift"].groupby("alpha")
    for colour, (alpha, rows) in zip(shades(len(groups)), groups, strict=True):
        table = rows.pivot(index="seed", columns="tolerance", values="drift")
        band(axis, table.columns.to_numpy(), table.to_numpy(), colour, f"α = {alpha:g}")
    axis.set(
        xscale="log", yscale="log", xlabel="solver tolerance",
        ylabel="largest drift of $v_j^2-\\|w_j\\|^2$\nrelative to $\\max v_j^2$",
    )  # fmt: skip
    axis.grid(True, which="major")
    axis.legend()
    return figure


def describe_drift(tables) -> str:
    drift = tables["drift"].groupby("tolerance")["drift"].median()
    return (
        f"Log-log plot of the drift of the balances against the solver's tolerance, one curve for each start scale. "
        f"The median over all falls from {drift.iloc[-1]:.0e} at tolerance {drift.index[-1]:.0e} to "
        f"{drift.iloc[0]:.0e} "
        f"at {drift.index[0]:.0e}."
    )


def caption_drift(tables) -> str:
    rows = tables["drift"]
    row = rows.iloc[0]
    return (
        f"Balancedness under the logistic loss: n = {row.n}, d = {row.d}, h = {row.h}, κ = {row.kappa:g}, read at the "
        f"stopping time of η = {row.eta:g}, {rows['seed'].nunique()} seeds. Medians and quartiles."
    )


ITEM = Item(
    id="A-bal",
    title="Balancedness under the logistic loss",
    paper="A",
    kind="lemma",
    chapter="over_alignment/stopping_time",
    statement="Along the flow, v_j(t)^2 - ||w_j(t)||^2 stays 0 for every neuron, so no v_j changes sign.",
    mark=Mark.STATED,
    parts=("A-bal",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("A-bal-drift", draw_drift, caption_drift, describe_drift),),
    controls=(
        Control(
            "unequal-layers",
            f"The outer layer moves {UNEQUAL:g} times as fast as the inner one",
            {"sabotage": "unequal-layers", "alphas": [0.01], "seeds": 2},
            ("A-bal/constant", "A-bal/solver-error"),
        ),
        Control(
            "weak-output",
            f"The start is not balanced: |v_j| = {WEAK:g} ||w_j||",
            {"sabotage": "weak-output", "alphas": [0.01], "seeds": 2},
            ("A-bal/signs",),
        ),
    ),
)
