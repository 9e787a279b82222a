"""Claims that every figure about the optimization threshold makes, judged for each dynamics and each horizon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from earlyalign.items.evidence import Estimate, interval, within
from earlyalign.items.item import Claim, Mark, Verdict
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.threshold.certificates import TABLE, certificate_of
from earlyalign.simplicity_bias.threshold.params import METHOD_NAMES, Method, SweepParams
from earlyalign.simplicity_bias.threshold.statistics import (
    at_horizon,
    steepest_rise,
    threshold,
    threshold_shift,
)

HORIZONS = {"": 1.0, "-quarter": 1 / 4, "-sixteenth": 1 / 16}
"""Suffix of a claim's name -> fraction of the horizon at which it is judged."""

INTERPOLATES = 0.01
"""Train loss, as a share of the reference's, below which a network interpolates."""

NEAR_OLS = 0.05
"""Relative distance from the reference's loss within which a network is called near it."""

RISE = 0.05
"""Rise of the logarithm of the test loss from one size to the next up to which the two count as equal."""

AT_REST = 0.01
"""Fall of the train loss over the last factor of two in time, as a share, below which a network is at rest."""


def train_claims(part: str, tables: Tables, params: SweepParams) -> list[Claim]:
    """The claims of panel a: interpolation at small_n, the reference at the largest size, a threshold between, rest."""
    claims: list[Claim] = []
    for method in params.methods:
        for suffix, fraction in HORIZONS.items():
            claims += _train_claims_at(part, tables, params, method, suffix, fraction)
        claims += _limit_claims(part, tables, params, method)
    return claims


def _train_claims_at(
    part: str, tables: Tables, params: SweepParams, method: Method, suffix: str, fraction: float
) -> list[Claim]:
    """What the train loss is at `fraction` of the horizon, below the threshold and past it."""
    name, best, small_n, large_n = METHOD_NAMES[method], reference(params), params.small_n, _largest(params)
    when = f"at t = {params.horizon * fraction:g}"
    rows = at_horizon(tables, method, fraction)
    earlier = at_horizon(tables, method, fraction / 2)
    interpolates = within(
        f"{part}/{method}-interpolates-small-n{suffix}",
        f"Below the threshold (n = {small_n}) {name} interpolates: train loss over that of {best}, {when}",
        _ratio(rows, "train_ratio", small_n),
        f"at most {INTERPOLATES:g}",
        high=INTERPOLATES,
        accuracy=_accuracy(tables, params, method, "train_ratio", small_n, fraction),
    )
    return [
        _unless_short(interpolates, fraction, _fall(earlier, rows, small_n)),
        within(
            f"{part}/{method}-ols-large-n{suffix}",
            f"Past the threshold (n = {large_n}) {name} stays at {best}: train loss over its own, {when}",
            _ratio(rows, "train_ratio", large_n),
            f"at least {1 - NEAR_OLS:g}",
            low=1 - NEAR_OLS,
            accuracy=_accuracy(tables, params, method, "train_ratio", large_n, fraction),
        ),
    ]


def _limit_claims(part: str, tables: Tables, params: SweepParams, method: Method) -> list[Claim]:
    """Where the threshold lies at the horizon, and whether it and the loss past it are those of the limit."""
    name, best, large_n = METHOD_NAMES[method], reference(params), _largest(params)
    final = at_horizon(tables, method)
    return [
        within(
            f"{part}/{method}-threshold",
            f"A sample size separates the two for {name}: where the train loss is half that of {best}",
            threshold(final, 0.5),
            f"inside ({min(params.sample_sizes)}, {large_n})",
            low=min(params.sample_sizes) * 1.01,
            high=large_n * 0.99,
        ),
        within(
            f"{part}/{method}-at-rest",
            f"What {name} shows at n = {large_n} is a limit: fall of the train loss over the last factor of two in "
            "time",
            _fall(at_horizon(tables, method, 1 / 2), final, large_n),
            f"at most {AT_REST:g}",
            high=AT_REST,
            mark=Mark.CHOSEN,
        ),
        within(
            f"{part}/{method}-threshold-stays",
            f"The threshold of {name} belongs to the limit, not to the waiting time: octaves of n that it moves "
            "from a sixteenth of the horizon to the whole",
            threshold_shift(at_horizon(tables, method, 1 / 16), final, 0.5),
            "within 0.5 of 0",
            low=-0.5,
            high=0.5,
            mark=Mark.CHOSEN,
        ),
    ]


