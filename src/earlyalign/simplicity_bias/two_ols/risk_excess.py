"""Excess risk: the limit of Theorem 4.1 learns at rate d/n, a network that interpolates does not learn at all.

Paper B, Sections 4.2 and 5; stated in words, the rate by reference to Hsu, Kakade and Zhang. Each half-space holds
about n/2 samples, and x x^T does not see the sign of x, so a half is an ordinary sample of size n/2:

    E ||h - <beta*, .>||^2 = σ² E tr(Σ (X_+ X_+^T)^-1) ~ σ² d / (n/2) = 2 σ² d / n,

twice the excess of least squares on the whole sample [rebuilt]. The price of the two half-spaces is a factor of two,
not a rate. Where the network interpolates, its test loss stays well above the noise however many samples are added,
up to the optimization threshold: tempered overfitting.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from earlyalign.items.evidence import exact, interval, point, slope, within
from earlyalign.items.item import Claim, Control, Fault, Item, Mark, Verdict
from earlyalign.items.params import Params
from earlyalign.items.run import Run, Scalar
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.two_ols import risk_faults as faults
from earlyalign.simplicity_bias.two_ols import risk_figures as figures
from earlyalign.simplicity_bias.two_ols.risk_runs import compute

RATE_SLACK = 0.1
FACTOR_SLACK = 0.2
NETWORK_GAP = 1e-8
INTERPOLATED = 0.01
"""Train loss over noise variance below which a network counts as interpolating."""

ABOVE_NOISE = 2.0
"""`Well above the noise level`: a test loss of at least this many noise variances."""

FLAT = -0.5
"""An excess risk that falls more slowly than n to this power does not fall like d/n."""


class Parameters(Params):
    """sample_sizes x dimensions: for the estimators, each averaged over `repeats` samples; network_n, network_d: a
    network trained inside Theorem 4.1; small_sizes, small_d: networks that interpolate, `small_repeats` a run."""

    sample_sizes: list[Annotated[int, Field(ge=2, le=1_000_000)]] = Field(min_length=2)
    dimensions: list[Annotated[int, Field(ge=1, le=64)]] = Field(min_length=2)
    repeats: int = Field(ge=1, le=1_000_000)
    c: float = Field(ge=0, lt=1)
    noise_variance: float = Field(gt=0, le=1e6)
    network_n: int = Field(ge=50, le=1_000_000)
    network_d: int = Field(ge=2, le=16)
    network_width: int = Field(ge=2, le=100_000)
    init_scale: float = Field(gt=0, le=1)
    step: float = Field(gt=0, le=1e3)
    time: float = Field(gt=0, le=1e9)
    small_sizes: list[Annotated[int, Field(ge=2, le=1_000_000)]] = Field(min_length=2)
    small_d: int = Field(ge=1, le=16)
    small_width: int = Field(ge=2, le=100_000)
    small_repeats: int = Field(ge=1, le=1_000_000)
    init_variance: float = Field(gt=0, le=1e6)
    small_time: float = Field(gt=0, le=1e9)
    seeds: int = Field(ge=2, le=1000)

    @model_validator(mode="after")
    def _enough_samples(self) -> Parameters:
        if min(self.sample_sizes) <= 4 * max(self.dimensions):
            raise ValueError("every one of sample_sizes must exceed four times the largest of dimensions")
        if min(self.small_sizes) <= 2 * self.small_d:
            raise ValueError("every one of small_sizes must exceed twice small_d")
        return self


def runs(params: Parameters) -> list[Run]:
    """The estimators for every n and d, a network inside the theorem, and small samples that are interpolated."""
    estimators: list[dict[str, Scalar]] = [
        {"what": "estimators", "n": n, "d": d, "repeats": params.repeats, "c": params.c}
        for n in params.sample_sizes
        for d in params.dimensions
    ]
    inside: dict[str, Scalar] = {
        "what": "network", "n": params.network_n, "d": params.network_d, "width": params.network_width,
        "c": params.c, "init_scale": params.init_scale, "step": params.step, "time": params.time,
    }  # fmt: skip
    small: list[dict[str, Scalar]] = [
        {
            "what": "interpolation", "n": n, "d": params.small_d, "width": params.small_width,
            "repeats": params.small_repeats, "init_variance": params.init_variance, "time": params.small_time,
        }
        for n in params.small_sizes
    ]  # fmt: skip
    return [
        Run({**config, "noise_variance": params.noise_variance}, seed)
        for config in [*estimators, inside, *small]
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """The rate of the limit and a network that has it, then networks that interpolate."""
    return [*rate_claims(tables, params), *interpolation_claims(tables["interpolation"], params)]


def rate_claims(tables: Tables, params: Parameters) -> list[Claim]:
    """The exponents and the constant of 2 σ² d/n, and a trained network's agreement with the closed form."""
    estimators, trained = tables["estimators"], tables["network"]
    ample = estimators[estimators["n"] >= 20 * estimators["d"]]
    largest = ample[ample["n"] == ample["n"].max()].groupby("seed")[["halves", "whole"]].sum()
    scaled = ample["halves"] * ample["n"] / (ample["d"] * params.noise_variance)
    return [
        within(
            "B-risk/rate-n", "Excess risk of the theorem's limit falls like 1/n (exponent, n >= 20 d)",
            slope(np.log(ample["n"]), np.log(ample["halves"] / ample["d"]), ample["seed"]), f"-1 ± {RATE_SLACK}",
            -1 - RATE_SLACK, -1 + RATE_SLACK,
        ),
        within(
            "B-risk/rate-d", "and grows like d (exponent, n >= 20 d)",
            slope(np.log(ample["d"]), np.log(ample["halves"] * ample["n"]), ample["seed"]), f"1 ± {RATE_SLACK}",
            1 - RATE_SLACK, 1 + RATE_SLACK,
        ),
        within(
            "B-risk/factor-two", "The price of two half-spaces is a factor of two over least squares (quotient at the "
            "largest n)", interval(largest["halves"] / largest["whole"], np.mean), f"2 ± {FACTOR_SLACK}",
            2 - FACTOR_SLACK, 2 + FACTOR_SLACK, Mark.REBUILT,
        ),
        within(
            "B-risk/constant", "The excess risk is 2 σ² d/n (its quotient by σ² d/n, mean over n >= 20 d)",
            interval(scaled.groupby(ample["seed"]).mean(), np.mean), f"2 ± {FACTOR_SLACK}",
            2 - FACTOR_SLACK, 2 + FACTOR_SLACK, Mark.REBUILT,
        ),
        exact(
            "B-risk/network", "A network trained inside the theorem predicts as the limit does, on fresh inputs",
            trained["gap"].max(), NETWORK_GAP,
        ),
        within(
            "B-risk/network-risk", "and its excess risk on fresh inputs is the closed form's (quotient)",
            interval(trained["excess"] / trained["closed_form"], np.mean), "1 ± 0.05", 0.95, 1.05, Mark.REBUILT,
        ),
    ]  # fmt: skip


