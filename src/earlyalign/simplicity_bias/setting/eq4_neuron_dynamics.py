"""Equation (4): the dynamics of one neuron, and the set of pulls it may feel at a kink.

    w_i' in a_i D_n(w_i, theta),   a_i' in <w_i, D_n(w_i, theta)>,
    D_n(w, theta) = {1/n sum_k eta_k (y_k - h_theta(x_k)) x_k : eta_k in the subdifferential of relu at <w, x_k>}.

Paper B, Section 2; rebuilt. Away from kinks it must be minus the gradient of L, so automatic differentiation judges
it. At a kink torch picks one subgradient of many; whichever spelling of ReLU it is given, the pick must lie in the set.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from earlyalign.items.evidence import exact
from earlyalign.items.item import Claim, Control, Fault, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.setting import eq4_faults as faults
from earlyalign.simplicity_bias.setting.eq4_runs import compute

TOLERANCE = 1e-12


class Parameters(Params):
    """dimensions, sample_sizes, widths: every combination is tried with every seed."""

    dimensions: list[Annotated[int, Field(ge=2, le=1000)]] = Field(min_length=1)
    sample_sizes: list[Annotated[int, Field(ge=2, le=100_000)]] = Field(min_length=1)
    widths: list[Annotated[int, Field(ge=2, le=100_000)]] = Field(min_length=1)
    walls: int = Field(ge=1, le=64)
    seeds: int = Field(ge=2, le=1000)


def runs(params: Parameters) -> list[Run]:
    """One run for every dimension, sample size, width and seed."""
    return [
        Run({"d": d, "n": n, "width": width, "walls": params.walls}, seed)
        for d in params.dimensions
        for n in params.sample_sizes
        for width in params.widths
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """The identity off kinks and, on them, membership in the set: each to rounding."""
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
            {},
            ("B-eq4/autodiff", "B-eq4/kinks", "B-eq4/outer"),
            fault=Fault(faults.wrong_sign),
        ),
    ),
)
