"""The figures of B-thm41: two sample sizes on the circle, the grid inside the theorem, sweeps out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from earlyalign.figures.style import (
    FAINT,
    FLOW,
    GOLD,
    GREEN,
    INK,
    NEGATIVE,
    PALETTE,
    POSITIVE,
    canvas,
    styled,
)
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables

EXACT = 1e-10
GAPS = ["plus_gap", "minus_gap", "prediction_gap"]
FLOOR = 1e-16


def worst_gap(tables: Tables, part: str) -> pd.DataFrame:
    """The rows of one part with their largest distance from the stated limit as `gap`."""
    rows = tables["agreement"].query("part == @part")
    return rows.assign(gap=rows[GAPS].max(axis=1).clip(lower=FLOOR))


def shown(tables: Tables, name: str, end: str) -> pd.DataFrame:
    """The rows of the seed that is drawn, of one end."""
    return tables[name].query("end == @end and seed == shown_seed")


@styled
def draw_circle(tables: Tables) -> Canvas:
    """Above: a trained network and least squares on the unit circle, few samples and many. Below: its neurons."""
    figure = canvas(10.0, 4.6)
    axes = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(4, 1))
    for column, end in enumerate(("small", "large")):
        _draw_function(axes[0, column], tables, end)
        _draw_neurons(axes[1, column], tables, end)
    axes[0, 0].set_ylabel("output on the unit circle")
    axes[1, 0].set_ylabel("neurons")
    handles = [*axes[0, 1].get_lines()[:2]]
    axes[0, 1].legend(handles, [line.get_label() for line in handles], loc="upper right")
    return figure


def _draw_function(axis: Axes, tables: Tables, end: str) -> None:
    curve, points = shown(tables, "curve", end), shown(tables, "points", end)
    axis.plot(curve["angle"], curve["network"], color=FLOW, linewidth=2.4, label="trained network", zorder=3)
    axis.plot(curve["angle"], curve["least_squares"], color=INK, linestyle="--", linewidth=1.4,
              label="least squares", zorder=4)  # fmt: skip
    if len(points) > 100:
        axis.scatter(points["angle"], points["value"], s=5, color=FAINT, alpha=0.45, linewidth=0, zorder=2)
    else:
        axis.scatter(points["angle"], points["value"], s=64, color=GOLD, edgecolor=INK, zorder=5)
    axis.axhline(0, color=FAINT, linewidth=0.6, zorder=1)
    loss = shown(tables, "plane", end)["train_loss"].iloc[0]
    fit = "train loss 0" if loss < 1e-6 else f"train loss {loss:.2f}"
    axis.set_title(f"n = {len(points)}: {fit}")


def _draw_neurons(axis: Axes, tables: Tables, end: str) -> None:
    neurons = shown(tables, "neurons", end)
    for sign, colour in ((1, POSITIVE), (-1, NEGATIVE)):
        rows = neurons[np.sign(neurons["strength"]) == sign]
        heights = sign * np.sqrt(rows["strength"].abs())
        axis.vlines(rows["angle"], 0, heights, color=colour, alpha=0.7, linewidth=1.2)
        axis.plot(rows["angle"], np.zeros(len(rows)), "|", color=colour, markersize=5, alpha=0.5)
    axis.axhline(0, color=INK, linewidth=0.7)
    axis.set_xticks(np.pi * np.array([-1, -0.5, 0, 0.5, 1]), ["−π", "−π/2", "0", "π/2", "π"])
    axis.set_xlabel("angle to the teacher")
    axis.set_yticks([])
    axis.margins(y=0.12)
    axis.spines["left"].set_visible(False)


def alt_circle(tables: Tables) -> str:
    texts = []
    for side, end in (("Left", "small"), ("Right", "large")):
        plane, curve = shown(tables, "plane", end).iloc[0], shown(tables, "curve", end)
        gap = (curve["network"] - curve["least_squares"]).abs().max()
        texts.append(
            f"{side}, n = {plane.n}: the curve of the trained network has train loss {plane.train_loss:.2g} "
            f"(least squares {plane.ols_train_loss:.2g}) and leaves the dashed cosine by up to {gap:.2f}."
        )
    return "Two panels, the unit circle unrolled. " + " ".join(texts) + " Below each, the neurons as rays."


def caption_circle(tables: Tables) -> str:
    small, large = (shown(tables, "plane", end).iloc[0] for end in ("small", "large"))
    others = tables["plane"].query("end == 'small'")
    count = int((others["train_loss"] < 1e-6).sum())
    return (
        "One network, one initialisation, two sample sizes. A bias-free network in the plane is its values on the unit "
        f"circle. Width {small.width}, component variance {small.init_scale:g}²/m, noise variance "
        f"{small.noise_variance:g}, gradient flow to time {small.time:g} (n = {small.n}) and {large.time:g} "
        f"(n = {large.n}); gradient norms there {small.gradient_norm:.0e} and {large.gradient_norm:.0e}. Rays: "
        f"neurons, length √|a|‖w‖, up for a > 0. At n = {small.n} this flow interpolates in {count} of "
        f"{len(others)} samples; the one shown is one of them."
    )


@styled
def draw_grid(tables: Tables) -> Canvas:
    """Every run of the grid: its largest distance from the stated limit."""
    rows = worst_gap(tables, "grid")
    figure = canvas(7.6, 3.8)
    axis = figure.subplots()
    dimensions, sizes = sorted(rows["d"].unique()), sorted(rows["n"].unique())
    jitter = np.random.default_rng(0)
    places = product(enumerate(dimensions), enumerate(sizes))
    for (i, d), (j, n) in places:
        centre = i + (j - (len(sizes) - 1) / 2) * 0.36
        here = rows[(rows["d"] == d) & (rows["n"] == n)]
        for k, (scale, group) in enumerate(here.groupby("init_scale")):
            spread = jitter.uniform(-0.13, 0.13, len(group))
            label = f"λ = {scale:g}" if i == j == 0 else None
            axis.plot(
                centre + spread, group["gap"], "o", color=PALETTE[k], markersize=3.5, alpha=0.55, label=label
            )
        axis.annotate(f"n={n}", (centre, 0.02), xycoords=("data", "axes fraction"), ha="center", fontsize=8)
    axis.axhline(EXACT, color=INK, linestyle="--", linewidth=1)
    axis.annotate("what is asked", (0.01, EXACT), xycoords=("axes fraction", "data"), va="bottom", fontsize=9)
    axis.set(yscale="log", ylim=(1e-15, 1e-8), ylabel="largest distance from the limit")
    axis.set_ylim(top=max(1e-8, 3 * rows["gap"].max()))
    axis.set_xticks(range(len(dimensions)), [f"d = {d}" for d in dimensions])
    axis.legend(loc="upper right", ncols=3, markerscale=1.6)
    return figure


def alt_grid(tables: Tables) -> str:
    rows = worst_gap(tables, "grid")
    held = (rows["gap"] <= EXACT).sum()
    return (
        "A strip of dots for each dimension and sample size on a log scale. Distances from the stated limit lie "
        f"between {rows['gap'].min():.0e} and {rows['gap'].max():.0e}; {held} of {len(rows)} are below the dashed line "
        "at 1e-10."
    )


def caption_grid(tables: Tables) -> str:
    rows = worst_gap(tables, "grid")
    held = (rows["gap"] <= EXACT).sum()
    texts = {
        name: ", ".join(f"{value:g}" for value in sorted(rows[name].unique())) for name in ("width", "c")
    }
    return (
        "Agreement with the two OLS estimators: the largest of the three distances (both sums and the prediction) for "
        f"every run of the grid. Widths {texts['width']}, margins c {texts['c']}, {rows['seed'].nunique()} seeds; "
        f"{held} of {len(rows)} runs are exact to 1e-10."
    )


SWEEPS: tuple[tuple[str, str, str, str | None, Callable[[float], str]], ...] = (
    ("over n", "n", "samples n", "d", lambda d: f"d = {d:g}"),
    ("over c", "c", "margin c", None, str),
    ("over lambda", "init_scale", "init scale λ", "power", lambda p: f"p = {p:g}"),
)


def _lines(rows: pd.DataFrame, by: str | None) -> Iterable[tuple[float, pd.DataFrame]]:
    """The rows of each line of a sweep, after the value of `by` that they share; nan where one line has all."""
    return rows.groupby(by) if by else [(np.nan, rows)]


@styled
def draw_limits(tables: Tables) -> Canvas:
    """The share of seeds at the stated limit, against n, c and lambda."""
    figure = canvas(10.0, 3.6)
    axes = figure.subplots(1, 3, sharey=True)
    for axis, (part, column, name, by, label) in zip(axes, SWEEPS):
        rows = worst_gap(tables, part)
        for k, (value, group) in enumerate(_lines(rows, by)):
            held = (group["gap"] <= EXACT).groupby(group[column]).mean()
            colour = (*PALETTE[:4], GREEN)[k]
            axis.plot(
                held.index, held, "o-", color=colour, markersize=4.5, label=label(value) if by else None
            )
        if part == "over c":
            axis.set_xscale("symlog", linthresh=max(1e-3, rows.loc[rows["c"] > 0, "c"].min()))
            axis.set_xlim(left=-2e-4)
        else:
            axis.set_xscale("log")
            ticks = sorted(rows[column].unique())
            axis.set_xticks(ticks, [f"{value:g}" for value in ticks])
            axis.minorticks_off()
        axis.set_xlabel(name)
        axis.grid(True, axis="y")
        if by:
            axis.legend(fontsize=9)
    axes[0].set_ylabel("share of seeds at the stated limit")
    axes[0].set_ylim(-0.05, 1.05)
    return figure


def alt_limits(tables: Tables) -> str:
    texts = []
    for part, column, name, by, label in SWEEPS:
        rows = worst_gap(tables, part)
        for value, group in _lines(rows, by):
            held = (group["gap"] <= EXACT).groupby(group[column]).mean()
            where = f"{label(value)}, " if by else ""
            texts.append(where + f"{name} " + ", ".join(f"{x:g}: {share:.0%}" for x, share in held.items()))
    return "Share of seeds whose network ends at the stated limit. " + "; ".join(texts) + "."


def caption_limits(tables: Tables) -> str:
    rows = worst_gap(tables, "over c").iloc[0]
    return (
        f"Where the theorem stops to hold: share of seeds at the stated limit against n, c and λ. Around d = {rows.d}, "
        f"n = {rows.n}, m = {rows.width}, λ = {rows.init_scale:g}, up to time {rows.time:g}; left with its own d "
        f"and n. A network that has not come to rest by then counts as failed."
    )


FIGURES = (
    Figure("B-thm41-circle", draw_circle, caption_circle, alt_circle),
    Figure("B-thm41-grid", draw_grid, caption_grid, alt_grid),
    Figure("B-thm41-limits", draw_limits, caption_limits, alt_limits),
)
