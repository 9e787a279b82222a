"""Theorem 5.1: a positive neuron that sees every positive sample and no negative one turns towards x_plus at least
like

    psi_j(t) >= sqrt(zeta) tanh((t - t_1) ||x_plus|| sqrt(zeta)),
    zeta = 1 - 4 alpha n sqrt(h) x_max^2 Wt_max^2 / ||x_plus||,

from the time t_1 at which it first does so, up to t_alpha, provided zeta > 0. Paper A, Section 5; stated. On
orthogonally separable samples such a neuron stays one: each positive pre-activation rises and each negative one
falls. The bound is also read at the later end t_T = log(1 / (sqrt(h) alpha)) / (2 ||x_plus||), where the tanh has
saturated and what is left of it is the cone 1 - psi^2 <= 1 - zeta."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from earlyalign.items.evidence import exact, interval, within
from earlyalign.items.item import Claim, Control, Fault, Figure, Item, Mark
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.early_phases import thm51_faults as faults
from earlyalign.over_alignment.early_phases.thm51_figures import (
    alt_bound,
    alt_reach,
    caption_bound,
    caption_reach,
    draw_bound,
    draw_reach,
)
from earlyalign.over_alignment.early_phases.thm51_runs import compute
from earlyalign.over_alignment.params import ProblemParams

TOLERANCE = 1e-6
"""Of the solver's cosine; the bound may be passed by no more."""


class Parameters(ProblemParams):
    """alphas: scales of the start; shown_alphas and shown_seed: whose neurons are drawn; optimum: the scale below
    which, by A-fig5, no error is least."""

    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=1)
    shown_alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=1)
    shown_seed: int = Field(ge=0, le=10_000)
    optimum: float = Field(gt=0, le=1e3)
    rtol: float = Field(gt=0, le=1e-2)


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


def claims(tables: Tables, params: Parameters) -> list[Claim]:
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
        Figure("A-thm51-bound", draw_bound, caption_bound, alt_bound),
        Figure("A-thm51-reach", draw_reach, caption_reach, alt_reach),
    ),
    controls=(
        Control(
            "both-classes",
            "x_plus sums the samples of both classes, which doubles the rate",
            {"alphas": [1e-7, 1e-4], "seeds": 2},
            ("A-thm51/bound", "A-thm51/beyond"),
            fault=Fault(faults.both_classes),
        ),
        Control(
            "wrong-width",
            "zeta with 1 / sqrt(h) in place of sqrt(h)",
            {"alphas": [1e-7, 1e-4], "seeds": 4},
            ("A-thm51/cone",),
            fault=Fault(faults.wrong_width),
        ),
        Control(
            "tiny-inputs",
            "Short inputs in the plane and four neurons: zeta stays positive up to large starts",
            {"d": 2, "width": 4, "kappa": 0.2, "sigma": 0.05},
            ("A-thm51/vacuous",),
        ),
    ),
)
