"""Figure 1: three regimes, drawn from measurements.

The paper's Figure 1 is a sketch: few samples are interpolated and test badly; past an optimization threshold the
network could still interpolate but ends at a simple solution; past its capacity it could not, and classical bounds
apply. Here every cell of the plane of sample size and width is trained, and the capacity is computed from the network's
tangent features.
"""

from __future__ import annotations

import pydantic

from earlyalign.items.evidence import Estimate, interval, not_run, point, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.regimes.fig1_figures import alt_map, caption_map, draw_map
from earlyalign.simplicity_bias.regimes.fig1_runs import compute, of_kind
from earlyalign.simplicity_bias.regimes.fig1_statistics import capacity, threshold_of, width_exponent
from earlyalign.simplicity_bias.threshold.params import Positive, SweepParams
from earlyalign.simplicity_bias.threshold.params import runs as sweep
from earlyalign.simplicity_bias.threshold.runs import PRECISION, settings_of
from earlyalign.simplicity_bias.threshold.statistics import at_horizon, where

FITS = 1e-10
"""Residual of the linearised network over OLS's below which it interpolates."""


class Parameters(SweepParams):
    """`widths` are the widths of the map; `width` is the one of the cut, where all three regimes are to be seen.

    capacity_up_to  sample sizes up to this one are also solved with the linearised network
    wide            the widths from this one on are overparametrised at the threshold: there it must not move with m
    """

    widths: tuple[Positive, ...]
    capacity_up_to: int = pydantic.Field(ge=1, le=5000)
    wide: int = pydantic.Field(ge=2, le=100_000)

    @pydantic.model_validator(mode="after")
    def _width_is_mapped(self) -> Parameters:
        if self.width not in self.widths:
            raise ValueError(f"width {self.width} must be one of widths {list(self.widths)}")
        if sum(width >= self.wide for width in self.widths) < 2:
            raise ValueError(f"at least two of widths {list(self.widths)} must be {self.wide} or more")
        return self


def runs(params: Parameters) -> list[Run]:
    """Every width at every size: trained, and up to `capacity_up_to` linearised."""
    return [
        of_kind(kind, run)
        for width in params.widths
        for run in sweep(params.model_copy(update={"width": width}))
        for kind in ("trained", *(["capacity"] if settings_of(run).n <= params.capacity_up_to else []))
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    method = params.methods[0]
    most = capacity(params.width, params.d)
    rows = at_horizon(where(tables, width=params.width), method)
    past = rows[rows["n"] == max(params.sample_sizes)]
    wide = [width for width in params.widths if width >= params.wide]
    return [
        within(
            "B-fig1/spurious-minimum",
            f"Between threshold and capacity lies a regime where the network could interpolate and does not (m = "
            f"{params.width}): optimization threshold over capacity m · d = {most:,}",
            Estimate(*(value / most for value in threshold_of(tables, params.width, method))),
            "at most 0.5",
            high=0.5,
        ),
        _capacity_claim(tables, params),
        within(
            "B-fig1/interpolates",
            f"Left of the threshold (n = {params.small_n}) it interpolates: train loss over that of OLS",
            interval(rows.loc[rows["n"] == params.small_n, "train_ratio"]),
            "at most 0.01",
            high=0.01,
        ),
        within(
            "B-fig1/underparametrised",
            f"Past its capacity (n = {max(params.sample_sizes):,}) it tests as OLS does: test loss over its own",
            interval(past["test_ratio"]),
            "at most 1.05",
            high=1.05,
        ),
        within(
            "B-fig1/width-hardly-moves-it",
            "The threshold is no matter of capacity, whose exponent in the width m is 1: its own exponent, over m = "
            + ", ".join(f"{width:,}" for width in wide),
            width_exponent(tables, wide, method),
            "nearer 0 than 1: below 0.5",
            low=-0.5,
            high=0.5,
            mark=Mark.REBUILT,
        ),
    ]


def _capacity_claim(tables: Tables, params: Parameters) -> Claim:
    id, expected = "B-fig1/capacity", f"at most {FITS:g}"
    words = (
        "It could: residual of the linearised network over that of OLS, the largest for any n up to "
        f"{params.capacity_up_to:,} (m = {params.width})"
    )
    if "capacity" not in tables:
        return not_run(id, words, expected, Mark.CHOSEN)
    most = float(where(tables, width=params.width)["capacity"]["share"].max())
    return within(id, words, point(most), expected, high=FITS, mark=Mark.CHOSEN)


ITEM = Item(
    id="B-fig1",
    title="Three regimes",
    paper="B",
    kind="figure",
    chapter="simplicity_bias/regimes",
    statement=(
        "Few samples are interpolated; past the optimization threshold the network could interpolate but ends at a "
        "simple solution that tests well; past its capacity it cannot interpolate."
    ),
    mark=Mark.STATED,
    parts=("B-fig1",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("B-fig1", draw_map, caption_map, alt_map),),
    controls=(
        Control(
            "narrow",
            "Networks of 3 to 30 neurons lose interpolation where their capacity ends: there is no regime between, the "
            "linearised network cannot interpolate either, and the threshold grows with the width",
            {"widths": (3, 10, 30), "width": 10, "wide": 3, "sample_sizes": (6, 10, 20, 50, 100, 200, 500)},
            ("B-fig1/spurious-minimum", "B-fig1/capacity", "B-fig1/width-hardly-moves-it"),
        ),
        Control(
            "many-samples",
            "A sample past the threshold in the place of the small one is not interpolated",
            {"sample_sizes": (5000, 10000), "small_n": 10000},
            ("B-fig1/interpolates",),
        ),
        Control(
            "few-samples",
            "A sample that is interpolated in the place of the largest one tests far from OLS",
            {"sample_sizes": (20, 50)},
            ("B-fig1/underparametrised",),
        ),
    ),
    precision=PRECISION,
)
