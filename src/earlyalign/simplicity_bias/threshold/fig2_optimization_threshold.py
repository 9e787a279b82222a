"""Figure 2: train and test loss at convergence against the number of samples (Paper B, Section 5 and Appendix A.1).

The paper trains with SGD until "the training seems stabilized". Here SGD stands beside the full-batch gradient flow,
which is what Theorem 4.1 is about, on the same samples from the same initialisation, and both are judged at three
horizons: a network on a plateau and a network at rest look the same until one waits.
"""

from __future__ import annotations

import pandas as pd

from earlyalign.items.evidence import interval, within
from earlyalign.items.item import Claim, Control, Item, Mark
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.threshold.claims import generalisation_claims, train_claims
from earlyalign.simplicity_bias.threshold.controls import (
    few_samples,
    from_size,
    lazy,
    line,
    many_samples,
)
from earlyalign.simplicity_bias.threshold.figures import panels
from earlyalign.simplicity_bias.threshold.params import SweepParams, runs
from earlyalign.simplicity_bias.threshold.runs import PRECISION, compute
from earlyalign.simplicity_bias.threshold.statistics import at_horizon

METHODS = ("flow", "sgd")


def claims(tables: Tables, params: SweepParams) -> list[Claim]:
    both = {"flow", "sgd"} <= set(params.methods)
    return [
        *train_claims("B-fig2a", tables, params),
        *([_noise_erodes(tables, params)] if both else []),
        *generalisation_claims("B-fig2b", tables, params),
    ]


def _noise_erodes(tables: Tables, params: SweepParams) -> Claim:
    """Ours, not the paper's: just past the threshold mini-batch noise takes SGD further below OLS than the flow."""
    n = sorted(params.sample_sizes)[-3:][0]
    flow, sgd = (_ratios(tables, method, n) for method in ("flow", "sgd"))
    return within(
        "B-fig2a/noise-erodes",
        f"Mini-batch noise erodes the spurious minimum (n = {n}): train loss over OLS's, flow less SGD, seed by seed",
        interval(flow - sgd),
        "above 0",
        low=0.0,
        mark=Mark.CHOSEN,
    )


def _ratios(tables: Tables, method: str, n: int) -> pd.Series:
    rows = at_horizon(tables, method)
    return rows[rows["n"] == n].set_index("seed")["train_ratio"]


ITEM = Item(
    id="B-fig2",
    title="Optimization threshold: train and test loss against n",
    paper="B",
    kind="figure",
    chapter="simplicity_bias/optimization_threshold",
    statement=(
        "Below some number of samples an overparametrised network interpolates and tests badly; above it, training "
        "ends near ordinary least squares and tests nearly as well."
    ),
    mark=Mark.STATED,
    parts=("B-fig2a", "B-fig2b"),
    params=SweepParams,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=panels("B-fig2", "linear teacher"),
    controls=(
        many_samples("B-fig2", METHODS, (5000, 10000)),
        few_samples("B-fig2", METHODS, (20, 50)),
        lazy("B-fig2", METHODS, sample_sizes=(50, 2000), horizon=300.0),
        from_size("B-fig2", METHODS, (500, 1000, 2000)),
        Control(
            "below-the-threshold",
            "At n = 200 there is no minimum to erode: noise only slows the way to interpolation",
            {"sample_sizes": (200, 500, 1000), "small_n": 200},
            ("B-fig2a/noise-erodes",),
        ),
        line("B-fig2", METHODS, horizon=20000.0),
    ),
    precision=PRECISION,
)
