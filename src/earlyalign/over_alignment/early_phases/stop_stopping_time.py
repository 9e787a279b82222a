"""The stopping time t_{eta,alpha} = inf{t >= t_alpha : L_+(theta_t) <= eta}, L_+ the mean loss of the positive
samples.

Paper A, Section 5. The definition is stated; that the mean is taken, of 2 log(1 + exp(-f)), is our choice. The event
is found on the solver's interpolant; here it is judged against the same risk read on a grid along a much tighter
trajectory. While the network is small, positive neurons grow like exp(||x_plus|| t) from alpha, so the stopping time
should be log(1/alpha) / ||x_plus|| up to a constant."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.figures.style import BLUE, FAINT, GREEN, INK, RED, band, canvas, shades, styled
from earlyalign.items.evidence import exact, interval, slope, within
from earlyalign.items.item import Claim, Control, Fault, Figure, Item, Mark
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.early_phases import stop_faults as faults
from earlyalign.over_alignment.early_phases.stop_runs import compute
from earlyalign.over_alignment.params import ProblemParams

AGREEMENT = 1e-6
RATE_SLACK = 0.05


class Parameters(ProblemParams):
    """alphas: scales of the start, all below 1 / sqrt(h) for a clean rate; etas: levels of risk;
    judged_alphas: where the event is held against a grid; shown_seed: whose risk is drawn."""

    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=2)
    etas: list[Annotated[float, Field(gt=0, lt=1.38)]] = Field(min_length=2)
    rtol: float = Field(gt=0, le=1e-2)
    judged_alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=1)
    shown_seed: int = Field(ge=0, le=10_000)


def runs(params: Parameters) -> list[Run]:
    shared = params.model_dump(exclude={"alphas", "etas", "judged_alphas", "seeds"})
    levels = {"etas": " ".join(map(repr, params.etas))}
    alphas = sorted({*params.alphas, *params.judged_alphas})
    return [
        Run({**shared, **levels, "alpha": alpha, "judged": alpha in params.judged_alphas}, seed)
        for alpha in alphas
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    stops = tables["stops"]
    judged = stops[stops["held"]]
    gap = np.abs(judged["time"] / judged["grid_time"] - 1).max(skipna=False)
    swept = stops[stops["alpha"].isin(params.alphas)]
    last = swept[swept["eta"] == swept["eta"].min()]
    rate = slope(np.log(1 / last["alpha"]), last["time"] * last["pull"], last["seed"])
    return [
        exact(
            "A-stop/event", "The solver's event is where a fine grid sees the risk come down to eta (relative gap)",
            gap, AGREEMENT, Mark.CHOSEN,
        ),
        within(
            "A-stop/monotone", "A lower eta stops later: the shortest wait between neighbouring levels, over the time",
            interval(shortest_waits(swept)), "above 0", low=1e-6,
        ),
        within(
            "A-stop/rate", "Stopping takes log(1/alpha) / ||x_plus||, up to a constant (slope)",
            rate, f"1 ± {RATE_SLACK}", 1 - RATE_SLACK, 1 + RATE_SLACK, Mark.REBUILT,
        ),
    ]  # fmt: skip


def shortest_waits(swept: pd.DataFrame) -> np.ndarray:
    """One number a seed: the smallest gap between the stopping times of neighbouring levels, over the last time."""
    waits = []
    for _, one in swept.groupby("seed"):
        table = one.pivot(index="alpha", columns="eta", values="time").sort_index(axis=1, ascending=False)
        times = table.to_numpy()
        waits.append(np.min(np.diff(times, axis=1) / np.maximum(times[:, -1:], np.finfo(float).tiny)))
    return np.array(waits)


def shown_level(stops: pd.DataFrame) -> float:
    """The level whose stopping times are drawn: the middle one."""
    levels = np.sort(stops["eta"].unique())
    return float(levels[len(levels) // 2])


@styled
def draw_stops(tables):
    figure = canvas(8.4, 3.6)
    left, right = figure.subplots(1, 2)
    risk, stops = tables["risk"], tables["stops"]
    eta = shown_level(stops)
    groups = list(risk.groupby("alpha"))
    for colour, (alpha, curve) in zip(shades(len(groups))[::-1], groups, strict=True):
        left.plot(curve["time"] * curve["pull"], curve["risk"], color=colour, label=f"α = {alpha:g}")
        mine = stops[
            (stops["alpha"] == alpha) & (stops["eta"] == eta) & (stops["seed"] == curve["seed"].iloc[0])
        ]
        left.plot(mine["time"] * mine["pull"], mine["eta"], "o", color=colour, markersize=5)
    left.axhline(eta, color=INK, linewidth=0.8, linestyle=":")
    left.text(0.1, eta + 0.03, f"η = {eta:g}", fontsize=9)
    left.set(xlabel=r"$\|x_+\|\,t$", ylabel=r"$\hat L_+$", title="the race, one seed", ylim=(0, 1.45))
    left.set_xlim(right=1.5 * left.get_xlim()[1])
    left.legend(fontsize=8.5, loc="center right")
    one = stops[stops["eta"] == eta]
    for name, colour, label in (
        ("time", BLUE, rf"$t_{{\eta,\alpha}}$, η = {eta:g}"),
        ("alignment_end", GREEN, "$t_T$"),
        ("growth_end", RED, r"$t_\alpha$"),
    ):
        table = one.assign(value=one[name] * one["pull"]).pivot(index="seed", columns="alpha", values="value")
        band(right, table.columns.to_numpy(), table.to_numpy(), colour, label)
    alphas = np.sort(one["alpha"].unique())
    middle = np.median(one[one["alpha"] == alphas[0]].eval("time * pull"))
    right.plot(alphas, middle - np.log(alphas / alphas[0]), color=FAINT, linestyle=":", label="slope $-1$")
    right.set(xscale="log", xlabel="α", ylabel=r"$\|x_+\|\times$ time", title="three clocks")
    right.set_ylim(bottom=-0.4)
    right.grid(True)
    right.legend(fontsize=8.5)
    return figure


def alt_stops(tables) -> str:
    stops = tables["stops"]
    one = stops[stops["eta"] == shown_level(stops)]
    middle = one.assign(scaled=one["time"] * one["pull"]).groupby("alpha")["scaled"].median()
    return (
        "Left, the positive risk against time for one seed and several start scales: each curve stays flat at "
        "1.39, then drops steeply; smaller scales drop later. A dot marks where it meets eta. Right, three "
        "times against alpha, in units of one over the length of x_plus: the stopping time falls from "
        f"{middle.iloc[0]:.1f} at alpha {middle.index[0]:g} to {middle.iloc[-1]:.1f} at {middle.index[-1]:g} "
        "along a line of slope minus one; the two ends of Phase 1 lie below it."
    )


def caption_stops(tables) -> str:
    stops = tables["stops"]
    row = next(stops.itertuples(index=False))
    return (
        f"Stopping times. n = {row.n}, d = {row.d}, h = {row.width}, κ = {row.kappa:g}, separable by rejection, "
        f"{stops['seed'].nunique()} seeds (medians and quartiles); left, seed {row.shown_seed}. Times in units of "
        f"1/‖x₊‖, which is natural: it is the rate at which positive neurons turn and grow."
    )


ITEM = Item(
    id="A-stop",
    title="The stopping time",
    paper="A",
    kind="definition",
    chapter="over_alignment/stopping_time",
    statement="Training stops at t_{eta,alpha} = inf{t >= t_alpha : L_+(theta_t) <= eta}.",
    mark=Mark.STATED,
    parts=("A-stop",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("A-stop-times", draw_stops, caption_stops, alt_stops),),
    controls=(
        Control(
            "coarse-reading",
            f"The risk is only read at {faults.COARSE} equally spaced times, and not interpolated",
            {"alphas": [0.001, 0.01], "judged_alphas": [0.01], "seeds": 2},
            ("A-stop/event", "A-stop/monotone"),
            fault=Fault(faults.coarse_reading),
        ),
        Control(
            "large-starts",
            "Starts that are not small: the outputs matter from the beginning",
            {"alphas": [0.5, 1.0, 2.0], "judged_alphas": [0.01], "seeds": 3},
            ("A-stop/rate",),
        ),
    ),
)