def interpolation_claims(networks: pd.DataFrame, params: Parameters) -> list[Claim]:
    """They reach zero loss, stay well above the noise, and do not fall like d/n."""
    noise = params.noise_variance
    seen = networks.assign(test=networks["test"] / noise).groupby("n")["test"]
    lowest = min((interval(values, np.median) for _, values in seen), key=lambda each: each.low)
    worst = float(networks["train"].max() / noise)
    return [
        within(
            "B-risk/interpolates", "Below the threshold the network interpolates (largest train loss over noise "
            "variance)",
            point(worst), f"at most {INTERPOLATED:g}", high=INTERPOLATED,
        ),
        within(
            "B-risk/above-noise", "and its test loss stays well above the noise level at every such n (smallest median "
            "over noise variance)", lowest, f"at least {ABOVE_NOISE:g}", low=ABOVE_NOISE,
        ),
        within(
            "B-risk/plateau", "More samples do not help it at the rate d/n (exponent of its excess risk in n)",
            slope(np.log(networks["n"]), np.log(networks["excess"]), networks["seed"]), f"above {FLAT:g}", low=FLAT,
            mark=Mark.REBUILT,
        ),
    ]  # fmt: skip


ITEM = Item(
    id="B-risk",
    title="Excess risk: d/n against tempered overfitting",
    paper="B",
    kind="corollary",
    chapter="simplicity_bias/excess_risk",
    statement="The limit of Theorem 4.1 has excess risk of order d/n; an interpolating network's stays bounded below.",
    mark=Mark.STATED,
    parts=("B-risk",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=figures.FIGURES,
    controls=(
        Control(
            "sees-few",
            f"The estimator looks at the first {faults.SEEN} samples and {faults.SEEN_DIMENSIONS} coordinates only",
            {}, ("B-risk/rate-n", "B-risk/rate-d", "B-risk/constant"),
            fault=Fault(faults.sees_few, faults.estimates),
        ),
        Control(
            "whole-sample", "Both half-spaces use the whole sample",
            {}, ("B-risk/factor-two", "B-risk/constant"),
            fault=Fault(faults.whole_sample, faults.estimates),
        ),
        Control(
            "noise-free", "Interpolating networks are given labels without noise",
            {}, ("B-risk/above-noise", "B-risk/plateau"),
            fault=Fault(faults.noise_free, faults.interpolates),
        ),
        Control(
            "short", "Networks are stopped long before convergence",
            {}, ("B-risk/network", "B-risk/network-risk"),
            fault=Fault(faults.short, faults.trains),
        ),
        Control(
            "without-the-trapped", "n = 25, where one network in thirty rests short of zero loss, is left out",
            {"small_sizes": [50, 100]}, ("B-risk/interpolates",), Verdict.REPRODUCED,
        ),
    ),
)  # fmt: skip
