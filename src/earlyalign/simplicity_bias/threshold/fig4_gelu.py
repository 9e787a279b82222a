"""Figure 4: GeLU in place of ReLU (Paper B, Appendix A.2).

Stated: the same as in Figure 2, although infinitely wide GeLU networks ought to interpolate; interpolation is even
lost at fewer samples. The ReLU network runs beside it, on the same samples from the same initialisation.
"""

from __future__ import annotations

import numpy as np
import pydantic

from earlyalign.items.evidence import within
from earlyalign.items.item import Claim, Control, Item, Mark
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.threshold.claims import generalisation_claims, train_claims
from earlyalign.simplicity_bias.threshold.controls import (
    few_samples,
    lazy,
    line,
    many_samples,
    tiny_samples,
)
from earlyalign.simplicity_bias.threshold.figures import panels
from earlyalign.simplicity_bias.threshold.params import Activation, SweepParams, runs
from earlyalign.simplicity_bias.threshold.runs import PRECISION, compute
from earlyalign.simplicity_bias.threshold.statistics import at_horizon, threshold_shift, where


class Parameters(SweepParams):
    """The first of `activations` is the figure's own; the second, if there is one, is what it is compared with."""

    activations: tuple[Activation, ...] = ("gelu", "relu")

    @pydantic.field_validator("activations")
    @classmethod
    def _two_kinds(cls, values: tuple) -> tuple:
        if not 1 <= len(values) == len(set(values)):
            raise ValueError("must be one or two different ones of relu, gelu")
        return values


def both_runs(params: Parameters) -> list[Run]:
    """The sweep with each activation."""
    return [
        run for name in params.activations for run in runs(params.model_copy(update={"activation": name}))
    ]


def first(tables: Tables) -> Tables:
    """The rows of the figure's own activation."""
    return where(tables, activation=tables["losses"]["activation"].iloc[0])


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    own, *others = (where(tables, activation=name) for name in params.activations)
    method = params.methods[0]
    return [
        *train_claims("B-fig4a", own, params),
        *(
            within(
                "B-fig4a/interpolation-lost-earlier",
                "Interpolation is harder for GeLU: octaves of n from the threshold of ReLU to its own, at equal time",
                threshold_shift(at_horizon(other, method), at_horizon(own, method), 0.5),
                "below 0",
                high=-float(np.finfo(float).eps),
            )
            for other in others
        ),
        *generalisation_claims("B-fig4b", own, params),
    ]


ITEM = Item(
    id="B-fig4",
    title="Optimization threshold with GeLU",
    paper="B",
    kind="figure",
    chapter="simplicity_bias/other_networks",
    statement=(
        "A smooth activation, which in theory interpolates at infinite width, stops interpolating all the same, and at "
        "fewer samples than ReLU."
    ),
    mark=Mark.STATED,
    parts=("B-fig4a", "B-fig4b"),
    params=Parameters,
    runs=both_runs,
    compute=compute,
    claims=claims,
    figures=panels("B-fig4", "GeLU", first),
    controls=(
        many_samples("B-fig4", ("sgd",), (2000, 5000)),
        few_samples("B-fig4", ("sgd",), (20, 50)),
        line("B-fig4", ("sgd",), activations=("relu",), horizon=20000.0),
        tiny_samples("B-fig4", ("sgd",), (6, 10, 50), activations=("gelu",)),
        lazy("B-fig4", ("sgd",), activations=("gelu",), sample_sizes=(50, 1000)),
        Control(
            "swapped",
            "ReLU judged as if it were GeLU: it does not lose interpolation before the other",
            {"activations": ("relu", "gelu")},
            ("B-fig4a/interpolation-lost-earlier",),
        ),
    ),
    precision=PRECISION,
)
