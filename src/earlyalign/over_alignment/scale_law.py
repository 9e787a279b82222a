"""A-scale: the optimal scale of initialisation against sample size and width, alpha* ~ n^-1 h^-1/2.

Paper A, Section 5.4; stated as c* ~ n^-2 h^-1 with c = alpha^2. Each law of data, error and size has its own exponent,
with an interval from resampled seeds; none is averaged with another. alpha* is the vertex of a parabola in log alpha
through the points about the least mean.

Past the paper: where the optimum lies over (kappa/sigma, d/n); whether a seed with a larger angle phi has a larger
alpha*; and whether the sample alone can tell its alpha*.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.stats import spearmanr

from earlyalign.items.evidence import covers, interval, not_run, wilson, within
from earlyalign.items.item import Claim, Control, Item, Mark, Verdict
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment import scale_pictures
from earlyalign.over_alignment.optimum import ERRORS, REACH
from earlyalign.over_alignment.scale_readings import AXES, summary
from earlyalign.over_alignment.sweep_runs import compute

SLACK = 0.2
FALLS = -0.05
LEAST_GAIN = 0.02
SAVES = 0.01
"""Points by which the rule must beat the constant."""

LAWS = {"separable": 0.0, "free": None}
TOLD = {"separable": "separable by rejection", "free": "no separability"}
SIZES = {"n": "n", "width": "h"}
RESAMPLES = 1000
DIGITS = 6
"""Of an exponent; what follows is the rounding of logarithms."""

SHARED = {
    "base_n", "base_width", "eta", "alpha_low", "alpha_high", "alpha_count", "lines", "rtol", "variant", "sabotage",
}  # fmt: skip
"""Parameters that every run's config holds."""


class Parameters(Params):
    """The base cell (base_n, base_width), sizes along each axis; seeds a law; the map over kappas and ratios d/n at
    base_n, without separability asked. lawful: alpha is told in units of the law, n^-1 h^-1/2."""

    d: int = Field(ge=2, le=1000)
    kappa: float = Field(gt=0, le=1e3)
    base_n: int = Field(ge=2, le=2000)
    base_width: int = Field(ge=2, le=2000)
    sample_sizes: list[Annotated[int, Field(ge=2, le=2000)]] = Field(min_length=1)
    widths: list[Annotated[int, Field(ge=2, le=2000)]] = Field(min_length=1)
    separable_seeds: int = Field(ge=0, le=10_000)
    free_seeds: int = Field(ge=0, le=10_000)
    kappas: list[Annotated[float, Field(gt=0, le=1e3)]]
    ratios: list[Annotated[float, Field(gt=0, le=100)]]
    map_seeds: int = Field(ge=0, le=10_000)
    eta: float = Field(gt=0, lt=1.38)
    alpha_low: float = Field(gt=0, le=1e6)
    alpha_high: float = Field(gt=0, le=1e6)
    alpha_count: int = Field(ge=5, le=100)
    lines: int = Field(ge=16, le=1_000_000)
    rtol: float = Field(gt=0, le=1e-2)
    variant: Literal["plain", "positives"] = "plain"
    lawful: bool = False
    sabotage: Literal["none", "copies", "other-sample", "rule-inverted"] = "none"


def runs(params: Parameters) -> list[Run]:
    shared = params.model_dump(include=SHARED) | ({"lawful": True} if params.lawful else {})
    cells = [(n, params.base_width) for n in params.sample_sizes]
    cells += [(params.base_n, h) for h in params.widths if h != params.base_width]
    found = []
    for law, separability in LAWS.items():
        for n, width in cells:
            config = {
                "part": "law", "law": law, "n": n, "width": width, "d": params.d, "kappa": params.kappa,
                "separability": separability, **shared,
            }  # fmt: skip
            found += [Run(config, seed) for seed in range(getattr(params, f"{law}_seeds"))]
    for kappa in params.kappas:
        for ratio in params.ratios:
            config = {
                "part": "map", "law": "free", "n": params.base_n, "width": params.base_width,
                "d": round(ratio * params.base_n), "kappa": kappa, "separability": None, **shared,
            }  # fmt: skip
            found += [Run(config, 10_000 + seed) for seed in range(params.map_seeds)]
    return found


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    return [
        *law_claims(tables),
        *arm_claims(tables),
        *angle_claims(tables),
        *rule_claims(tables),
        *map_claims(tables),
    ]


