"""Lemma F.1: a_i(t)^2 - ||w_i(t)||^2 is constant along the flow, for every neuron.

Paper B, Appendix F; rebuilt. Since a_i' a_i and <w_i', w_i> are the same number, the flow keeps the difference
exactly; whatever a solver loses is the solver's error and falls with its tolerance. Descent with step s adds
s^2 (a_i'^2 - ||w_i'||^2) at each step, hence a drift of order s over a fixed time. With it |a_i| never meets 0 once
|a_i| > ||w_i||, which is why the sign of a neuron is settled at initialisation.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas
from pydantic import Field

from earlyalign.figures.style import FLOW, INK, SGD, band, canvas, styled
from earlyalign.items.evidence import Estimate, exact, slope, within
from earlyalign.items.item import Claim, Control, Fault, Figure, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.setting import lemF1_faults as faults
from earlyalign.simplicity_bias.setting.lemF1_runs import compute

SLOPE_SLACK = 0.05
FLOW_DRIFT = 1e-8


class Parameters(Params):
    """time: length of every trajectory; tolerances: of the flow's solver; steps: of descent, dividing `time`."""

    d: int = Field(ge=1, le=64)
    n: int = Field(ge=1, le=1_000_000)
    width: int = Field(ge=2, le=100_000)
    c: float = Field(ge=0, lt=1)
    init_scale: float = Field(gt=0, le=1)
    power: float = Field(ge=1, le=4)
    noise_variance: float = Field(ge=0, le=1e6)
    time: float = Field(gt=0, le=1e9)
    tolerances: list[Annotated[float, Field(gt=0, le=0.1)]] = Field(min_length=2)
    steps: list[Annotated[float, Field(gt=0, le=10)]] = Field(min_length=2)
    seeds: int = Field(ge=2, le=1000)


def runs(params: Parameters) -> list[Run]:
    """One run for every tolerance of the flow, every step of descent, and every seed."""
    shared = params.model_dump(exclude={"tolerances", "steps", "seeds"})
    ways = [("flow", value) for value in params.tolerances] + [("descent", value) for value in params.steps]
    return [
        Run({**shared, "method": method, "resolution": value}, seed)
        for method, value in ways
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """Constant along the flow up to the solver's error, drifting in proportion to the step along descent."""
    drift = tables["drift"]
    flow, descent = drift[drift["method"] == "flow"], drift[drift["method"] == "descent"]
    finest = flow[flow["resolution"] == flow["resolution"].min()]
    return [
        exact(
            "B-lemF1/constant", "Along the flow, at the finest tolerance, no balance moves",
            finest["drift"].max(), FLOW_DRIFT, Mark.REBUILT,
        ),
        within(
            "B-lemF1/solver-error", "What moves is the solver's error: the drift falls with its tolerance (exponent)",
            log_slope(flow), "at least 1/2", low=0.5, mark=Mark.REBUILT,
        ),
        within(
            "B-lemF1/first-order", "Over a fixed time, descent drifts in proportion to its step (exponent)",
            log_slope(descent), f"1 ± {SLOPE_SLACK}", 1 - SLOPE_SLACK, 1 + SLOPE_SLACK, Mark.REBUILT,
        ),
    ]  # fmt: skip


def log_slope(rows: pd.DataFrame) -> Estimate:
    """Slope of log drift on log resolution, seeds resampled whole."""
    return slope(np.log(rows["resolution"]), np.log(rows["drift"]), rows["seed"])


@styled
def draw_drift(tables: Tables) -> Canvas:
    """Drift against the solver's tolerance, and against the step of descent, each beside a line of slope 1."""
    figure = canvas(7.6, 3.4)
    left, right = figure.subplots(1, 2, sharey=True)
    panels = ((left, "flow", FLOW, "solver tolerance"), (right, "descent", SGD, "step of descent"))
    for axis, method, colour, name in panels:
        rows = tables["drift"].query("method == @method")
        table = rows.pivot(index="seed", columns="resolution", values="drift")
        x = table.columns.to_numpy()
        band(axis, x, table.to_numpy(), colour, "median and quartiles over seeds")
        guide = np.median(table.to_numpy(), axis=0)[-1] * x / x[-1]
        axis.plot(x, guide, color=INK, linestyle=":", linewidth=1.2, label="slope 1")
        axis.set(
            xscale="log", yscale="log", xlabel=name, title="gradient flow" if method == "flow" else method
        )
        axis.grid(True, which="major")
        if method == "descent":
            axis.set_xticks(x, [f"{value:g}" for value in x])
            axis.minorticks_off()
    left.set_ylabel(r"largest drift of $a_i^2-\|w_i\|^2$" + "\nrelative to $\\max a_i^2$")
    right.legend(loc="lower right")
    return figure


def alt_drift(tables: Tables) -> str:
    drift = tables["drift"].groupby(["method", "resolution"])["drift"].median()
    flow, descent = drift["flow"], drift["descent"]
    return (
        f"Two log-log panels of the drift of the balances. Left, gradient flow: the median falls from "
        f"{flow.iloc[-1]:.0e} at solver tolerance {flow.index[-1]:.0e} to {flow.iloc[0]:.0e} at {flow.index[0]:.0e}. "
        f"Right, descent: from {descent.iloc[-1]:.0e} at step {descent.index[-1]:g} to {descent.iloc[0]:.0e} "
        f"at step {descent.index[0]:g}, along a line of slope 1."
    )


def caption_drift(tables: Tables) -> str:
    row, seeds = tables["drift"].iloc[0], tables["drift"]["seed"].nunique()
    return (
        f"Balancedness, Lemma F.1. d = {row.d}, n = {row.n}, m = {row.width}, λ = {row.init_scale:g}, up to time "
        f"{row.time:g}, {seeds} seeds. The flow's drift is the solver's; descent's is proportional to its step."
    )


ITEM = Item(
    id="B-lemF1",
    title="Balancedness",
    paper="B",
    kind="lemma",
    chapter="simplicity_bias/setting",
    statement="Along the flow, a_i(t)^2 - ||w_i(t)||^2 is constant for every neuron.",
    mark=Mark.REBUILT,
    parts=("B-lemF1",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("B-lemF1-drift", draw_drift, caption_drift, alt_drift),),
    controls=(
        Control(
            "unequal-steps",
            f"The outer layer moves {faults.UNEQUAL:g} times as fast as the inner one",
            {},
            ("B-lemF1/constant", "B-lemF1/solver-error", "B-lemF1/first-order"),
            fault=Fault(faults.unequal_steps),
        ),
    ),
)
