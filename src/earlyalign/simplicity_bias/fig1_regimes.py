"""Figure 1: three regimes, drawn from measurements.

The paper's Figure 1 is a sketch: few samples are interpolated and test badly; past an optimization threshold the
network could still interpolate but ends at a simple solution; past its capacity it could not, and classical bounds
apply. Here every cell of the plane of sample size and width is trained, and the capacity is computed from the network's
tangent features.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pydantic
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas

from earlyalign.figures import style
from earlyalign.figures.style import styled
from earlyalign.items.evidence import interval, not_run, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.regimes_runs import compute
from earlyalign.simplicity_bias.threshold_params import Positive, SweepParams
from earlyalign.simplicity_bias.threshold_params import runs as sweep
from earlyalign.simplicity_bias.threshold_readings import (
    Reading,
    at_horizon,
    grid,
    threshold,
    threshold_exponent,
    where,
)
from earlyalign.simplicity_bias.threshold_runs import PRECISION

HALF = 0.5
"""Train loss over OLS's at which the optimization threshold is read, as in Figure 2."""

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
    found = []
    for width in params.widths:
        for run in sweep(params.model_copy(update={"width": width})):
            found.append(Run({"kind": "trained", **run.config}, run.seed))
            if run.config["n"] <= params.capacity_up_to:
                found.append(Run({"kind": "capacity", **run.config}, run.seed))
    return found


def capacity(width: int, d: int) -> int:
    """Samples that width · d effective parameters can interpolate: a neuron's weights count up to one rescaling."""
    return width * d


def threshold_of(tables: Tables, width: int, method: str) -> Reading:
    """The optimization threshold at one width, with its interval."""
    return threshold(at_horizon(where(tables, width=width), method), HALF)


def width_exponent(tables: Tables, widths: list[int], method: str) -> Reading:
    """Slope of log threshold against log width."""
    return threshold_exponent(
        [at_horizon(where(tables, width=width), method) for width in widths], widths, HALF
    )


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
            tuple(value / most for value in threshold_of(tables, params.width, method)),
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
    return within(id, words, (most,) * 3, expected, high=FITS, mark=Mark.CHOSEN)


_MAP = LinearSegmentedColormap.from_list("regimes", [style.GOLD, "#f4efe2", style.BLUE])


@styled
def draw_map(tables: Tables) -> Canvas:
    figure = style.canvas(height=3.9)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _draw_plane(figure, left, tables)
    _draw_cut(right, tables)
    return figure


def _draw_plane(figure: Canvas, axis, tables: Tables) -> None:
    method, d = tables["losses"]["method"].iloc[0], int(tables["losses"]["d"].iloc[0])
    widths = sorted(tables["losses"]["width"].unique())
    planes = [grid(at_horizon(where(tables, width=width), method), "train_ratio") for width in widths]
    sizes = planes[0][0]
    medians = np.array([np.median(values, axis=0) for _, values in planes])
    shown = axis.pcolormesh(
        sizes, widths, np.clip(medians, 0, 1), cmap=_MAP, vmin=0, vmax=1, shading="nearest"
    )
    figure.colorbar(shown, ax=axis, label="train loss / least squares", shrink=0.9)
    found = np.array([threshold_of(tables, width, method) for width in widths])
    axis.errorbar(found[:, 0], widths, xerr=[found[:, 0] - found[:, 1], found[:, 2] - found[:, 0]], fmt="o-",
                  color=style.INK, markersize=4, linewidth=1.2, label="threshold")  # fmt: skip
    edge = np.array([sizes[0], sizes[-1]])
    axis.plot(edge, edge / d, "--", color=style.RED, linewidth=1.5, label="capacity n = m d")
    axis.set(xscale="log", yscale="log", xlabel="number of samples n", ylabel="width m",
             xlim=(sizes[0], sizes[-1]), ylim=(widths[0] * 0.8, widths[-1] * 1.25))  # fmt: skip
    axis.set_yticks(widths, [f"{width:,}" for width in widths])
    axis.minorticks_off()
    axis.legend(
        loc="lower right", fontsize=8, frameon=True, framealpha=0.9, edgecolor="none", facecolor="white"
    )


def _draw_cut(axis, tables: Tables) -> None:
    method, d = tables["losses"]["method"].iloc[0], int(tables["losses"]["d"].iloc[0])
    width = cut_width(tables)
    rows = at_horizon(where(tables, width=width), method)
    sizes, train = grid(rows, "train")
    style.band(axis, sizes, train, style.GOLD, "train")
    style.band(axis, *grid(rows, "test"), style.BLUE, "test")
    low, most = threshold_of(tables, width, method)[0], capacity(width, d)
    top = 1.15 * np.median(grid(rows, "test")[1], axis=0).max()
    edges = (sizes[0], low, most, sizes[-1])
    for (start, stop), colour, name in zip(
        pairwise(edges),
        (style.GOLD, style.BLUE, style.RED),
        ("interpolates", "could, but\ndoes not", "cannot"),
    ):
        if stop > start:
            axis.axvspan(start, stop, color=colour, alpha=0.12, linewidth=0)
            axis.text(np.sqrt(start * stop), top, name, ha="center", va="top", fontsize=8, color=style.INK)
    axis.axhline(float(rows["noise_variance"].iloc[0]), color=style.FAINT, linewidth=1)
    axis.set(xscale="log", xlabel="number of samples n", ylabel="loss", title=f"m = {width:,}",
             xlim=(sizes[0], sizes[-1]), ylim=(-0.02, 1.05 * top))  # fmt: skip
    axis.legend(loc="center right", fontsize=8)


def cut_width(tables: Tables) -> int:
    """The largest width whose capacity lies inside the swept sizes, else the largest."""
    widths, d = sorted(tables["losses"]["width"].unique()), int(tables["losses"]["d"].iloc[0])
    inside = [width for width in widths if capacity(width, d) < tables["losses"]["n"].max()]
    return int(inside[-1] if inside else widths[-1])


def _caption(tables: Tables) -> str:
    losses = tables["losses"]
    return (
        "Left: median train loss over that of least squares for every sample size and width, with the optimization "
        "threshold (dots, 95 % intervals) and the capacity (dashed). Right: the row "
        f"m = {cut_width(tables):,}, medians and quartiles over seeds, the three regimes shaded. "
        f"d = {losses['d'].iloc[0]}, trained to t = {losses['time'].max():,.0f}."
    )


def _alt(tables: Tables) -> str:
    method = tables["losses"]["method"].iloc[0]
    places = [
        f"n = {threshold_of(tables, width, method)[0]:.0f} at width {width}"
        for width in sorted(tables["losses"]["width"].unique())
    ]
    return (
        "Map of the train loss over sample size and width: interpolation on the left, least squares on the right. The "
        "threshold lies at " + ", ".join(places) + "."
    )


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
    figures=(Figure("B-fig1", draw_map, _caption, _alt),),
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
