"""A-fig5: over-alignment, over-fitting and their sum against alpha; the sum has its least value inside the range.

Paper A, Figure 5 and Section 5.3; stated in words. Small alpha is strong feature learning: the left end of every curve
is over-alignment, the right end over-fitting. Two errors are followed. The *effective predictor* w_hat, the sum of the
positive neurons, is what the theory bounds. The *whole network* is what a practitioner has.

The optimum is chosen on one half of the seeds and its gain over either end measured on the other half. Then the
setting is changed, one thing at a time, to see where each arm comes from.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.items.evidence import interval, not_run, wilson, within
from earlyalign.items.item import Claim, Control, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment import fig5_pictures
from earlyalign.over_alignment.optimum import ERRORS, curves, held_out, with_errors
from earlyalign.over_alignment.sweep_runs import compute
from earlyalign.theory.phase_one import zeta

LEAST_GAIN = 0.02
"""Points of error below which a gain is none."""

GONE = 0.5
"""An arm of less than half a point is gone; the lazy arm of a plain start is tens of points."""

STAYS = 10.0
SILENCE = 0.5
NOTHING = 1e-3
"""Points that are left to gain where the samples are separable by themselves."""


class Setting(Params):
    """A law and a way to train: separability lambda by rejection, or None; how many seeds."""

    d: int = Field(ge=2, le=1000)
    kappa: float = Field(gt=0, le=1e3)
    separability: float | None = Field(ge=0, lt=1)
    variant: Literal["plain", "positives", "antisymmetric", "centred"]
    seeds: int = Field(ge=4, le=10_000)


class Parameters(Params):
    """alpha_low .. alpha_high, alpha_count of them; eta: the positive risk, mean of 2 log(1 + e^(-y f)), to stop at;
    lines: along which the network's error is exact; rtol: of the solver; settings: by name."""

    n: int = Field(ge=2, le=2000)
    width: int = Field(ge=2, le=2000)
    eta: float = Field(gt=0, lt=1.38)
    alpha_low: float = Field(gt=0, le=1e6)
    alpha_high: float = Field(gt=0, le=1e6)
    alpha_count: int = Field(ge=3, le=100)
    lines: int = Field(ge=16, le=1_000_000)
    rtol: float = Field(gt=0, le=1e-2)
    settings: dict[str, Setting]
    sabotage: Literal["none", "variants-ignored"] = "none"


def runs(params: Parameters) -> list[Run]:
    """One run a setting and seed; every run of one seed and law shares the sample."""
    shared = params.model_dump(exclude={"settings", "sabotage"})
    found = []
    for name, setting in params.settings.items():
        config = {**shared, **setting.model_dump(exclude={"seeds"}), "sabotage": "none"}
        if params.sabotage == "variants-ignored":
            config["variant"] = "plain"
        found += [Run({**config, "setting": name}, seed) for seed in range(setting.seeds)]
    return found


def summary(tables: Tables) -> dict[str, pd.DataFrame]:
    """The sweep with its errors, and table `optimum`: the best alpha of each setting and error, gains held out."""
    sweep = with_errors(tables["sweep"])
    sweep["zeta"] = zeta(
        sweep["alpha"], sweep["n"], sweep["width"], sweep["x_max"], sweep["w_max"], sweep["x_plus"]
    )
    rows = []
    for setting, here in sweep.groupby("setting", sort=False):
        for error in (*ERRORS, "strict"):
            alphas, errors = curves(here, error)
            gain = held_out(alphas, errors)
            half = {
                "setting": setting,
                "error": error,
                "best_alpha": gain.best,
                "least": errors.mean(axis=0).min(),
            }
            for arm in ("left", "right"):
                found = getattr(gain, arm)
                spread = found.std(ddof=1) / np.sqrt(len(found))
                half |= {arm: found.mean(), f"{arm}_se": spread, f"{arm}_judged": len(found)}
            rows.append(half)
    return {**tables, "sweep": sweep, "optimum": pd.DataFrame(rows)}


def arm(tables: Tables, setting: str, error: str, side: str) -> tuple[float, float, float] | None:
    """Mean held-out gain over one end in points, with its interval; None if the setting was not run."""
    rows = tables["sweep"].query("setting == @setting")
    if rows.empty:
        return None
    return interval(getattr(held_out(*curves(rows, error)), side), np.mean)


def silence(tables: Tables, setting: str) -> tuple[float, float, float] | None:
    """How much of the left arm goes when a silent network may toss a coin, in points."""
    rows = tables["sweep"].query("setting == @setting")
    if rows.empty:
        return None
    alphas, errors = curves(rows, "network")
    _, strict = curves(rows, "strict")
    best = int(np.flatnonzero(alphas == held_out(alphas, errors).best)[0])
    return interval(((strict - errors)[:, 0] - (strict - errors)[:, best])[1::2], np.mean)


