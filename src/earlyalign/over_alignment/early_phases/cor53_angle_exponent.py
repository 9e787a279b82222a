"""Corollary 5.3: at the end of Phase 1 the angle between w_j and x_plus is proportional to sqrt(alpha).

Paper A, Section 5; stated, but not which end. Phase 1 is Theta(log(1/alpha) / n) long, and two ends of that form
differ by a factor: t_alpha, up to which the proof controls every norm, and t_T = log(1 / (sqrt(h) alpha)) / (2
||x_plus||), at which an aligned neuron has grown to sqrt(alpha). While the outputs are small the angle decays like
exp(-||x_plus|| t), so at r t_T it must be proportional to alpha^(r/2): the exponent is set by the clock one reads,
and is 1/2 at t_T alone."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.figures.style import BLUE, FAINT, INK, RED, band, canvas, styled
from earlyalign.items.evidence import Estimate, slope, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark, Verdict
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.early_phases.cor53_runs import compute
from earlyalign.over_alignment.params import ProblemParams

SLACK = 0.02
CLOCK_SHARES = (0.5, 1.25)
"""At times r t_T between these shares the exponent is asked to be r/2: before, neurons are still scattered; after, the
outputs matter."""


class Parameters(ProblemParams):
    """alphas: scales of the start; shares: the times over t_T, 1 among them; growth: whether t_alpha is built with the
    bound 4 n x_max on the rate of growth, as stated, or with the rate 2 ||x_plus|| of an aligned neuron."""

    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=3)
    shares: list[Annotated[float, Field(gt=0, le=100)]] = Field(min_length=2)
    rtol: float = Field(gt=0, le=1e-2)
    growth: Literal["bounded", "true-rate"] = "bounded"


def runs(params: Parameters) -> list[Run]:
    shared = params.model_dump(exclude={"alphas", "shares", "seeds"})
    shares = " ".join(map(repr, params.shares))
    return [
        Run({**shared, "shares": shares, "alpha": alpha}, seed)
        for alpha in params.alphas
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    angles = tables["angles"]
    clock = angles[angles["end"] == "clock"]
    at_t_T = exponent(clock[clock["share"] == 1.0])
    at_t_alpha = exponent(angles[angles["end"] == "growth"])
    half = {"low": 0.5 - SLACK, "high": 0.5 + SLACK}
    return [
        within(
            "A-cor53/alignment-end", "The angle at t_T is proportional to sqrt(alpha) (exponent)",
            at_t_T, f"0.5 ± {SLACK}", **half, mark=Mark.REBUILT,
        ),
        within(
            "A-cor53/growth-end", "The angle at t_alpha is proportional to sqrt(alpha) (exponent)",
            at_t_alpha, f"0.5 ± {SLACK}", **half, mark=Mark.REBUILT,
        ),
        within(
            "A-cor53/clock", "At r t_T the exponent is r/2: the reading time sets it (largest departure)",
            farthest(clock), f"0 ± {SLACK}", -SLACK, SLACK, Mark.CHOSEN,
        ),
    ]  # fmt: skip


def exponent(rows: pd.DataFrame) -> Estimate:
    """Slope of log median angle on log alpha, seeds resampled whole."""
    return slope(np.log(rows["alpha"]), np.log(rows["angle"]), rows["seed"])


def farthest(clock: pd.DataFrame) -> Estimate:
    """The exponent's departure from r/2, with its interval, at the share where it is largest."""
    rows = clock[clock["share"].between(*CLOCK_SHARES)]
    departures = [Estimate(*(np.array(exponent(one)) - share / 2)) for share, one in rows.groupby("share")]
    return max(departures, key=lambda departure: abs(departure.value))


def exponents(angles: pd.DataFrame) -> pd.DataFrame:
    """Slope and interval at every share of t_T, and at the median share of t_alpha: columns share, slope, low, high."""
    clock, growth = angles[angles["end"] == "clock"], angles[angles["end"] == "growth"]
    at_shares = [(share, *exponent(rows)) for share, rows in clock.groupby("share")]
    return pd.DataFrame(
        [*at_shares, (growth["share"].median(), *exponent(growth))], columns=["share", "slope", "low", "high"]
    )


