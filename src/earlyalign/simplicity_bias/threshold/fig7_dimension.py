"""Figure 7: larger dimension (Paper B, Appendix A.5), and beyond the paper both thresholds against d.

Stated: at d = 10 interpolation stops at more samples than at d = 5, roughly as the theorem's power of d would have it,
and the OLS solution is reached at many more. The theorem's threshold is of order d^3 log d.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pydantic
from matplotlib.figure import Figure as Canvas

from earlyalign.figures import style
from earlyalign.figures.style import styled
from earlyalign.items.evidence import Estimate, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.run import Run
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
from earlyalign.simplicity_bias.threshold.params import Positive, SweepParams, runs
from earlyalign.simplicity_bias.threshold.runs import PRECISION, compute
from earlyalign.simplicity_bias.threshold.statistics import (
    at_horizon,
    threshold,
    threshold_exponent,
    where,
)

LOST, REACHED = 0.1, 0.9
"""Train loss over OLS's at which interpolation counts as lost, and OLS as reached."""

NAMES = {LOST: "interpolation lost", REACHED: "OLS reached"}


class Parameters(SweepParams):
    """`d` is the figure's own dimension, swept over sample_sizes; the others of `dimensions` are swept over
    dimension_sizes."""

    dimensions: tuple[Annotated[int, pydantic.Field(ge=1, le=64)], ...]
    dimension_sizes: tuple[Positive, ...]

    @pydantic.field_validator("dimensions")
    @classmethod
    def _several(cls, values: tuple) -> tuple:
        if len(set(values)) < 3 or min(values) < 1:
            raise ValueError("must list at least three different dimensions, each at least 1")
        return values

    @pydantic.model_validator(mode="after")
    def _d_is_swept(self) -> Parameters:
        if self.d not in self.dimensions:
            raise ValueError(f"d = {self.d} must be one of dimensions {list(self.dimensions)}")
        most = max((d for d in self.dimensions if d != self.d), default=0)
        if min(self.dimension_sizes) <= most:
            raise ValueError(
                f"every one of dimension_sizes must exceed d = {most}, or least squares is not unique"
            )
        return self


def all_runs(params: Parameters) -> list[Run]:
    """The sweep in every dimension."""
    sizes = {d: params.sample_sizes if d == params.d else params.dimension_sizes for d in params.dimensions}
    return [
        run
        for d in params.dimensions
        for run in runs(params.model_copy(update={"d": d, "sample_sizes": sizes[d]}))
    ]


def largest(tables: Tables) -> Tables:
    """The rows of the largest dimension, the figure's own."""
    return where(tables, d=tables["losses"]["d"].max())


def exponent(
    tables: Tables, dimensions: tuple[int, ...], named: tuple[int, ...], method: str, level: float
) -> Estimate:
    """Slope of log threshold against log `named`, the dimensions under their own names or others."""
    return threshold_exponent([at_horizon(where(tables, d=d), method) for d in dimensions], named, level)


def theorem_exponent(dimensions: tuple[int, ...]) -> float:
    """Slope of log(d^3 log d) against log d over the dimensions from 2 on."""
    d = np.array([each for each in dimensions if each > 1], float)
    return float(np.polyfit(np.log(d), np.log(d**3 * np.log(d)), 1)[0])


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    return _claims(tables, params, params.dimensions)


def reversed_claims(tables: Tables, params: Parameters) -> list[Claim]:
    """The same with each dimension's samples under another's name: what the control judges."""
    return _claims(tables, params, params.dimensions[::-1])


def _claims(tables: Tables, params: Parameters, named: tuple[int, ...]) -> list[Claim]:
    own, method = where(tables, d=params.d), params.methods[0]
    return [
        *train_claims("B-fig7a", own, params),
        *(
            within(
                f"B-fig7a/{name}-grows-with-d",
                f"More dimensions ask for more samples ({NAMES[level]}): exponent of the threshold in d, with one "
                "outside the swept sizes counted at their edge",
                exponent(tables, params.dimensions, named, method, level),
                "above 0",
                low=float(np.finfo(float).eps),
            )
            for level, name in ((LOST, "lost"), (REACHED, "reached"))
        ),
        within(
            "B-fig7a/cubic",
            "OLS is reached at a power of d like the theorem's d^3 log d, whose exponent over these dimensions is "
            f"{theorem_exponent(params.dimensions):.2f}",
            exponent(tables, params.dimensions, named, method, REACHED),
            "between 3 and 4",
            low=3.0,
            high=4.0,
            mark=Mark.REBUILT,
        ),
        *generalisation_claims("B-fig7b", own, params),
    ]


