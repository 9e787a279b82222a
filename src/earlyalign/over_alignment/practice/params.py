"""What the experiments share: the cases, the grid over multipliers and steps, and the runs that follow."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from earlyalign.data.image_tasks import WITH_EDIM, images_sha256
from earlyalign.items.params import Params
from earlyalign.items.run import Run

Network = Literal["cnn", "vgg19", "vgg19_bn", "resnet18", "resnet34", "resnet50"]
Task = Literal["generator", "biggan", "cifar10", "cifar100", "fashion-mnist", "digits"]


class Case(Params):
    """One data set and one network.

    edim        latent dimensions that vary, for the generator and BigGAN
    classes_in  where the generator puts its classes
    """

    task: Task
    edim: int | None = Field(default=None, ge=1, le=128)
    classes_in: Literal["textures", "means"] = "textures"
    network: Network
    width: int = Field(ge=1, le=1024)
    samples: int = Field(ge=10, le=1_000_000)

    @model_validator(mode="after")
    def _edim_where_it_means_something(self) -> Case:
        if (self.edim is None) == (self.task in WITH_EDIM):
            raise ValueError(f"edim must be set for task {' and '.join(WITH_EDIM)} and for no other")
        return self


STEP_RULES = {
    "paper": "η/c",
    "homogeneous": "η c^(-2/L)",
    "two-sided": "η c^(-2/L) up to c = 1, η/c² above",
}
"""The step that goes with c. L is the network's layers with weights. With the second rule, multiplying the output is
the same as scaling the initial weights. The third keeps the speed of the outputs above 1, where the tangent kernel
grows as c²."""


class Grid(Params):
    """Cases by name, each over all multipliers 2^k, steps and seeds.

    step_rule   see `STEP_RULES`
    centred     c (f - f_0) instead of c f
    spacing     of evaluations, as a share of the epochs gone by; 0 for each epoch
    """

    cases: dict[str, Case]
    side: Literal[8, 16, 32]
    test_samples: int = Field(ge=10, le=1_000_000)
    multipliers: list[Annotated[int, Field(ge=-64, le=64)]] = Field(min_length=1)
    steps: list[Annotated[float, Field(gt=0, le=1e9)]] = Field(min_length=1)
    step_rule: Literal["paper", "homogeneous", "two-sided"]
    centred: bool = False
    batch: int = Field(ge=1, le=1_000_000)
    epochs: int = Field(ge=1, le=1_000_000)
    spacing: float = Field(ge=0, le=1)
    train_accuracy: float = Field(default=0.99, gt=0, le=1)
    seeds: int = Field(ge=4, le=1000)
    device: Literal["cpu", "cuda"] = "cpu"


SHARED = (
    "side", "test_samples", "step_rule", "centred", "batch", "epochs", "spacing", "train_accuracy", "device",
)  # fmt: skip
"""Parameters that every run's config holds."""


def source(case: Case) -> dict[str, str]:
    """What else decides a run's numbers: the checksum of its images, where they are read from files."""
    digest = images_sha256(case.task, case.edim)
    return {} if digest is None else {"images": digest}


def runs(params: Grid) -> list[Run]:
    """Every case at every multiplier, step and seed. Runs of one case and seed share sample and initial weights.

    Raises UserError where a case's images are read from a file that is not there.
    """
    shared = params.model_dump(include=set(SHARED))
    return [
        Run({**shared, **case.model_dump(), **source(case), "log2_c": log2_c, "step": step}, seed)
        for case in params.cases.values()
        for log2_c in params.multipliers
        for step in params.steps
        for seed in range(params.seeds)
    ]
