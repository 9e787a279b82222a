"""Claims that every figure about the optimization threshold makes, judged for each dynamics and each horizon."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from earlyalign.items.evidence import interval, within
from earlyalign.items.item import Claim, Mark, Verdict
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.certificates import TABLE, certificate_of
from earlyalign.simplicity_bias.threshold_params import SweepParams
from earlyalign.simplicity_bias.threshold_readings import (
    at_horizon,
    grid,
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

NAMES = {"flow": "gradient flow", "sgd": "SGD", "adam": "Adam"}


def train_claims(part: str, tables: Tables, params: SweepParams) -> list[Claim]:
    """The claims of panel a: interpolation at small_n, the reference at the largest size, a threshold between, rest."""
    found: list[Claim] = []
    small_n, best = params.small_n, reference(params)
    for method in params.methods:
        name = NAMES[method]
        final = at_horizon(tables, method)
        half = at_horizon(tables, method, 1 / 2)
        for suffix, fraction in HORIZONS.items():
            when = f"at t = {params.horizon * fraction:g}"
            rows = at_horizon(tables, method, fraction)
            earlier = at_horizon(tables, method, fraction / 2)
            found += [
                _unless_short(
                    within(
                        f"{part}/{method}-interpolates-small-n{suffix}",
                        f"Below the threshold (n = {small_n}) {name} interpolates: train loss over that of {best}, "
                        f"{when}",
                        _ratio(rows, "train_ratio", small_n),
                        f"at most {INTERPOLATES:g}",
                        high=INTERPOLATES,
                        accuracy=_accuracy(tables, params, method, "train_ratio", small_n, fraction),
                    ),
                    fraction,
                    _fall(earlier, rows, small_n),
                ),
                within(
                    f"{part}/{method}-ols-large-n{suffix}",
                    f"Past the threshold (n = {_largest(params)}) {name} stays at {best}: train loss over its own, "
                    f"{when}",
                    _ratio(rows, "train_ratio", _largest(params)),
                    f"at least {1 - NEAR_OLS:g}",
                    low=1 - NEAR_OLS,
                    accuracy=_accuracy(tables, params, method, "train_ratio", _largest(params), fraction),
                ),
            ]
        found += [
            within(
                f"{part}/{method}-threshold",
                f"A sample size separates the two for {name}: where the train loss is half that of {best}",
                threshold(final, 0.5),
                f"inside ({min(params.sample_sizes)}, {_largest(params)})",
                low=min(params.sample_sizes) * 1.01,
                high=_largest(params) * 0.99,
            ),
            within(
                f"{part}/{method}-at-rest",
                f"What {name} shows at n = {_largest(params)} is a limit: fall of the train loss over the last factor "
                "of two in time",
                _fall(half, final, _largest(params)),
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
    return found


def generalisation_claims(part: str, tables: Tables, params: SweepParams) -> list[Claim]:
    """The claims of panel b: overfitting while interpolating, near the reference past the threshold, falling."""
    found: list[Claim] = []
    small_n, best = params.small_n, reference(params)
    for method in params.methods:
        name = NAMES[method]
        final = at_horizon(tables, method)
        noise = params.noise_variance
        _, values = grid(final[final["n"] == small_n], "test")
        found.append(
            within(
                f"{part}/{method}-overfits-small-n",
                f"Interpolating (n = {small_n}), {name} tests far above the noise: test loss over noise variance",
                interval(values[:, 0] / noise),
                "at least 2",
                low=2.0,
            )
        )
        for suffix, fraction in HORIZONS.items():
            rows = at_horizon(tables, method, fraction)
            found.append(
                within(
                    f"{part}/{method}-near-ols-large-n{suffix}",
                    f"Past the threshold (n = {_largest(params)}) {name} tests as {best} does: test loss over its "
                    f"own, at t = {params.horizon * fraction:g}",
                    _ratio(rows, "test_ratio", _largest(params)),
                    f"at most {1 + NEAR_OLS:g}",
                    high=1 + NEAR_OLS,
                    accuracy=_accuracy(tables, params, method, "test_ratio", _largest(params), fraction),
                )
            )
        found.append(
            within(
                f"{part}/{method}-monotone",
                f"The test loss of {name} falls with every sample added: largest rise of its logarithm between sizes",
                steepest_rise(final, "test"),
                f"at most {RISE:g}",
                high=RISE,
            )
        )
    return found


def reference(params: SweepParams) -> str:
    """What the losses are compared with: OLS, or the teacher where it is a network."""
    return "the teacher" if params.teacher_neurons else "OLS"


def _largest(params: SweepParams) -> int:
    return max(params.sample_sizes)


def _ratio(rows, column: str, n: int) -> tuple[float, float, float]:
    return interval(rows.loc[rows["n"] == n, column])


def _accuracy(
    tables: Tables, params: SweepParams, method: str, reading: str, n: int, fraction: float
) -> float:
    """By how much half the step moves a reading of the flow: its certificate. Mini-batch methods are what they are, and
    half of the seeds, judged on their own, may hold no certified one."""
    if method != "flow" or TABLE not in tables or n not in set(tables[TABLE]["n"]):
        return 0.0
    return certificate_of(tables, reading, params.horizon * fraction, n=n)


def _unless_short(claim: Claim, fraction: float, fall: tuple[float, float, float]) -> Claim:
    """Not to have interpolated before the end of the run, while the loss still falls, is a matter of patience, not of
    truth."""
    if claim.leaning is not Verdict.CONTRADICTED or fraction == 1 or fall[1] <= AT_REST:
        return claim
    firm = claim.verdict is Verdict.CONTRADICTED
    return replace(
        claim,
        verdict=Verdict.NOT_AT_THIS_SCALE if firm else Verdict.UNDECIDED,
        without_margin=Verdict.NOT_AT_THIS_SCALE,
    )


def _fall(before, after, n: int) -> tuple[float, float, float]:
    early, late = (rows.loc[rows["n"] == n, "train"].to_numpy() for rows in (before, after))
    return interval(1 - late / np.maximum(early, 1e-300))
