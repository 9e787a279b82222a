"""Theorem 4.1: with enough samples, the flow stops at two ReLUs, each a least-squares fit of half the data.

    For lambda <= lambda* = Theta(1/d), any m, n >= n* = Theta(d^3 log d), with probability 1 - O(d^2/n + 2^-m),
    h_{theta_infinity}(x) = (<beta_{n,+}, x>)_+ - (-<beta_{n,-}, x>)_+ on the support of mu_X.

Paper B, Section 4; the rates are rebuilt, the limit is forced by the proof. The theorem gives existence of n* and
lambda*, no constants: the grid lies inside, and three sweeps look for the edge. The paper's remark that condition 3
is there for the proof is tested by the sweep over c and by a control.
"""

from __future__ import annotations

from itertools import product
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, model_validator

from earlyalign.items.evidence import exact, interval, not_run, wilson, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.simplicity_bias import thm41_pictures as pictures
from earlyalign.simplicity_bias.thm41_runs import compute

TOLERANCE = 1e-10
FLOW_TOLERANCE = 1e-6
"""Of the adaptive integration, which hovers around its limit at a hundred times its rtol of 1e-8."""
INTERPOLATES = 1e-6
"""Mean squared residual below which a sample counts as interpolated; the noise has variance 0.2."""
LEAST_SHARE = 0.95
GAPS = {"plus_gap": "plus", "minus_gap": "minus", "prediction_gap": "prediction"}


class Sweep(Params):
    """One setting from which three sweeps start: over n (in several d), over c, over lambda (with p = 1 and 2)."""

    d: int = Field(ge=1, le=64)
    n: int = Field(ge=2, le=1_000_000)
    m: int = Field(ge=2, le=100_000)
    c: float = Field(ge=0, lt=1)
    init_scale: float = Field(gt=0, le=1)
    sample_sizes: list[Annotated[int, Field(ge=20, le=1_000_000)]] = Field(min_length=1)
    margins: list[Annotated[float, Field(ge=0, lt=1)]] = Field(min_length=1)
    init_scales: list[Annotated[float, Field(gt=0, le=1)]] = Field(min_length=1)
    time: float = Field(gt=0, le=1e9)


class Ends(Params):
    """Few and many samples, in `d` dimensions from initialisation (8), and on the circle from a Gaussian one."""

    d: int = Field(ge=1, le=64)
    small_n: int = Field(ge=2, le=1_000_000)
    plane_small_n: int = Field(ge=4, le=1_000_000)
    large_n: int = Field(ge=2, le=1_000_000)
    width: int = Field(ge=2, le=100_000)
    init_scale: float = Field(gt=0, le=1)
    power: float = Field(ge=1, le=4)
    plane_init_scale: float = Field(gt=0, le=1)
    small_time: float = Field(gt=0, le=1e9)
    large_time: float = Field(gt=0, le=1e9)
    shown_seed: int = Field(ge=0, le=10_000)


class Parameters(Params):
    """The grid is the product of its lists, `seeds` times over; time is the longest a run may take to rest."""

    dimensions: list[Annotated[int, Field(ge=1, le=64)]] = Field(min_length=1)
    sample_sizes: list[Annotated[int, Field(ge=20, le=1_000_000)]] = Field(min_length=1)
    widths: list[Annotated[int, Field(ge=2, le=100_000)]] = Field(min_length=1)
    margins: list[Annotated[float, Field(ge=0, lt=1)]] = Field(min_length=1)
    init_scales: list[Annotated[float, Field(gt=0, le=1)]] = Field(min_length=1)
    power: float = Field(ge=1, le=4)
    flow_dimensions: list[Annotated[int, Field(ge=1, le=64)]]
    flow_time: float = Field(gt=0, le=1e9)
    noise_variance: float = Field(ge=0, le=1e6)
    step: float = Field(gt=0, le=1)
    time: float = Field(gt=0, le=1e9)
    seeds: int = Field(ge=2, le=1000)
    sweep: Sweep
    ends: Ends
    sabotage: Literal["none", "ends-exchanged"] = "none"

    @model_validator(mode="after")
    def _enough_samples(self) -> Parameters:
        if min(self.sample_sizes) < 8 * max(self.dimensions):
            raise ValueError(
                "every one of sample_sizes must be at least eight times the largest of dimensions"
            )
        return self