@styled
def draw_exponents(tables):
    figure = canvas(8.4, 3.6)
    left, right = figure.subplots(1, 2)
    angles, fitted = tables["angles"], tables["exponents"]
    ends = (("growth", None, RED, r"at $t_\alpha$"), ("clock", 1.0, BLUE, "at $t_T$"))
    for end, share, colour, label in ends:
        rows = angles[angles["end"] == end]
        rows = rows if share is None else rows[rows["share"] == share]
        table = np.degrees(rows.pivot(index="seed", columns="alpha", values="angle"))
        band(left, table.columns.to_numpy(), table.to_numpy(), colour, label)
    alphas = table.columns.to_numpy()
    guide = np.median(table.to_numpy(), axis=0)[-1] * np.sqrt(alphas / alphas[-1])
    left.plot(alphas, guide, color=INK, linestyle=":", linewidth=1.2, label=r"$\propto\sqrt{\alpha}$")
    left.set(
        xscale="log", yscale="log", xlabel="α", ylabel="median angle to $x_+$ (degrees)", title="two ends"
    )
    left.grid(True)
    left.legend()
    clock, growth = fitted.iloc[:-1], fitted.iloc[-1:]
    right.plot(
        [0, clock["share"].max()], [0, clock["share"].max() / 2], color=FAINT, linestyle=":", label="$r/2$"
    )
    for rows, colour, label in ((clock, BLUE, "read at $r\\,t_T$"), (growth, RED, r"read at $t_\alpha$")):
        bars = np.abs(rows[["low", "high"]].to_numpy() - rows[["slope"]].to_numpy()).T
        right.errorbar(rows["share"], rows["slope"], bars, fmt="o", color=colour, markersize=5, label=label)
    right.set(
        xlabel="$r$ = reading time / $t_T$", ylabel="exponent of α", title="the clock sets the exponent"
    )
    right.grid(True)
    right.legend()
    return figure


def alt_exponents(tables) -> str:
    fitted = tables["exponents"]
    clock, growth = fitted.iloc[:-1].set_index("share")["slope"], fitted.iloc[-1]
    return (
        "Left, log-log plot of the median angle between positive neurons and x_plus against alpha: read at "
        "t_T it follows a line of slope one half, read at t_alpha it is nearly flat. Right, the fitted "
        f"exponent against the reading time in units of t_T: {growth.slope:.2f} at t_alpha (r = "
        f"{growth.share:.2f}), {clock.loc[1.0]:.3f} at r = 1, on the line r/2 until it drops to "
        f"{clock.iloc[-1]:.2f} at r = {clock.index[-1]:g}."
    )


def caption_exponents(tables) -> str:
    rows = tables["angles"]
    row = next(rows.itertuples(index=False))
    return (
        f"The angle at the end of Phase 1. n = {row.n}, d = {row.d}, h = {row.width}, κ = {row.kappa:g}, "
        f"{rows['seed'].nunique()} seeds; left medians and quartiles, right slopes with 95 % "
        "intervals over seeds."
    )


def summary(tables: Tables) -> Tables:
    """The tables with `exponents` added, which the figure shows."""
    return {**tables, "exponents": exponents(tables["angles"])}


ITEM = Item(
    id="A-cor53",
    title="The angle at the end of Phase 1",
    paper="A",
    kind="corollary",
    chapter="over_alignment/phase_one",
    statement="At the end of Phase 1 the angle between w_j and x_plus is proportional to sqrt(alpha).",
    mark=Mark.STATED,
    parts=("A-cor53",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=summary,
    figures=(Figure("A-cor53-exponents", draw_exponents, caption_exponents, alt_exponents),),
    controls=(
        Control(
            "large-starts",
            "Scales at which zeta < 0: the outputs bend the neurons before they have turned",
            {"alphas": [0.01, 0.03, 0.1], "seeds": 4},
            ("A-cor53/alignment-end", "A-cor53/clock"),
        ),
        Control(
            "true-rate",
            "t_alpha is built with the rate at which aligned neurons grow, in place of a bound on it",
            {"growth": "true-rate", "seeds": 4},
            ("A-cor53/growth-end",),
            Verdict.REPRODUCED,
        ),
    ),
)
