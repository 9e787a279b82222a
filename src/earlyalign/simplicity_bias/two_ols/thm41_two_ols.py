"""Theorem 4.1: with enough samples, the flow stops at two ReLUs, each a least-squares fit of half the data.

    For lambda <= lambda* = Theta(1/d), any m, n >= n* = Theta(d^3 log d), with probability 1 - O(d^2/n + 2^-m),
    h_{theta_infinity}(x) = (<beta_{n,+}, x>)_+ - (-<beta_{n,-}, x>)_+ on the support of mu_X.

Paper B, Section 4; the rates are rebuilt, the limit is forced by the proof. The theorem gives existence of n* and
lambda*, no constants: the grid lies inside, and three sweeps look for the edge. The paper's remark that condition 3
is there for the proof is tested by the sweep over c and by a control.
"""

from __future__ import annotations

import pandas as pd

from earlyalign.items.evidence import exact, interval, not_run, wilson, within
from earlyalign.items.item import Claim, Control, Item, Mark
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.two_ols import thm41_faults as faults
from earlyalign.simplicity_bias.two_ols import thm41_figures as figures
from earlyalign.simplicity_bias.two_ols.thm41_params import Parameters, runs
from earlyalign.simplicity_bias.two_ols.thm41_runs import compute

TOLERANCE = 1e-10
FLOW_TOLERANCE = 1e-6
"""Of the adaptive integration, which hovers around its limit at a hundred times its rtol of 1e-8."""
INTERPOLATES = 1e-6
"""Mean squared residual below which a sample counts as interpolated; the noise has variance 0.2."""
LEAST_SHARE = 0.95
GAPS = {"plus_gap": "plus", "minus_gap": "minus", "prediction_gap": "prediction"}


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """The limit inside the grid and along the flow, then few samples against many."""
    return [*agreement_claims(tables["agreement"]), *end_claims(tables["ends"])]


def agreement_claims(agreement: pd.DataFrame) -> list[Claim]:
    """Distances from the limit, over the grid and along the flow."""
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
    """The distance along the flow itself, if this profile integrates it."""
    id, words = "B-thm41/flow", "The adaptive integration of the flow ends at the same limit as descent"
    if flow.empty:
        return not_run(id, words, f"at most {FLOW_TOLERANCE:.0e}", Mark.REBUILT)
    return exact(id, words, flow[list(GAPS)].to_numpy().max(), FLOW_TOLERANCE, Mark.REBUILT)


def agrees(rows: pd.DataFrame) -> pd.Series:
    """Whether a run meets the theorem's limit in all three distances."""
    return rows[list(GAPS)].max(axis=1) <= TOLERANCE


def end_claims(ends: pd.DataFrame) -> list[Claim]:
    """Few samples are interpolated, many are not."""
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
    figures=figures.FIGURES,
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
            {**SMALL_GRID, "flow_dimensions": []},
            ("B-thm41/few-interpolate", "B-thm41/many-do-not"),
            replaces={"summary": faults.ends_exchanged},
        ),
    ),
)