def runs(params: Parameters) -> list[Run]:
    rows = [*grid(params), *sweeps(params), *ends(params)]
    return [Run(row, seed) for row in rows for seed in range(params.seeds)]


def setting(params: Parameters, part: str, d, n, m, c, init_scale, power, time, method="descent") -> dict:
    return {
        "kind": "agreement", "part": part, "d": d, "n": n, "m": m, "c": c, "init_scale": init_scale, "power": power,
        "noise_variance": params.noise_variance, "step": params.step, "time": time, "method": method,
    }  # fmt: skip


def grid(params: Parameters) -> list[dict]:
    """Settings inside the theorem, by descent; and one for each of `flow_dimensions` along the flow itself."""
    axes = (params.dimensions, params.sample_sizes, params.widths, params.margins, params.init_scales)
    by_descent = [
        setting(params, "grid", d, n, m, c, init_scale, params.power, params.time)
        for d, n, m, c, init_scale in product(*axes)
    ]
    n, m, c, init_scale = (values[0] for values in axes[1:])
    along_flow = [
        setting(params, "flow", d, n, m, c, init_scale, params.power, params.flow_time, "flow")
        for d in params.flow_dimensions
    ]
    return by_descent + along_flow


def sweeps(params: Parameters) -> list[dict]:
    """Settings that walk out of the theorem. In the sweep over n, both half-spaces must hold d samples: n >= 8 d."""
    s, power = params.sweep, params.power
    over_n = [
        setting(params, "over n", d, n, s.m, s.c, s.init_scale, power, s.time)
        for d, n in product(params.dimensions, s.sample_sizes)
        if n >= 8 * d
    ]
    over_c = [setting(params, "over c", s.d, s.n, s.m, c, s.init_scale, power, s.time) for c in s.margins]
    over_lambda = [
        setting(params, "over lambda", s.d, s.n, s.m, s.c, scale, p, s.time)
        for scale, p in product(s.init_scales, (1.0, power))
    ]
    return over_n + over_c + over_lambda


def ends(params: Parameters) -> list[dict]:
    e = params.ends
    shared = {"m": e.width, "c": params.sweep.c, "noise_variance": params.noise_variance}
    in_space = {"kind": "opposite ends", "d": e.d, "init_scale": e.init_scale, "power": e.power, **shared}
    in_plane = {
        "kind": "circle",
        "d": 2,
        "init_scale": e.plane_init_scale,
        "shown_seed": e.shown_seed,
        **shared,
    }
    few, many = (e.small_n, e.small_time), (e.large_n, e.large_time)
    if params.sabotage == "ends-exchanged":
        few, many = many, few
    return [
        {**in_space, "n": few[0], "time": few[1], "end": "small"},
        {**in_space, "n": many[0], "time": many[1], "end": "large"},
        {**in_plane, "n": e.plane_small_n, "time": e.small_time, "end": "small"},
        {**in_plane, "n": e.large_n, "time": e.large_time, "end": "large"},
    ]


def claims(tables: dict[str, pd.DataFrame], params: Parameters) -> list[Claim]:
    return [*agreement_claims(tables["agreement"]), *end_claims(tables["ends"])]