@styled
def draw_dimensions(tables: Tables) -> Canvas:
    figure = style.canvas(width=5.2, height=3.6)
    axis = figure.subplots()
    method = tables["losses"]["method"].iloc[0]
    dimensions = np.array(sorted(tables["losses"]["d"].unique()))
    for level, colour in ((LOST, style.RED), (REACHED, style.BLUE)):
        thresholds = np.array([threshold(at_horizon(where(tables, d=d), method), level) for d in dimensions])
        seen = np.isfinite(thresholds).all(axis=1) & (thresholds > 0).all(axis=1)
        middle, low, high = thresholds[seen].T
        axis.errorbar(dimensions[seen], middle, [middle - low, high - middle], fmt="o-", color=colour,
                      capsize=3, markersize=5, label=NAMES[level])  # fmt: skip
        if level == REACHED and seen.any():
            law = dimensions**3 * np.log(dimensions)
            axis.plot(
                dimensions, law * middle[-1] / law[seen][-1], ":", color=style.FAINT, label=r"$d^3 \log d$"
            )
    axis.set(xscale="log", yscale="log", xlabel="dimension d", ylabel="threshold n")
    axis.set_xticks(dimensions, [str(d) for d in dimensions])
    axis.minorticks_off()
    axis.legend()
    return figure


def caption_dimensions(tables: Tables) -> str:
    return (
        "Sample sizes at which interpolation is lost (train loss a tenth of OLS's) and OLS reached (nine tenths), "
        "against the dimension, with 95 % intervals; dotted, the theorem's order. Thresholds outside the swept sizes "
        "are left out."
    )


def alt_dimensions(tables: Tables) -> str:
    method = tables["losses"]["method"].iloc[0]
    ends = [
        f"{NAMES[level]} {_place(threshold(at_horizon(where(tables, d=d), method), level)[0])} at d = {d}"
        for level in NAMES
        for d in (tables["losses"]["d"].min(), tables["losses"]["d"].max())
    ]
    return "Thresholds against dimension, logarithmic axes. " + "; ".join(ends) + "."


def _place(n: float) -> str:
    return f"at n = {n:.0f}" if 0 < n < np.inf else "outside the swept sizes"


ITEM = Item(
    id="B-fig7",
    title="The threshold and the dimension",
    paper="B",
    kind="figure",
    chapter="simplicity_bias/other_networks",
    statement="In larger dimension interpolation stops, and least squares is reached, at more samples.",
    mark=Mark.STATED,
    parts=("B-fig7a", "B-fig7b"),
    params=Parameters,
    runs=all_runs,
    compute=compute,
    claims=claims,
    figures=(
        *panels("B-fig7", "d = 10", largest),
        Figure("B-fig7-dimensions", draw_dimensions, caption_dimensions, alt_dimensions),
    ),
    controls=(
        many_samples("B-fig7", ("sgd",), (10000, 20000)),
        few_samples("B-fig7", ("sgd",), (50, 200)),
        from_size("B-fig7", ("sgd",), (1000, 2000, 5000, 10000)),
        line("B-fig7", ("sgd",), horizon=20000.0, dimensions=(1, 2, 3), dimension_sizes=(50,)),
        lazy("B-fig7", ("sgd",), dimensions=(8, 9, 10), dimension_sizes=(50,)),
        Control(
            "reversed",
            "Each dimension's samples under another's name: the thresholds must not seem to grow",
            {},
            ("B-fig7a/lost-grows-with-d", "B-fig7a/reached-grows-with-d", "B-fig7a/cubic"),
            replaces={"claims": reversed_claims},
        ),
    ),
    precision=PRECISION,
)