def law_claims(tables: Tables) -> list[Claim]:
    """Two claims an exponent: its sign, and its size."""
    table = tables["exponents"]
    table = table[table["reach"] == REACH].set_index(["law", "error", "size"])
    found = []
    for law in LAWS:
        mark = Mark.CHOSEN if law == "free" else Mark.STATED
        for error, name in ERRORS.items():
            for size, target in AXES.items():
                id = f"A-scale/{law}-{error}-{SIZES[size]}"
                falls = f"{TOLD[law]}, {name}: alpha* falls with {SIZES[size]} (exponent)"
                law_words = f"{TOLD[law]}, {name}: alpha* ∝ {SIZES[size]}^{target:g}"
                if (law, error, size) not in table.index:
                    found += [
                        not_run(f"{id}-falls", falls, "below 0", mark),
                        not_run(id, law_words, f"{target:g}", mark),
                    ]
                    continue
                told = tuple(
                    round(float(value), DIGITS)
                    for value in table.loc[(law, error, size), ["exponent", "low", "high"]]
                )
                found += [
                    within(f"{id}-falls", falls, told, f"below {FALLS:g}", high=FALLS, mark=mark),
                    covers(id, law_words, told, target, SLACK, mark),
                ]
    return found


def arm_claims(tables: Tables) -> list[Claim]:
    """Whether the optimum is there at all at the largest n, in the paper's own law."""
    optimum = tables["optimum"].query("part == 'law' and law == 'separable' and width == base_width")
    found = []
    for error, name in ERRORS.items():
        id, words = (
            f"A-scale/arm-{error}",
            f"separable by rejection, {name}: an interior optimum at the largest n (points)",
        )
        rows = optimum[optimum["error"] == error]
        if rows.empty:
            found.append(not_run(id, words, f"above {LEAST_GAIN:g}"))
            continue
        last = rows.loc[rows["n"].idxmax()]
        told = (last["gain"], last["gain"] - 2 * last["gain_se"], last["gain"] + 2 * last["gain_se"])
        found.append(within(id, words, told, f"above {LEAST_GAIN:g}", low=LEAST_GAIN))
    return found


def correlation(rows: pd.DataFrame, x: str, y: str) -> tuple[float, float, float]:
    """Spearman's correlation over seeds with a percentile bootstrap interval."""
    values, rng = rows[[x, y]].to_numpy(float), np.random.default_rng(0)
    picks = rng.integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile([rank_correlation(values[pick]) for pick in picks], (0.025, 0.975))
    return rank_correlation(values), float(low), float(high)


def rank_correlation(values: np.ndarray) -> float:
    """Spearman's correlation of the columns of values (k, 2); 0 where one of them does not vary."""
    if np.any(np.ptp(values, axis=0) == 0):
        return 0.0
    return float(spearmanr(*values.T).statistic)


def angle_claims(tables: Tables) -> list[Claim]:
    found = []
    for law in LAWS:
        rows = tables["by_seed"].query("law == @law")
        for error, name in ERRORS.items():
            id = f"A-scale/{law}-{error}-angle"
            words = f"{TOLD[law]}, {name}: seeds with larger phi have larger alpha* (rank correlation)"
            if len(rows) < 10:
                found.append(not_run(id, words, "above 0.1", Mark.CHOSEN))
            else:
                found.append(
                    within(id, words, correlation(rows, "phi", error), "above 0.1", low=0.1, mark=Mark.CHOSEN)
                )
    return found


def rule_claims(tables: Tables) -> list[Claim]:
    """The rule against one constant alpha for everybody, over all cells that did not set either."""
    found, expected = [], f"below −{SAVES:g}"
    for error, name in ERRORS.items():
        rows = tables["rule"].query("error == @error")
        id, words = (
            f"A-scale/rule-{error}",
            f"{name}: alpha from the sample beats one constant alpha on fresh laws (points)",
        )
        if rows.empty:
            found.append(not_run(id, words, expected, Mark.CHOSEN))
            continue
        saved = rows.assign(saved=rows["rule"] - rows["constant"]).groupby("seed")["saved"].mean()
        found.append(within(id, words, interval(saved, np.mean), expected, high=-SAVES, mark=Mark.CHOSEN))
    return found


