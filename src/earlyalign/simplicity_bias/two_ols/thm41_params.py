"""Parameters of B-thm41 and its runs: a grid inside the theorem, sweeps that walk out of it, and its opposite ends."""

from __future__ import annotations

from itertools import product
from typing import Annotated

from pydantic import Field, model_validator

from earlyalign.items.params import Params
from earlyalign.items.run import Run, Scalar


class Sweep(Params):
    """One setting from which three sweeps start: over n (in several d), over c, over lambda (with p = 1 and 2)."""

    d: int = Field(ge=1, le=64)
    n: int = Field(ge=2, le=1_000_000)
    width: int = Field(ge=2, le=100_000)
    c: float = Field(ge=0, lt=1)
    init_scale: float = Field(gt=0, le=1)
    sample_sizes: list[Annotated[int, Field(ge=20, le=1_000_000)]] = Field(min_length=1)
    margins: list[Annotated[float, Field(ge=0, lt=1)]] = Field(min_length=1)
    init_scales: list[Annotated[float, Field(gt=0, le=1)]] = Field(min_length=1)
    time: float = Field(gt=0, le=1e9)


class Ends(Params):
    """Few and many samples, in `d` dimensions from initialisation (8), and on the circle from a Gaussian one."""

    d: int = Field(ge=1, le=64)
    small_n: int = Field(ge=2, le=1_000_000)
    plane_small_n: int = Field(ge=4, le=1_000_000)
    large_n: int = Field(ge=2, le=1_000_000)
    width: int = Field(ge=2, le=100_000)
    init_scale: float = Field(gt=0, le=1)
    power: float = Field(ge=1, le=4)
    plane_init_scale: float = Field(gt=0, le=1)
    small_time: float = Field(gt=0, le=1e9)
    large_time: float = Field(gt=0, le=1e9)
    shown_seed: int = Field(ge=0, le=10_000)


class Parameters(Params):
    """The grid is the product of its lists, `seeds` times over; time is the longest a run may take to rest."""

    dimensions: list[Annotated[int, Field(ge=1, le=64)]] = Field(min_length=1)
    sample_sizes: list[Annotated[int, Field(ge=20, le=1_000_000)]] = Field(min_length=1)
    widths: list[Annotated[int, Field(ge=2, le=100_000)]] = Field(min_length=1)
    margins: list[Annotated[float, Field(ge=0, lt=1)]] = Field(min_length=1)
    init_scales: list[Annotated[float, Field(gt=0, le=1)]] = Field(min_length=1)
    power: float = Field(ge=1, le=4)
    flow_dimensions: list[Annotated[int, Field(ge=1, le=64)]]
    flow_time: float = Field(gt=0, le=1e9)
    noise_variance: float = Field(ge=0, le=1e6)
    step: float = Field(gt=0, le=1)
    time: float = Field(gt=0, le=1e9)
    seeds: int = Field(ge=2, le=1000)
    sweep: Sweep
    ends: Ends

    @model_validator(mode="after")
    def _enough_samples(self) -> Parameters:
        if min(self.sample_sizes) < 8 * max(self.dimensions):
            raise ValueError(
                "every one of sample_sizes must be at least eight times the largest of dimensions"
            )
        return self


Config = dict[str, Scalar]


def runs(params: Parameters) -> list[Run]:
    """Every setting of the grid, the sweeps and the ends, once a seed."""
    configs = [*grid(params), *sweeps(params), *ends(params)]
    return [Run(config, seed) for config in configs for seed in range(params.seeds)]


def agreement(
    params: Parameters, part: str, power: float, time: float, method: str, **axes: Scalar
) -> Config:
    """One setting of the kind `agreement`; axes: d, n, width, c and init_scale."""
    return {
        "kind": "agreement", "part": part, "power": power, "noise_variance": params.noise_variance,
        "step": params.step, "time": time, "method": method, **axes,
    }  # fmt: skip


def grid(params: Parameters) -> list[Config]:
    """Settings inside the theorem, by descent; and one for each of `flow_dimensions` along the flow itself."""
    names = ("d", "n", "width", "c", "init_scale")
    axes = (params.dimensions, params.sample_sizes, params.widths, params.margins, params.init_scales)
    by_descent = [
        agreement(params, "grid", params.power, params.time, "descent", **dict(zip(names, values)))
        for values in product(*axes)
    ]
    first = dict(zip(names, (values[0] for values in axes)))
    along_flow = [
        agreement(params, "flow", params.power, params.flow_time, "flow", **{**first, "d": d})
        for d in params.flow_dimensions
    ]
    return by_descent + along_flow


def sweeps(params: Parameters) -> list[Config]:
    """Settings that walk out of the theorem. In the sweep over n, both half-spaces must hold d samples: n >= 8 d."""
    s = params.sweep
    start = {"d": s.d, "n": s.n, "width": s.width, "c": s.c, "init_scale": s.init_scale}

    def moved(part: str, power: float = params.power, **changes: Scalar) -> Config:
        return agreement(params, part, power, s.time, "descent", **{**start, **changes})

    return [
        *(moved("over n", d=d, n=n) for d, n in product(params.dimensions, s.sample_sizes) if n >= 8 * d),
        *(moved("over c", c=c) for c in s.margins),
        *(
            moved("over lambda", init_scale=scale, power=power)
            for scale, power in product(s.init_scales, (1.0, params.power))
        ),
    ]


def ends(params: Parameters) -> list[Config]:
    """Few samples and many, in space and in the plane."""
    e = params.ends
    shared: Config = {"width": e.width, "c": params.sweep.c, "noise_variance": params.noise_variance}
    in_space: Config = {
        "kind": "opposite ends",
        "d": e.d,
        "init_scale": e.init_scale,
        "power": e.power,
        **shared,
    }
    in_plane: Config = {
        "kind": "circle", "d": 2, "init_scale": e.plane_init_scale, "shown_seed": e.shown_seed, **shared,
    }  # fmt: skip
    few: Config = {"time": e.small_time, "end": "small"}
    many: Config = {"time": e.large_time, "end": "large"}
    return [
        {**in_space, **few, "n": e.small_n},
        {**in_space, **many, "n": e.large_n},
        {**in_plane, **few, "n": e.plane_small_n},
        {**in_plane, **many, "n": e.large_n},
    ]
