"""Figure 5: GeLU networks trained with Adam, torch's default hyperparameters (Paper B, Appendix A.3).

Stated: the same conclusions as Figure 4.
"""

from __future__ import annotations

import pydantic

from earlyalign.dynamics.adam import LEARNING_RATE
from earlyalign.items.item import Claim, Item, Mark
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.threshold.claims import generalisation_claims, train_claims
from earlyalign.simplicity_bias.threshold.controls import (
    few_samples,
    from_size,
    lazy,
    line,
    many_samples,
)
from earlyalign.simplicity_bias.threshold.figures import panels
from earlyalign.simplicity_bias.threshold.params import Activation, SweepParams, runs
from earlyalign.simplicity_bias.threshold.runs import PRECISION, compute


class Parameters(SweepParams):
    """A sweep with the paper's activation.

    learning_rate  of Adam: the block `B-fig5` of a profile sets it; where it does not, torch's default for Adam stands,
                   `dynamics.adam.LEARNING_RATE`, and not the 0.01 that the other figures train with
    """

    learning_rate: float = pydantic.Field(LEARNING_RATE, gt=0, le=1)
    activation: Activation = "gelu"


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    return [*train_claims("B-fig5a", tables, params), *generalisation_claims("B-fig5b", tables, params)]


ITEM = Item(
    id="B-fig5",
    title="Optimization threshold with GeLU and Adam",
    paper="B",
    kind="figure",
    chapter="simplicity_bias/other_networks",
    statement=(
        "A momentum method changes nothing of substance: few samples are interpolated, many are fitted by least "
        "squares."
    ),
    mark=Mark.STATED,
    parts=("B-fig5a", "B-fig5b"),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=panels("B-fig5", "GeLU and Adam"),
    controls=(
        many_samples("B-fig5", ("adam",), (2000, 5000)),
        few_samples("B-fig5", ("adam",), (20, 50)),
        from_size("B-fig5", ("adam",), (200, 500, 1000, 2000)),
        line("B-fig5", ("adam",), activation="relu"),
        lazy("B-fig5", ("adam",), horizon=500.0),
    ),
    precision=PRECISION,
)