def generalisation_claims(part: str, tables: Tables, params: SweepParams) -> list[Claim]:
    """The claims of panel b: overfitting while interpolating, near the reference past the threshold, falling."""
    return [claim for method in params.methods for claim in _test_claims(part, tables, params, method)]


def _test_claims(part: str, tables: Tables, params: SweepParams, method: Method) -> list[Claim]:
    name, best, small_n, large_n = METHOD_NAMES[method], reference(params), params.small_n, _largest(params)
    final = at_horizon(tables, method)
    return [
        within(
            f"{part}/{method}-overfits-small-n",
            f"Interpolating (n = {small_n}), {name} tests far above the noise: test loss over noise variance",
            interval(final.loc[final["n"] == small_n, "test"] / params.noise_variance),
            "at least 2",
            low=2.0,
        ),
        *(
            within(
                f"{part}/{method}-near-ols-large-n{suffix}",
                f"Past the threshold (n = {large_n}) {name} tests as {best} does: test loss over its own, at t = "
                f"{params.horizon * fraction:g}",
                _ratio(at_horizon(tables, method, fraction), "test_ratio", large_n),
                f"at most {1 + NEAR_OLS:g}",
                high=1 + NEAR_OLS,
                accuracy=_accuracy(tables, params, method, "test_ratio", large_n, fraction),
            )
            for suffix, fraction in HORIZONS.items()
        ),
        within(
            f"{part}/{method}-monotone",
            f"The test loss of {name} falls with every sample added: largest rise of its logarithm between sizes",
            steepest_rise(final, "test"),
            f"at most {RISE:g}",
            high=RISE,
        ),
    ]


def reference(params: SweepParams) -> str:
    """What the losses are compared with: OLS, or the teacher where it is a network."""
    return "the teacher" if params.teacher_neurons else "OLS"


def _largest(params: SweepParams) -> int:
    return max(params.sample_sizes)


def _ratio(rows: pd.DataFrame, column: str, n: int) -> Estimate:
    return interval(rows.loc[rows["n"] == n, column])


def _accuracy(
    tables: Tables, params: SweepParams, method: Method, reading: str, n: int, fraction: float
) -> float:
    """By how much half the step moves a reading of the flow: its certificate. Mini-batch methods are what they are, and
    half of the seeds, judged on their own, may hold no certified one."""
    if method != "flow" or TABLE not in tables or n not in set(tables[TABLE]["n"]):
        return 0.0
    return certificate_of(tables, reading, params.horizon * fraction, n=n)


def _unless_short(claim: Claim, fraction: float, fall: Estimate) -> Claim:
    """Not to have interpolated before the end of the run, while the loss still falls, is a matter of patience, not of
    truth."""
    if claim.leaning is not Verdict.CONTRADICTED or fraction == 1 or fall.low <= AT_REST:
        return claim
    firm = claim.verdict is Verdict.CONTRADICTED
    return replace(
        claim,
        verdict=Verdict.NOT_AT_THIS_SCALE if firm else Verdict.UNDECIDED,
        without_margin=Verdict.NOT_AT_THIS_SCALE,
    )


def _fall(before: pd.DataFrame, after: pd.DataFrame, n: int) -> Estimate:
    early, late = (rows.loc[rows["n"] == n, "train"].to_numpy() for rows in (before, after))
    return interval(1 - late / np.maximum(early, 1e-300))
