"""Figure 1 as drawn: the plane of sample size and width, and a cut through it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas

from earlyalign.figures import style
from earlyalign.figures.style import styled
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.regimes.fig1_statistics import capacity, threshold_of
from earlyalign.simplicity_bias.threshold.statistics import at_horizon, grid, where

_MAP = LinearSegmentedColormap.from_list("regimes", [style.GOLD, "#f4efe2", style.BLUE])


@styled
def draw_map(tables: Tables) -> Canvas:
    figure = style.canvas(height=3.9)
    left, right = figure.subplots(1, 2, width_ratios=(1.15, 1))
    _draw_plane(figure, left, tables)
    _draw_cut(right, tables)
    return figure


def _draw_plane(figure: Canvas, axis: Axes, tables: Tables) -> None:
    method, d = tables["losses"]["method"].iloc[0], int(tables["losses"]["d"].iloc[0])
    widths = sorted(tables["losses"]["width"].unique())
    planes = [grid(at_horizon(where(tables, width=width), method), "train_ratio") for width in widths]
    sizes = planes[0][0]
    medians = np.array([np.median(values, axis=0) for _, values in planes])
    shown = axis.pcolormesh(
        sizes, widths, np.clip(medians, 0, 1), cmap=_MAP, vmin=0, vmax=1, shading="nearest"
    )
    figure.colorbar(shown, ax=axis, label="train loss / least squares", shrink=0.9)
    middle, low, high = np.array([threshold_of(tables, width, method) for width in widths]).T
    axis.errorbar(middle, widths, xerr=[middle - low, high - middle], fmt="o-", color=style.INK,
                  markersize=4, linewidth=1.2, label="threshold")  # fmt: skip
    edge = np.array([sizes[0], sizes[-1]])
    axis.plot(edge, edge / d, "--", color=style.RED, linewidth=1.5, label="capacity n = m d")
    axis.set(xscale="log", yscale="log", xlabel="number of samples n", ylabel="width m",
             xlim=(sizes[0], sizes[-1]), ylim=(widths[0] * 0.8, widths[-1] * 1.25))  # fmt: skip
    axis.set_yticks(widths, [f"{width:,}" for width in widths])
    axis.minorticks_off()
    axis.legend(
        loc="lower right", fontsize=8, frameon=True, framealpha=0.9, edgecolor="none", facecolor="white"
    )


def _draw_cut(axis: Axes, tables: Tables) -> None:
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


def caption_map(tables: Tables) -> str:
    losses = tables["losses"]
    return (
        "Left: median train loss over that of least squares for every sample size and width, with the optimization "
        "threshold (dots, 95 % intervals) and the capacity (dashed). Right: the row "
        f"m = {cut_width(tables):,}, medians and quartiles over seeds, the three regimes shaded. "
        f"d = {losses['d'].iloc[0]}, trained to t = {losses['time'].max():,.0f}."
    )


def alt_map(tables: Tables) -> str:
    method = tables["losses"]["method"].iloc[0]
    places = [
        f"n = {threshold_of(tables, width, method)[0]:.0f} at width {width}"
        for width in sorted(tables["losses"]["width"].unique())
    ]
    return (
        "Map of the train loss over sample size and width: interpolation on the left, least squares on the right. The "
        "threshold lies at " + ", ".join(places) + "."
    )
