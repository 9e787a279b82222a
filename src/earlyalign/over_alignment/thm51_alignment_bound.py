"""Theorem 5.1: a positive neuron that sees every positive sample and no negative one turns towards x_plus at least
like

    psi_j(t) >= sqrt(zeta) tanh((t - t_1) ||x_plus|| sqrt(zeta)),
    zeta = 1 - 4 alpha n sqrt(h) x_max^2 Wt_max^2 / ||x_plus||,

from the time t_1 at which it first does so, up to t_alpha, provided zeta > 0. Paper A, Section 5; stated. On
orthogonally separable samples such a neuron stays one: each positive pre-activation rises and each negative one
falls. The bound is also read at the later end t_T = log(1 / (sqrt(h) alpha)) / (2 ||x_plus||), where the tanh has
saturated and what is left of it is the cone 1 - psi^2 <= 1 - zeta."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.items.evidence import exact, interval, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.run import Run
from earlyalign.over_alignment.problem import Problem, Setting, problem, rows
from earlyalign.over_alignment.thm51_pictures import (
    caption_bound,
    caption_reach,
    describe_bound,
    describe_reach,
    draw_bound,
    draw_reach,
)
from earlyalign.theory.phase_one import alignment_bound

TOLERANCE = 1e-6
"""Of the solver's cosine; the bound may be passed by no more."""
GRID = 120
"""Times read in [0, t_alpha], and again in [t_alpha, t_T]."""


class Parameters(Setting):
    """alphas: scales of the start; shown_alphas and shown_seed: whose neurons are drawn; optimum: the scale below
    which, by A-fig5, no error is least."""

    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=1)
    shown_alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=1)
    shown_seed: int = Field(ge=0, le=10_000)
    optimum: float = Field(gt=0, le=1e3)
    rtol: float = Field(gt=0, le=1e-2)
    sabotage: Literal["none", "both-classes", "wrong-width"] = "none"


def runs(params: Parameters) -> list[Run]:
    shared = params.model_dump(exclude={"alphas", "shown_alphas", "seeds"})
    return [
        Run(
            {**shared, "alpha": alpha, "shown": alpha in params.shown_alphas and seed == params.shown_seed},
            seed,
        )
        for alpha in sorted({*params.alphas, *params.shown_alphas})
        for seed in range(params.seeds)
    ]


def compute(run: Run, checkpoint) -> dict:
    """Table `neurons`: for each positive neuron t_1, the largest excess of the bound over psi up to t_alpha and up to
    t_T (nan where zeta <= 0 or the neuron is not yet in), and 1 - psi^2 at t_T. Table `problems`: zeta, its zero,
    both ends and x_plus. Table `curves`: psi over time of one seed's positive neurons, with the bound."""
    config = run.config
    start = problem(config, run.seed)
    rate, value = claimed(start, config["sabotage"])
    ends = start.growth_end, start.alignment_end
    times = np.concatenate([np.linspace(0, ends[0], GRID), np.linspace(*ends, GRID)[1:]])
    inner = start.follow(times=times, rtol=config["rtol"]).inner[0][:, start.net.positive]
    cosines = inner @ start.sample.x_plus / start.pull / np.linalg.norm(inner, axis=2)
    arrivals = first_inside(inner, start)
    begun = np.where(arrivals < len(times), times[np.minimum(arrivals, len(times) - 1)], np.nan)
    bounds = alignment_bound(times[:, None], begun, rate, value)
    excess = bounds - cosines
    tables = {
        "neurons": rows(
            start=begun, excess=largest(excess[:GRID]), excess_beyond=largest(excess),
            deficit=np.where(np.isfinite(begun), 1 - cosines[-1] ** 2, np.nan),
            inside_early=arrivals < GRID, zeta=value,
        ),
        "problems": rows(
            zeta=value, vacuous_from=start.vacuous_from, growth_end=ends[0], alignment_end=ends[1], pull=start.pull
        ),
    }  # fmt: skip
    if config["shown"]:
        count = cosines.shape[1]
        tables["curves"] = rows(
            time=np.repeat(times, count), neuron=np.tile(np.arange(count), len(times)),
            cosine=cosines.ravel(), bound=bounds.ravel(), zeta=value, growth_end=ends[0], pull=start.pull,
        )  # fmt: skip
    return tables


