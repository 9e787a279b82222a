"""Balancedness under the logistic loss: v_j^2 = ||w_j||^2 for all time, so no v_j changes sign.

Paper A starts every neuron balanced to have this. It holds for any loss, since v_j' v_j and <w_j', w_j> are one
number; along a computed flow the balance drifts by what the solver loses, and that must fall with its tolerance."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from earlyalign.figures.style import band, canvas, shades, styled
from earlyalign.items.evidence import exact, slope, within
from earlyalign.items.item import Claim, Control, Fault, Figure, Item, Mark
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.early_phases import bal_faults as faults
from earlyalign.over_alignment.early_phases.bal_runs import compute
from earlyalign.over_alignment.early_phases.faults import WEAK
from earlyalign.over_alignment.params import ProblemParams

FINEST_DRIFT = 1e-8


class Parameters(ProblemParams):
    """alphas: scales of the start; tolerances: of the solver; eta: where the flow is stopped."""

    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=1)
    tolerances: list[Annotated[float, Field(gt=0, le=1e-2)]] = Field(min_length=2)
    eta: float = Field(gt=0, lt=1.38)


def runs(params: Parameters) -> list[Run]:
    shared = params.model_dump(exclude={"alphas", "tolerances", "seeds"})
    return [
        Run({**shared, "alpha": alpha, "tolerance": tolerance}, seed)
        for alpha in params.alphas
        for tolerance in params.tolerances
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
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


def alt_drift(tables) -> str:
    drift = tables["drift"].groupby("tolerance")["drift"].median()
    return (
        "Log-log plot of the drift of the balances against the solver's tolerance, one curve for each start "
        f"scale. The median over all falls from {drift.iloc[-1]:.0e} at tolerance {drift.index[-1]:.0e} to "
        f"{drift.iloc[0]:.0e} at {drift.index[0]:.0e}."
    )


def caption_drift(tables) -> str:
    rows = tables["drift"]
    row = next(rows.itertuples(index=False))
    return (
        f"Balancedness under the logistic loss: n = {row.n}, d = {row.d}, h = {row.width}, κ = {row.kappa:g}, "
        f"read at the stopping time of η = {row.eta:g}, {rows['seed'].nunique()} seeds. Medians and quartiles."
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
    figures=(Figure("A-bal-drift", draw_drift, caption_drift, alt_drift),),
    controls=(
        Control(
            "unequal-layers",
            f"The outer layer moves {faults.UNEQUAL:g} times as fast as the inner one",
            {"alphas": [0.01], "seeds": 2},
            ("A-bal/constant", "A-bal/solver-error"),
            fault=Fault(faults.unequal_layers),
        ),
        Control(
            "weak-output",
            f"The start is not balanced: |v_j| = {WEAK:g} ||w_j||",
            {"alphas": [0.01], "seeds": 2},
            ("A-bal/signs",),
            fault=Fault(faults.weak_output),
        ),
    ),
)
