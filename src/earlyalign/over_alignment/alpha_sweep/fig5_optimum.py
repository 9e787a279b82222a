"""A-fig5: over-alignment, over-fitting and their sum against alpha; the sum has its least value inside the range.

Paper A, Figure 5 and Section 5.3; stated in words. Small alpha is strong feature learning: the left end of every curve
is over-alignment, the right end over-fitting. Two errors are followed. The *effective predictor* w_hat, the sum of the
positive neurons, is what the theory bounds. The *whole network* is what a practitioner has.

The optimum is chosen on one half of the seeds and its gain over either end measured on the other half. Then the
setting is changed, one thing at a time, to see where each arm comes from.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.items.item import Control, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep.fig5_claims import SETTINGS, claims
from earlyalign.over_alignment.alpha_sweep.fig5_figures import FIGURES
from earlyalign.over_alignment.alpha_sweep.fig5_runs import compute
from earlyalign.over_alignment.alpha_sweep.statistics import ERRORS, curves, held_out, with_errors
from earlyalign.theory.phase_one import zeta


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


def runs(params: Parameters) -> list[Run]:
    """One run a setting and seed; every run of one seed and law shares the sample."""
    shared = params.model_dump(exclude={"settings"})
    return [
        Run({**shared, **setting.model_dump(exclude={"seeds"}), "setting": name}, seed)
        for name, setting in params.settings.items()
        for seed in range(setting.seeds)
    ]


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
                lost = getattr(gain, arm)
                spread = lost.std(ddof=1) / np.sqrt(len(lost))
                half |= {arm: lost.mean(), f"{arm}_se": spread, f"{arm}_judged": len(lost)}
            rows.append(half)
    return {**tables, "sweep": sweep, "optimum": pd.DataFrame(rows)}


FEW = 30
"""Seeds of a control."""


def settings(**changes) -> dict[str, dict]:
    """The three plain settings with few seeds and `changes`."""
    plain: dict[str, dict[str, Any]] = {
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
    figures=FIGURES,
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
            {"settings": one("positives", seeds=80) | one("antisymmetric") | one("centred")},
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
