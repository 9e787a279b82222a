"""Lemmas F.2 to F.6: the proof of Theorem 4.1 as four phases of one trajectory, and the decoupling between them.

Paper B, Appendix F. Words stated, formulas rebuilt; the stopping times are

    tau    = ε ln(1/lambda) / max ||D_n^±||                    end of early alignment
    tau2   = first time with sum over a_i > 0 of a_i^2 >= ε2   end of slow growth
    tau3   = first time with ||beta_{n,+} - sum a_i w_i|| <= ε3   end of fast growth

and the same for negative neurons. F.2: output weights keep their size, all neurons align with D_n^± (comparison with
tanh). F.3: afterwards positive and negative neurons are two autonomous systems. F.4: they grow, and line up with one
another. F.5: their sum moves to the estimator by a positive definite matrix. F.6: a Polyak-Lojasiewicz inequality
takes it there at an exponential rate. Inputs are the whitened law that meets Assumption 4.1 with a margin.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from earlyalign.items.item import Claim, Control, Fault, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.phases import faults
from earlyalign.simplicity_bias.phases.claims import judge
from earlyalign.simplicity_bias.phases.figures import FIGURES
from earlyalign.simplicity_bias.phases.runs import compute


class Parameters(Params):
    """c: the law is conditioned at this margin, then whitened; epsilon, epsilon2, epsilon3 cut the phases; efolds: how
    many e-foldings near the limit are followed. Exponents need two values of lambda (`init_scales`)."""

    d: int = Field(ge=2, le=16)
    n: int = Field(ge=20, le=1_000_000)
    width: int = Field(ge=2, le=200)
    c: float = Field(ge=0, lt=1)
    init_scales: list[Annotated[float, Field(gt=0, lt=1)]] = Field(min_length=2)
    power: float = Field(ge=1, le=4)
    noise_variance: float = Field(ge=0, le=1e6)
    epsilon: float = Field(gt=0, lt=1)
    epsilon2: float = Field(gt=0, lt=1)
    epsilon3: float = Field(gt=0, lt=1)
    efolds: float = Field(gt=0, le=30)
    seeds: int = Field(ge=2, le=1000)


def runs(params: Parameters) -> list[Run]:
    """One trajectory for every scale and seed."""
    shared = params.model_dump(exclude={"init_scales", "seeds"})
    return [
        Run({**shared, "init_scale": scale}, seed)
        for scale in params.init_scales
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """Every claim of the five lemmas."""
    return judge(tables["sides"], params.epsilon)


FEW = {"init_scales": [0.01, 0.001], "seeds": 2}
"""What a control needs: an exponent and a seed to hold out."""


ITEM = Item(
    id="B-lemF",
    title="The phases of the proof of Theorem 4.1",
    paper="B",
    kind="lemma",
    chapter="simplicity_bias/five_phases",
    statement="Early alignment, decoupling, slow growth, fast growth and convergence, each up to its stopping time.",
    mark=Mark.REBUILT,
    parts=("B-lemF2", "B-lemF3", "B-lemF4", "B-lemF5", "B-lemF6"),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=FIGURES,
    controls=(
        Control(
            "large-init", "lambda too large: the network starts as large as it will end",
            {"init_scales": [0.9, 0.6], "seeds": 2},
            (
                "B-lemF2/alignment", "B-lemF3/exact", "B-lemF3/forever", "B-lemF4/duration",
                "B-lemF4/mutual-alignment", "B-lemF4/pair-invariant", "B-lemF4/cones", "B-lemF5/identity",
                "B-lemF5/cones", "B-lemF6/polyak", "B-lemF6/no-lambda", "B-lemF6/rate", "B-lemF6/limit",
                "B-lemF6/cones",
            ),
        ),
        Control(
            "misplaced-neuron", "One positive neuron starts long and against the teacher, outside its cone",
            FEW,
            (
                "B-lemF2/output-weights", "B-lemF2/comparison", "B-lemF3/exact", "B-lemF3/forever",
                "B-lemF4/pair-invariant", "B-lemF4/cones", "B-lemF5/identity", "B-lemF5/cones", "B-lemF6/polyak",
                "B-lemF6/constant", "B-lemF6/movement", "B-lemF6/limit", "B-lemF6/cones",
            ),
            fault=Fault(faults.misplaced_neuron),
        ),
        Control(
            "frozen-outer", "The outer layer does not move: nothing can grow",
            FEW,
            (
                "B-lemF4/duration", "B-lemF4/mutual-alignment", "B-lemF4/constant", "B-lemF4/pair-invariant",
                "B-lemF5/positive-definite", "B-lemF5/distance", "B-lemF5/duration", "B-lemF5/no-lambda",
                "B-lemF6/polyak", "B-lemF6/limit",
            ),
            fault=Fault(faults.frozen_outer),
        ),
        Control(
            "late-tau", "The early phase is taken to last three times as long",
            FEW, ("B-lemF2/output-weights", "B-lemF2/norms"), fault=Fault(faults.late_tau),
        ),
        Control(
            "wrong-comparison", "The comparison solution (22) turns twice as fast",
            FEW, ("B-lemF2/comparison",), fault=Fault(faults.wrong_comparison),
        ),
        Control(
            "early-decoupling", "The groups are taken apart at time 0, before neurons are in their cones",
            FEW, ("B-lemF3/exact",), fault=Fault(faults.early_decoupling),
        ),
        Control(
            "wrong-eigenvalue", "The largest eigenvalue stands where the smallest should, in (45) and in (48)",
            FEW, ("B-lemF6/polyak", "B-lemF6/rate"), fault=Fault(faults.wrong_eigenvalue),
        ),
    ),
)  # fmt: skip