def claimed(start: Problem, sabotage: str) -> tuple[float, float]:
    """The rate and the zeta that the bound is built with. The controls' errors: the rate of both classes' samples,
    and 1 / sqrt(h) in place of sqrt(h)."""
    if sabotage == "both-classes":
        return float(np.linalg.norm(start.sample.labels @ start.sample.inputs)), start.zeta
    if sabotage == "wrong-width":
        return start.pull, 1 - (1 - start.zeta) / start.net.width
    return start.pull, start.zeta


def first_inside(inner: np.ndarray, start: Problem) -> np.ndarray:
    """(m,) index of the time from which each neuron is active on every positive and no negative sample, to the end;
    the number of times if never. inner (T, m, d)."""
    heights = inner @ start.sample.inputs.T
    positive = start.sample.labels > 0
    inside = (heights[..., positive] > 0).all(axis=2) & (heights[..., ~positive] <= 0).all(axis=2)
    return len(inner) - np.logical_and.accumulate(inside[::-1]).sum(axis=0)


def largest(excess: np.ndarray) -> np.ndarray:
    """(m,) maximum over the times, of those that are numbers; nan if none is. excess (T, m)."""
    filled = np.where(np.isnan(excess), -np.inf, excess).max(axis=0)
    return np.where(np.isfinite(filled), filled, np.nan)


def claims(tables: dict[str, pd.DataFrame], params: Parameters) -> list[Claim]:
    neurons, problems = tables["neurons"], tables["problems"]
    spoken = neurons[neurons["zeta"] > 0]
    used = (spoken["deficit"] / (1 - spoken["zeta"])).groupby(spoken["seed"]).max()
    return [
        exact(
            "A-thm51/bound", "Up to t_alpha no neuron falls below the bound (largest excess of the bound)",
            spoken["excess"].max(), TOLERANCE,
        ),
        exact(
            "A-thm51/beyond", "Nor up to t_T, past what the theorem covers (largest excess of the bound)",
            spoken["excess_beyond"].max(), TOLERANCE, Mark.CHOSEN,
        ),
        within(
            "A-thm51/cone", "At t_T every neuron lies in the cone psi^2 >= zeta (share of 1 - zeta used by the worst)",
            interval(used), "at most 1", high=1.0, mark=Mark.REBUILT,
        ),
        within(
            "A-thm51/vacuous", "The bound is silent where the error is least: zeta vanishes below that alpha",
            interval(problems.groupby("seed")["vacuous_from"].first()), f"below {params.optimum:g}",
            high=params.optimum, mark=Mark.CHOSEN,
        ),
    ]  # fmt: skip


ITEM = Item(
    id="A-thm51",
    title="Alignment in Phase 1",
    paper="A",
    kind="theorem",
    chapter="over_alignment/phase_one",
    statement="psi_j(t) >= sqrt(zeta) tanh((t - t_1) ||x_plus|| sqrt(zeta)) while zeta > 0, up to t_alpha.",
    mark=Mark.STATED,
    parts=("A-thm51",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(
        Figure("A-thm51-bound", draw_bound, caption_bound, describe_bound),
        Figure("A-thm51-reach", draw_reach, caption_reach, describe_reach),
    ),
    controls=(
        Control(
            "both-classes",
            "x_plus sums the samples of both classes, which doubles the rate",
            {"sabotage": "both-classes", "alphas": [1e-7, 1e-4], "seeds": 2},
            ("A-thm51/bound", "A-thm51/beyond"),
        ),
        Control(
            "wrong-width",
            "zeta with 1 / sqrt(h) in place of sqrt(h)",
            {"sabotage": "wrong-width", "alphas": [1e-7, 1e-4], "seeds": 4},
            ("A-thm51/cone",),
        ),
        Control(
            "tiny-inputs",
            "Short inputs in the plane and four neurons: zeta stays positive up to large starts",
            {"d": 2, "h": 4, "kappa": 0.2, "sigma": 0.05},
            ("A-thm51/vacuous",),
        ),
    ),
)
