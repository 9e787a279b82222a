"""Parameters that the figures about the optimization threshold share, and the runs that they ask for."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Annotated, Literal

import pydantic

from earlyalign.dynamics.long_flow import STEP
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.simplicity_bias.threshold.runs import Flow, MiniBatch, Training

Positive = Annotated[int, pydantic.Field(ge=1, le=1_000_000)]
Method = Literal["flow", "sgd", "adam"]
Activation = Literal["relu", "gelu"]

METHOD_NAMES: dict[str, str] = {"flow": "gradient flow", "sgd": "SGD", "adam": "Adam"}
"""What a method is called in words."""


class ThresholdParams(Params):
    """A sweep over sample sizes: every method, size and seed is one run.

    horizon        time of the flow, learning_rate × steps for SGD and Adam
    learning_rate  of SGD; Figure 5, which trains with Adam, has a default of its own
    activation     of the network; the flow is for ReLU only
    teacher_neurons  0 for the linear teacher, else the neurons of a ReLU teacher shared by all runs
    init_variance  times width: components are N(0, init_variance / width), the paper's small variance
    batch_size     of SGD; a sample smaller than the batch gives batches of its own size
    step           of the flow, in units of time
    certified_every  of the flows, every so many seeds is run again at half the step
    block          neurons that the kernels of SGD and Adam sum over at a time: another number is another rounding of
                   the same training
    """

    methods: tuple[Method, ...]
    sample_sizes: tuple[Positive, ...]
    seeds: int = pydantic.Field(ge=2, le=1000)
    d: int = pydantic.Field(ge=1, le=64)
    width: int = pydantic.Field(ge=2, le=100_000)
    horizon: float = pydantic.Field(gt=0, le=1e9)
    init_variance: float = pydantic.Field(1e-5, gt=0, le=1e6)
    noise_variance: float = pydantic.Field(0.2, gt=0, le=1e6)
    learning_rate: float = pydantic.Field(0.01, gt=0, le=1)
    batch_size: int = pydantic.Field(32, ge=1, le=1_000_000)
    step: float = pydantic.Field(STEP, gt=0, le=10)
    certified_every: int = pydantic.Field(5, ge=1, le=1000)
    block: int | None = pydantic.Field(None, ge=16, le=4096, multiple_of=16)
    activation: Activation = "relu"
    teacher_neurons: int = pydantic.Field(0, ge=0, le=100)

    @pydantic.field_validator("methods", "sample_sizes")
    @classmethod
    def _not_empty_nor_repeated(cls, values: tuple) -> tuple:
        if not values or len(set(values)) < len(values):
            raise ValueError("must list at least one value, each once")
        return values

    @pydantic.model_validator(mode="after")
    def _enough_samples(self) -> ThresholdParams:
        if min(self.sample_sizes) <= self.d:
            raise ValueError(f"every sample size must exceed d = {self.d}, or least squares is not unique")
        if "flow" in self.methods and self.activation != "relu":
            raise ValueError(
                f"method flow knows activation relu only, not {self.activation}; allowed: sgd, adam"
            )
        if self.methods != ("flow",) and self.batch_size > max(self.sample_sizes):
            raise ValueError(
                f"batch_size {self.batch_size} exceeds every sample size; allowed: 1..{max(self.sample_sizes)}"
            )
        return self


class SweepParams(ThresholdParams):
    """`small_n`, one of the sample sizes, stands for "below the threshold"."""

    small_n: int = pydantic.Field(50, ge=2, le=1_000_000)

    @pydantic.model_validator(mode="after")
    def _small_n_is_swept(self) -> SweepParams:
        if self.small_n not in self.sample_sizes:
            raise ValueError(f"small_n {self.small_n} must be one of sample_sizes {list(self.sample_sizes)}")
        return self


def runs(params: ThresholdParams) -> list[Run]:
    """One run for each method, sample size and seed. A sample smaller than the batch is drawn from n at a time."""
    return [
        Run(asdict(_settings(params, method, n, seed)), seed)
        for method in params.methods
        for n in params.sample_sizes
        for seed in range(params.seeds)
    ]


def _settings(params: ThresholdParams, method: Method, n: int, seed: int) -> Flow | MiniBatch:
    shared = {field.name: getattr(params, field.name) for field in fields(Training) if field.name != "n"}
    if method == "flow":
        certified = seed % params.certified_every == 0
        return Flow(n=n, **shared, method=method, step=params.step, certified=certified)
    return MiniBatch(
        n=n,
        **shared,
        method=method,
        learning_rate=params.learning_rate,
        batch_size=min(params.batch_size, n),
        block=params.block,
    )
