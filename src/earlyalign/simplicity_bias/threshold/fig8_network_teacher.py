"""Figure 8: labels from a network of five ReLU neurons, the same for all runs (Paper B, Appendix A.6).

Stated: interpolation ends where it does for the linear teacher, but many more samples are needed before train and test
loss are both near the noise. The linear teacher runs beside it from the same initialisation.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pydantic

from earlyalign.items.evidence import within
from earlyalign.items.item import Claim, Control, Item, Mark, Verdict
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.threshold.claims import generalisation_claims, train_claims
from earlyalign.simplicity_bias.threshold.controls import (
    few_samples,
    lazy,
    line,
    many_samples,
)
from earlyalign.simplicity_bias.threshold.figures import panels
from earlyalign.simplicity_bias.threshold.params import SweepParams, runs
from earlyalign.simplicity_bias.threshold.runs import PRECISION, compute
from earlyalign.simplicity_bias.threshold.statistics import at_horizon, threshold_shift, where

REACHED = 0.9
"""Train loss over the reference's at which the simple solution counts as reached."""

LARGE = 40.0
"""init_variance of the control's large start."""


class Parameters(SweepParams):
    """`teachers` are two numbers of neurons, 0 for linear; the first is the figure's own."""

    teachers: tuple[
        Annotated[int, pydantic.Field(ge=0, le=100)], Annotated[int, pydantic.Field(ge=0, le=100)]
    ] = (5, 0)

    @pydantic.field_validator("teachers")
    @classmethod
    def _two_kinds(cls, values: tuple) -> tuple:
        if values[0] == values[1] or min(values) < 0:
            raise ValueError("must be two different numbers of neurons, at least 0")
        return values


def both_runs(params: Parameters) -> list[Run]:
    """The sweep with each teacher."""
    return [run for k in params.teachers for run in runs(params.model_copy(update={"teacher_neurons": k}))]


def unequal_runs(params: Parameters) -> list[Run]:
    """The same with a large initialisation for the figure's own teacher alone: what the control compares."""
    own, other = params.teachers
    return [
        *runs(params.model_copy(update={"teacher_neurons": own, "init_variance": LARGE})),
        *runs(params.model_copy(update={"teacher_neurons": other})),
    ]


def first(tables: Tables) -> Tables:
    """The rows of the figure's own teacher."""
    return where(tables, teacher_neurons=tables["losses"]["teacher_neurons"].iloc[0])


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    own, other = (where(tables, teacher_neurons=k) for k in params.teachers)
    own_params = params.model_copy(update={"teacher_neurons": params.teachers[0]})
    method = params.methods[0]
    here, there = at_horizon(own, method), at_horizon(other, method)
    return [
        *train_claims("B-fig8a", own, own_params),
        within(
            "B-fig8a/interpolation-lost-alike",
            "Interpolation ends where it does for the linear teacher: octaves of n between the two, where the train "
            "loss is a tenth of the reference's",
            threshold_shift(there, here, 0.1),
            "within 1 of 0",
            low=-1.0,
            high=1.0,
        ),
        within(
            "B-fig8a/slower-transition",
            "The simple solution is reached later than for the linear teacher: octaves of n between the two, where the "
            f"train loss is {REACHED:g} of the reference's",
            threshold_shift(there, here, REACHED),
            "above 0",
            low=float(np.finfo(float).eps),
        ),
        *generalisation_claims("B-fig8b", own, own_params),
    ]


UNEQUAL_SIZES = {"sample_sizes": (50, 100, 200, 500, 1000, 2000, 5000)}

ITEM = Item(
    id="B-fig8",
    title="Optimization threshold with a teacher of five ReLU neurons",
    paper="B",
    kind="figure",
    chapter="simplicity_bias/other_networks",
    statement=(
        "With a more complex teacher interpolation is lost as early, but many more samples are needed before the "
        "network fits as well as the teacher does and no better."
    ),
    mark=Mark.STATED,
    parts=("B-fig8a", "B-fig8b"),
    params=Parameters,
    runs=both_runs,
    compute=compute,
    claims=claims,
    figures=panels("B-fig8", "teacher of five ReLU neurons", first),
    controls=(
        many_samples("B-fig8", ("sgd",), (10000, 20000)),
        few_samples("B-fig8", ("sgd",), (50, 200)),
        line("B-fig8", ("sgd",), horizon=20000.0, sample_sizes=(2, 3, 5, 50)),
        lazy("B-fig8", ("sgd",)),
        Control(
            "unequal",
            "Only the networks with the network teacher start large: they interpolate many more samples than the "
            "others, and their test loss does not fall throughout",
            UNEQUAL_SIZES,
            ("B-fig8a/interpolation-lost-alike", "B-fig8b/sgd-monotone"),
            replaces={"runs": unequal_runs},
        ),
        Control(
            "unequal-later",
            "The same: they reach the simple solution later, and the comparison sees it",
            UNEQUAL_SIZES,
            ("B-fig8a/slower-transition",),
            Verdict.REPRODUCED,
            replaces={"runs": unequal_runs},
        ),
    ),
    precision=PRECISION,
)
