"""The claims of A-fig5: both arms of both errors, where they come from, and whether the bound speaks there."""

from __future__ import annotations

import numpy as np

from earlyalign.items.evidence import Estimate, interval, not_run, wilson, within
from earlyalign.items.item import Claim, Mark
from earlyalign.items.params import Params
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep.statistics import ERRORS, curves, held_out

LEAST_GAIN = 0.02
"""Points of error below which a gain is none."""

GONE = 0.5
"""An arm of less than half a point is gone; the lazy arm of a plain start is tens of points."""

STAYS = 10.0
SILENCE = 0.5
NOTHING = 1e-3
"""Points that are left to gain where the samples are separable by themselves."""


def arm(tables: Tables, setting: str, error: str, side: str) -> Estimate | None:
    """Mean held-out gain over one end in points, with its interval; None if the setting was not run."""
    rows = tables["sweep"].query("setting == @setting")
    if rows.empty:
        return None
    return interval(getattr(held_out(*curves(rows, error)), side), np.mean)


def silence(tables: Tables, setting: str) -> Estimate | None:
    """How much of the left arm goes when a silent network may toss a coin, in points."""
    rows = tables["sweep"].query("setting == @setting")
    if rows.empty:
        return None
    alphas, errors = curves(rows, "network")
    _, strict = curves(rows, "strict")
    best = int(np.flatnonzero(alphas == held_out(alphas, errors).best)[0])
    return interval(((strict - errors)[:, 0] - (strict - errors)[:, best])[1::2], np.mean)


def answers(tables: Tables, setting: str) -> Estimate | None:
    """How many more wrong answers, silence not counted, the network gives at its best alpha, in points."""
    rows = tables["sweep"].query("setting == @setting")
    if rows.empty:
        return None
    alphas, errors = curves(rows, "network")
    _, strict = curves(rows, "strict")
    wrong = 2 * errors - strict
    best = int(np.flatnonzero(alphas == held_out(alphas, errors).best)[0])
    return interval((wrong[:, best] - wrong[:, 0])[1::2], np.mean)


def judge(id: str, words: str, measured: Estimate | None, expected: str, mark: Mark, **range_) -> Claim:
    """`within`, or "not run" where the profile leaves the setting out."""
    if measured is None:
        return not_run(f"A-fig5/{id}", words, expected, mark)
    return within(f"A-fig5/{id}", words, measured, expected, mark=mark, **range_)


SETTINGS = {
    "separable": "separable by rejection",
    "free": "no separability asked",
    "fifty": "d = 50, separable by rejection",
}


def claims(tables: Tables, params: Params) -> list[Claim]:
    return [*interior(tables), *reach(tables), *origins(tables)]


def reach(tables: Tables) -> list[Claim]:
    """Whether Theorem 5.1 speaks at the optimum, and whether separability needs rejection: ours."""
    sweep = tables["sweep"]
    plain, natural = sweep.query("setting == 'separable'"), sweep.query("setting == 'natural'")
    best, share = None, None
    if not plain.empty:
        chosen = held_out(*curves(plain, "network")).best
        best = interval(plain.loc[np.isclose(plain["alpha"], chosen), "zeta"], np.max)
    if not natural.empty:
        first = natural.groupby("seed")["separability_seen"].first()
        share = wilson(int((first >= 0).sum()), len(first))
    return [
        judge(
            "vacuous", "At the whole network's optimum Theorem 5.1 says nothing (largest zeta over the seeds)",
            best, "below 0", Mark.CHOSEN, high=0.0,
        ),
        judge(
            "natural-separable", "At kappa/sigma = 5 samples are often separable by themselves (share of samples)",
            share, "above 0.25", Mark.CHOSEN, low=0.25,
        ),
    ]  # fmt: skip


def interior(tables: Tables) -> list[Claim]:
    """Both arms of both errors, in every plain setting; the theory asks for separability."""
    judged = []
    for setting, told in SETTINGS.items():
        mark = Mark.CHOSEN if setting == "free" else Mark.STATED
        for error, name in ERRORS.items():
            judged += [
                judge(
                    f"{setting}-{error}-left",
                    f"{told}: the {name} loses at the smallest alpha (points above its best, held out)",
                    arm(tables, setting, error, "left"), f"above {LEAST_GAIN:g}", mark, low=LEAST_GAIN,
                ),
                judge(
                    f"{setting}-{error}-right",
                    f"{told}: the {name} loses at the largest alpha (points above its best, held out)",
                    arm(tables, setting, error, "right"), f"above {STAYS:g}", mark, low=STAYS,
                ),
            ]  # fmt: skip
    return judged


def origins(tables: Tables) -> list[Claim]:
    """Where the arms come from: ours."""
    vanishes = f"below {LEAST_GAIN:g}"
    judged = [
        judge(
            "silence",
            "Part of the whole network's left arm is silence: inputs on which no neuron is active, if those count as "
            "errors (points that a coin toss takes away)",
            silence(tables, "separable"), f"above {SILENCE:g}", Mark.CHOSEN, low=SILENCE,
        ),
        judge(
            "answers",
            "The whole network's left arm is silence and nothing else: at its best alpha it gives more wrong answers "
            "than at the smallest (points)",
            answers(tables, "separable"), f"above {LEAST_GAIN:g}", Mark.CHOSEN, low=LEAST_GAIN,
        ),
    ]  # fmt: skip
    for error, name in ERRORS.items():
        judged += [
            judge(
                f"positives-{error}",
                f"Trained on positive samples only, the {name} loses nothing at the smallest alpha (points)",
                arm(tables, "positives", error, "left"), vanishes, Mark.CHOSEN, high=LEAST_GAIN,
            ),
            judge(
                f"natural-{error}",
                f"Where samples are separable by themselves, the {name} has nothing to gain (points)",
                arm(tables, "natural", error, "left"), f"below {NOTHING:g}", Mark.CHOSEN, high=NOTHING,
            ),
        ]  # fmt: skip
    for variant, told in (
        ("antisymmetric", "With an antisymmetric start"),
        ("centred", "With f - f_0 in place of f"),
    ):
        judged += [
            judge(
                f"{variant}-network", f"{told} the whole network's lazy arm is gone (points)",
                arm(tables, variant, "network", "right"), f"below {GONE:g}", Mark.CHOSEN, high=GONE,
            ),
            judge(
                f"{variant}-predictor", f"{told} the effective predictor's lazy arm stays (points)",
                arm(tables, variant, "predictor", "right"), f"above {STAYS:g}", Mark.CHOSEN, low=STAYS,
            ),
        ]  # fmt: skip
    return judged
