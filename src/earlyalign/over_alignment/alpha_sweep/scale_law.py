"""A-scale: the optimal scale of initialisation against sample size and width, alpha* ~ n^-1 h^-1/2.

Paper A, Section 5.4; stated as c* ~ n^-2 h^-1 with c = alpha^2. Each law of data, error and size has its own exponent,
with an interval from resampled seeds; none is averaged with another. alpha* is the vertex of a parabola in log alpha
through the points about the least mean.

Past the paper: where the optimum lies over (kappa/sigma, d/n); whether a seed with a larger angle phi has a larger
alpha*; and whether the sample alone can tell its alpha*.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from earlyalign.items.item import Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.over_alignment.alpha_sweep.scale_claims import claims
from earlyalign.over_alignment.alpha_sweep.scale_controls import CONTROLS
from earlyalign.over_alignment.alpha_sweep.scale_figures import FIGURES
from earlyalign.over_alignment.alpha_sweep.scale_runs import compute
from earlyalign.over_alignment.alpha_sweep.scale_statistics import summary

LAWS = {"separable": 0.0, "free": None}
"""Law -> the separability that is asked of its samples."""

SHARED = {"base_n", "base_width", "eta", "alpha_low", "alpha_high", "alpha_count", "lines", "rtol", "variant"}
"""Parameters that every run's config holds."""


class Parameters(Params):
    """The base cell (base_n, base_width), sizes along each axis; seeds a law; the map over kappas and ratios d/n at
    base_n, without separability asked."""

    d: int = Field(ge=2, le=1000)
    kappa: float = Field(gt=0, le=1e3)
    base_n: int = Field(ge=2, le=2000)
    base_width: int = Field(ge=2, le=2000)
    sample_sizes: list[Annotated[int, Field(ge=2, le=2000)]] = Field(min_length=1)
    widths: list[Annotated[int, Field(ge=2, le=2000)]] = Field(min_length=1)
    separable_seeds: int = Field(ge=0, le=10_000)
    free_seeds: int = Field(ge=0, le=10_000)
    kappas: list[Annotated[float, Field(gt=0, le=1e3)]]
    ratios: list[Annotated[float, Field(gt=0, le=100)]]
    map_seeds: int = Field(ge=0, le=10_000)
    eta: float = Field(gt=0, lt=1.38)
    alpha_low: float = Field(gt=0, le=1e6)
    alpha_high: float = Field(gt=0, le=1e6)
    alpha_count: int = Field(ge=5, le=100)
    lines: int = Field(ge=16, le=1_000_000)
    rtol: float = Field(gt=0, le=1e-2)
    variant: Literal["plain", "positives"] = "plain"


def runs(params: Parameters) -> list[Run]:
    """Every size along either axis under each law, and the cells of the map, whose seeds begin at 10,000."""
    shared = params.model_dump(include=SHARED)
    sizes = [(n, params.base_width) for n in params.sample_sizes]
    sizes += [(params.base_n, width) for width in params.widths if width != params.base_width]
    of_law = [
        Run(
            {
                "part": "law", "law": law, "n": n, "width": width, "d": params.d, "kappa": params.kappa,
                "separability": separability, **shared,
            },
            seed,
        )
        for law, separability in LAWS.items()
        for n, width in sizes
        for seed in range(getattr(params, f"{law}_seeds"))
    ]  # fmt: skip
    of_map = [
        Run(
            {
                "part": "map", "law": "free", "n": params.base_n, "width": params.base_width,
                "d": round(ratio * params.base_n), "kappa": kappa, "separability": None, **shared,
            },
            10_000 + seed,
        )
        for kappa in params.kappas
        for ratio in params.ratios
        for seed in range(params.map_seeds)
    ]  # fmt: skip
    return of_law + of_map


ITEM = Item(
    id="A-scale",
    title="The scaling law of the optimum",
    paper="A",
    kind="law",
    chapter="over_alignment/scaling_law",
    statement="The optimal multiplier obeys c* ~ n^-2 h^-1, so alpha* ~ n^-1 h^-1/2.",
    mark=Mark.STATED,
    parts=("A-scale",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    summary=summary,
    figures=FIGURES,
    controls=CONTROLS,
)