def answers(tables: Tables, setting: str) -> tuple[float, float, float] | None:
    """How many more wrong answers, silence not counted, the network gives at its best alpha, in points."""
    rows = tables["sweep"].query("setting == @setting")
    if rows.empty:
        return None
    alphas, errors = curves(rows, "network")
    _, strict = curves(rows, "strict")
    wrong = 2 * errors - strict
    best = int(np.flatnonzero(alphas == held_out(alphas, errors).best)[0])
    return interval((wrong[:, best] - wrong[:, 0])[1::2], np.mean)


def judge(id: str, words: str, measured, expected: str, mark: Mark, **range_) -> Claim:
    """`within`, or "not run" where the profile leaves the setting out."""
    if measured is None:
        return not_run(f"A-fig5/{id}", words, expected, mark)
    return within(f"A-fig5/{id}", words, measured, expected, mark=mark, **range_)


SETTINGS = {
    "separable": "separable by rejection",
    "free": "no separability asked",
    "fifty": "d = 50, separable by rejection",
}


def claims(tables: Tables, params: Parameters) -> list[Claim]:
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
    found = []
    for setting, told in SETTINGS.items():
        mark = Mark.CHOSEN if setting == "free" else Mark.STATED
        for error, name in ERRORS.items():
            found += [
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
    return found


def origins(tables: Tables) -> list[Claim]:
    """Where the arms come from: ours."""
    vanishes = f"below {LEAST_GAIN:g}"
    found = [
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
        found += [
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
        found += [
            judge(
                f"{variant}-network", f"{told} the whole network's lazy arm is gone (points)",
                arm(tables, variant, "network", "right"), f"below {GONE:g}", Mark.CHOSEN, high=GONE,
            ),
            judge(
                f"{variant}-predictor", f"{told} the effective predictor's lazy arm stays (points)",
                arm(tables, variant, "predictor", "right"), f"above {STAYS:g}", Mark.CHOSEN, low=STAYS,
            ),
        ]  # fmt: skip
    return found


FEW = 30
"""Seeds of a control."""


def settings(**changes) -> dict[str, dict]:
    """The three plain settings with few seeds and `changes`."""
    plain = {
        "separable": {"d": 20, "kappa": 2.0, "separability": 0.0},
        "free": {"d": 20, "kappa": 2.0, "separability": None},
        "fifty": {"d": 50, "kappa": 3.0, "separability": 0.0},
    }
    return {name: {**law, "variant": "plain", "seeds": FEW, **changes} for name, law in plain.items()}


def one(name: str, **changes) -> dict[str, dict]:
    """A single setting called `name`, as "separable" but for `changes`."""
    return {name: {**settings()["separable"], **changes}}


ITEM = Item(
    id="A-fig5",
    title="An optimum between over-alignment and over-fitting",
    paper="A",
    kind="figure",
    chapter="over_alignment/decomposition",
    statement="OA falls and OF rises with alpha; the excess error, their sum, has an interior minimum.",
    mark=Mark.STATED,
    parts=("A-fig5",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=summary,
    figures=fig5_pictures.PICTURES,
    controls=(
        Control(
            "positives-only", "The plain settings are trained on their positive samples only",
            {"settings": settings(variant="positives")},
            tuple(f"A-fig5/{setting}-{error}-left" for setting in SETTINGS for error in ERRORS),
        ),
        Control(
            "no-lazy-end", "The sweep ends before the lazy side",
            {
                "alpha_high": 0.01,
                "alpha_count": 4,
                "settings": {
                    **settings(),
                    **one("antisymmetric", variant="antisymmetric"),
                    **one("centred", variant="centred"),
                },
            },
            (
                *(f"A-fig5/{setting}-{error}-right" for setting in SETTINGS for error in ERRORS),
                "A-fig5/antisymmetric-predictor", "A-fig5/centred-predictor",
            ),
        ),
        Control(
            "no-rich-end", "The sweep begins where every input finds an active neuron",
            {"alpha_low": 0.1, "settings": one("separable")}, ("A-fig5/silence", "A-fig5/answers"),
        ),
        Control(
            "rich-end-only", "The sweep covers only alphas at which the bound speaks",
            {"alpha_low": 1e-7, "alpha_high": 1e-5, "alpha_count": 3, "settings": one("separable")},
            ("A-fig5/vacuous",),
        ),
        Control(
            "variants-ignored", "Positives only, the antisymmetric start and centring are not carried out",
            {
                "sabotage": "variants-ignored",
                "settings": one("positives", seeds=80) | one("antisymmetric") | one("centred"),
            },
            (
                "A-fig5/positives-predictor", "A-fig5/positives-network", "A-fig5/antisymmetric-network",
                "A-fig5/centred-network",
            ),
        ),
        Control(
            "natural-at-two", "Separability is said to hold by itself at kappa/sigma = 2",
            {"settings": one("natural", separability=None)},
            ("A-fig5/natural-predictor", "A-fig5/natural-network", "A-fig5/natural-separable"),
        ),
    ),
)  # fmt: skip