def map_claims(tables: Tables) -> list[Claim]:
    optimum = tables["optimum"].query("part == 'map'")
    found = []
    for error, name in ERRORS.items():
        rows = optimum[optimum["error"] == error]
        id, words = (
            f"A-scale/map-{error}",
            f"{name}: cells of the map with a gain of more than two standard errors (share)",
        )
        if rows.empty:
            found.append(not_run(id, words, "above 0.5", Mark.CHOSEN))
            continue
        sure = int((rows["gain"] > np.maximum(2 * rows["gain_se"], 1e-9)).sum())
        found.append(within(id, words, wilson(sure, len(rows)), "above 0.5", low=0.5, mark=Mark.CHOSEN))
    return found


EXPONENTS = tuple(
    f"A-scale/{law}-{error}-{size}{end}"
    for law in LAWS
    for error in ERRORS
    for size in SIZES.values()
    for end in ("", "-falls")
)
NO_MAP = {"kappas": [], "ratios": [], "map_seeds": 0}

ITEM = Item(
    id="A-scale",
    title="The scaling law of the optimum",
    paper="A",
    kind="law",
    chapter="over_alignment/scaling_law",
    statement="The optimal multiplier obeys c* ~ n^-2 h^-1, so alpha* ~ n^-1 h^-1/2.",
    mark=Mark.STATED,
    parts=("A-scale",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=summary,
    figures=scale_pictures.PICTURES,
    controls=(
        Control(
            "copies", "n counts copies of the same samples, and h copies of the same neurons that leave f unchanged",
            {
                "sabotage": "copies", "base_n": 10, "base_width": 25, "sample_sizes": [10, 20], "widths": [25, 50],
                "separable_seeds": 8, "free_seeds": 8, **NO_MAP,
            },
            EXPONENTS,
        ),
        Control(
            "copies-in-its-units", "The same copies, alpha told in units of the law: every optimum obeys it",
            {
                "sabotage": "copies", "lawful": True, "base_n": 10, "base_width": 25, "sample_sizes": [10, 20],
                "widths": [25, 50], "separable_seeds": 8, "free_seeds": 8, **NO_MAP,
            },
            EXPONENTS, Verdict.REPRODUCED,
        ),
        Control(
            "wide-copies", "Widths are copies, alpha told in units of the law, which the rule knows",
            {
                "sabotage": "copies", "lawful": True, "base_width": 25, "sample_sizes": [20], "widths": [25, 400],
                "separable_seeds": 16, "free_seeds": 8, **NO_MAP,
            },
            ("A-scale/rule-predictor", "A-scale/rule-network"), Verdict.REPRODUCED,
        ),
        Control(
            "few-samples", "The largest n is ten",
            {"sample_sizes": [10], "widths": [50], "separable_seeds": 40, "free_seeds": 0, **NO_MAP},
            ("A-scale/arm-predictor", "A-scale/arm-network"), Verdict.REPRODUCED,
        ),
        Control(
            "other-sample", "phi is that of another sample",
            {
                "sabotage": "other-sample", "sample_sizes": [20], "widths": [50], "separable_seeds": 80,
                "free_seeds": 40, **NO_MAP,
            },
            tuple(f"A-scale/{law}-{error}-angle" for law in LAWS for error in ERRORS),
        ),
        Control(
            "rule-inverted", "The rule is turned upside down",
            {
                "sabotage": "rule-inverted", "sample_sizes": [20, 40], "widths": [50], "separable_seeds": 10,
                "free_seeds": 10, **NO_MAP,
            },
            ("A-scale/rule-predictor", "A-scale/rule-network"),
        ),
        Control(
            "positives-only", "Networks are trained on positive samples only",
            {"variant": "positives", "sample_sizes": [20, 80], "widths": [50], "separable_seeds": 10, "free_seeds": 0,
             "map_seeds": 6},
            ("A-scale/arm-predictor", "A-scale/arm-network", "A-scale/map-predictor", "A-scale/map-network"),
        ),
    ),
)  # fmt: skip
