"""The claims of A-scale: exponents, arms, angle, rule and map."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from earlyalign.items.evidence import Estimate, covers, interval, not_run, wilson, within
from earlyalign.items.item import Claim, Mark
from earlyalign.items.params import Params
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep.scale_statistics import AXES, ENDS
from earlyalign.over_alignment.alpha_sweep.statistics import ERRORS, REACH

SLACK = 0.2
FALLS = -0.05
LEAST_GAIN = 0.02
SAVES = 0.01
"""Points by which the rule must beat the constant."""

TOLD = {"separable": "separable by rejection", "free": "no separability"}
SIZES = {"n": "n", "width": "h"}
RESAMPLES = 1000
DIGITS = 6
"""Of an exponent; what follows is the rounding of logarithms."""


def claims(tables: Tables, params: Params) -> list[Claim]:
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
    judged = []
    for law in TOLD:
        mark = Mark.CHOSEN if law == "free" else Mark.STATED
        for error, name in ERRORS.items():
            for size, target in AXES.items():
                id = f"A-scale/{law}-{error}-{SIZES[size]}"
                falls = f"{TOLD[law]}, {name}: alpha* falls with {SIZES[size]} (exponent)"
                law_words = f"{TOLD[law]}, {name}: alpha* ∝ {SIZES[size]}^{target:g}"
                if (law, error, size) not in table.index:
                    judged += [
                        not_run(f"{id}-falls", falls, "below 0", mark),
                        not_run(id, law_words, f"{target:g}", mark),
                    ]
                    continue
                row = table.loc[(law, error, size), ["exponent", "low", "high"]]
                told = Estimate(*(round(float(value), DIGITS) for value in row))
                judged += [
                    within(f"{id}-falls", falls, told, f"below {FALLS:g}", high=FALLS, mark=mark),
                    covers(id, law_words, told, target, SLACK, mark),
                ]
    return judged


def arm_claims(tables: Tables) -> list[Claim]:
    """Whether the optimum is there at all at the largest n, in the paper's own law."""
    optimum = tables["optimum"].query("part == 'law' and law == 'separable' and width == base_width")
    judged = []
    for error, name in ERRORS.items():
        id, words = (
            f"A-scale/arm-{error}",
            f"separable by rejection, {name}: an interior optimum at the largest n (points)",
        )
        rows = optimum[optimum["error"] == error]
        if rows.empty:
            judged.append(not_run(id, words, f"above {LEAST_GAIN:g}"))
            continue
        last = rows.loc[rows["n"].idxmax()]
        spread = 2 * last["gain_se"]
        told = Estimate(last["gain"], last["gain"] - spread, last["gain"] + spread)
        judged.append(within(id, words, told, f"above {LEAST_GAIN:g}", low=LEAST_GAIN))
    return judged


def correlation(rows: pd.DataFrame, x: str, y: str) -> Estimate:
    """Spearman's correlation over seeds with a percentile bootstrap interval."""
    values, rng = rows[[x, y]].to_numpy(float), np.random.default_rng(0)
    picks = rng.integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile([rank_correlation(values[pick]) for pick in picks], ENDS)
    return Estimate(rank_correlation(values), float(low), float(high))


def rank_correlation(values: np.ndarray) -> float:
    """Spearman's correlation of the columns of values (k, 2); 0 where one of them does not vary."""
    if np.any(np.ptp(values, axis=0) == 0):
        return 0.0
    return float(spearmanr(*values.T).statistic)


def angle_claims(tables: Tables) -> list[Claim]:
    judged = []
    for law in TOLD:
        rows = tables["by_seed"].query("law == @law")
        for error, name in ERRORS.items():
            id = f"A-scale/{law}-{error}-angle"
            words = f"{TOLD[law]}, {name}: seeds with larger phi have larger alpha* (rank correlation)"
            if len(rows) < 10:
                judged.append(not_run(id, words, "above 0.1", Mark.CHOSEN))
            else:
                judged.append(
                    within(id, words, correlation(rows, "phi", error), "above 0.1", low=0.1, mark=Mark.CHOSEN)
                )
    return judged


def rule_claims(tables: Tables) -> list[Claim]:
    """The rule against one constant alpha for everybody, over all cells that did not set either."""
    judged, expected = [], f"below −{SAVES:g}"
    for error, name in ERRORS.items():
        rows = tables["rule"].query("error == @error")
        id, words = (
            f"A-scale/rule-{error}",
            f"{name}: alpha from the sample beats one constant alpha on fresh laws (points)",
        )
        if rows.empty:
            judged.append(not_run(id, words, expected, Mark.CHOSEN))
            continue
        saved = rows.assign(saved=rows["rule"] - rows["constant"]).groupby("seed")["saved"].mean()
        judged.append(within(id, words, interval(saved, np.mean), expected, high=-SAVES, mark=Mark.CHOSEN))
    return judged


def map_claims(tables: Tables) -> list[Claim]:
    optimum = tables["optimum"].query("part == 'map'")
    judged = []
    for error, name in ERRORS.items():
        rows = optimum[optimum["error"] == error]
        id, words = (
            f"A-scale/map-{error}",
            f"{name}: cells of the map with a gain of more than two standard errors (share)",
        )
        if rows.empty:
            judged.append(not_run(id, words, "above 0.5", Mark.CHOSEN))
            continue
        sure = int((rows["gain"] > np.maximum(2 * rows["gain_se"], 1e-9)).sum())
        judged.append(within(id, words, wilson(sure, len(rows)), "above 0.5", low=0.5, mark=Mark.CHOSEN))
    return judged