def agreement_claims(agreement: pd.DataFrame) -> list[Claim]:
    grid, flow = (agreement[agreement["part"] == part] for part in ("grid", "flow"))
    words = {
        "plus": "The positive neurons sum to the OLS estimator of S_+ (worst of the grid)",
        "minus": "The negative neurons sum to the OLS estimator of S_- (worst of the grid)",
        "prediction": "The network predicts as the two ReLUs of the theorem do (worst of the grid)",
    }
    worst = [
        exact(f"B-thm41/{name}", words[name], grid[column].max(), TOLERANCE, Mark.REBUILT)
        for column, name in GAPS.items()
    ]
    holds = agrees(grid)
    share = within(
        "B-thm41/share", "Within the grid, the limit is the stated one with high probability (share of runs)",
        wilson(int(holds.sum()), len(holds)), f"at least {LEAST_SHARE}", low=LEAST_SHARE, mark=Mark.REBUILT,
    )  # fmt: skip
    return [*worst, share, flow_claim(flow)]


def flow_claim(flow: pd.DataFrame) -> Claim:
    id, words = "B-thm41/flow", "The adaptive integration of the flow ends at the same limit as descent"
    if flow.empty:
        return not_run(id, words, f"at most {FLOW_TOLERANCE:.0e}", Mark.REBUILT)
    return exact(id, words, flow[list(GAPS)].to_numpy().max(), FLOW_TOLERANCE, Mark.REBUILT)


def agrees(rows: pd.DataFrame) -> pd.Series:
    """Whether a run meets the theorem's limit in all three distances."""
    return rows[list(GAPS)].max(axis=1) <= TOLERANCE


def end_claims(ends: pd.DataFrame) -> list[Claim]:
    small, large = (ends[ends["end"] == end] for end in ("small", "large"))
    return [
        within(
            "B-thm41/few-interpolate", "With few samples, the same network and start interpolate (share of seeds)",
            wilson(int((small["train_loss"] <= INTERPOLATES).sum()), len(small)), "above 1/2", low=0.5,
        ),
        within(
            "B-thm41/many-do-not", "With many samples, it stops at the train loss of least squares (ratio)",
            interval(large["train_loss"] / large["ols_train_loss"]), "1 ± 0.02", 0.98, 1.02,
        ),
    ]  # fmt: skip


BROKEN = ("B-thm41/plus", "B-thm41/minus", "B-thm41/prediction", "B-thm41/share")
SMALL_GRID = {"dimensions": [5], "sample_sizes": [1000], "widths": [10]}
"""As much of the grid as a control of something else needs."""

ITEM = Item(
    id="B-thm41",
    title="Convergence to the two OLS estimators",
    paper="B",
    kind="theorem",
    chapter="simplicity_bias/two_ols_estimators",
    statement="For n >= n* and lambda <= lambda*, the flow converges to (<beta_+, x>)_+ - (-<beta_-, x>)_+.",
    mark=Mark.REBUILT,
    parts=("B-thm41",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(
        Figure("B-thm41-circle", pictures.draw_circle, pictures.caption_circle, pictures.describe_circle),
        Figure("B-thm41-grid", pictures.draw_grid, pictures.caption_grid, pictures.describe_grid),
        Figure("B-thm41-limits", pictures.draw_limits, pictures.caption_limits, pictures.describe_limits),
    ),
    controls=(
        Control(
            "large-init",
            "λ = 1: norms are of order one from the start, no early alignment",
            {
                "dimensions": [5],
                "sample_sizes": [1000],
                "widths": [50],
                "init_scales": [1.0],
                "flow_dimensions": [],
            },
            BROKEN,
        ),
        Control(
            "no-margin",
            "Condition 3 dropped: plain Gaussian inputs, c = 0",
            {
                "dimensions": [5],
                "sample_sizes": [1000],
                "widths": [50],
                "margins": [0.0],
                "flow_dimensions": [],
            },
            BROKEN,
        ),
        Control(
            "flow-cut-short",
            "the flow is integrated to time 5, when its neurons still grow",
            {**SMALL_GRID, "flow_dimensions": [2], "flow_time": 5.0},
            ("B-thm41/flow",),
        ),
        Control(
            "ends-exchanged",
            "the few samples are taken for the many and the many for the few",
            {**SMALL_GRID, "flow_dimensions": [], "sabotage": "ends-exchanged"},
            ("B-thm41/few-interpolate", "B-thm41/many-do-not"),
        ),
    ),
)
