"""The figures of B-prop31: extremal directions closing in, distances and counts by n, effective width over time."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Circle

from earlyalign.figures.style import BLUE, FAINT, GOLD, GREEN, INK, NEGATIVE, POSITIVE, canvas, shades, styled
from earlyalign.geometry.lambert import project
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables

ROLES = {
    "gaussian": ("linear teacher", BLUE),
    "conditioned": ("with margin", GREEN),
    "one-neuron": ("one neuron", GOLD),
}


@styled
def draw_limits(tables: Tables) -> Canvas:
    """Left: extremal directions of many samples on circles, larger n further out. Right: both hemispheres."""
    figure = canvas(7.8, 4.0)
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.15))
    _rings(left, tables["marks2"].query("role == 'gaussian'"))
    _hemispheres(right, tables["marks3"].query("role == 'gaussian'"))
    return figure


def _rings(axis: Axes, marks: pd.DataFrame) -> None:
    sizes = np.sort(marks["n"].unique())
    for radius, n in enumerate(sizes, start=2):
        axis.add_patch(Circle((0, 0), radius, fill=False, color=FAINT, lw=0.7))
        of_n = marks[marks["n"] == n]
        for sign, colour in ((1, POSITIVE), (-1, NEGATIVE)):
            rows = of_n[np.sign(of_n["w1"]) == sign]
            axis.plot(
                radius * rows["w1"], radius * rows["w2"], "o", color=colour, ms=4, alpha=0.6, mec="none"
            )
        axis.text(
            0, radius, f"{n:,}", fontsize=7, ha="center", va="center", bbox={"color": "white", "pad": 0.6}
        )
    reach = len(sizes) + 1.6
    axis.annotate(r"$\beta^\star$", (reach, 0), fontsize=12, va="center")
    axis.set(
        xlim=(-reach - 0.3, reach + 0.9), ylim=(-reach, reach), aspect="equal", title="d = 2, rings by n"
    )
    axis.axis("off")


def _hemispheres(axis: Axes, marks: pd.DataFrame) -> None:
    sizes = np.sort(marks["n"].unique())
    flat, side = project(marks[["w1", "w2", "w3"]].to_numpy())
    for centre, which, name in ((-1.1, 1.0, r"around $\beta^\star$"), (1.1, -1.0, r"around $-\beta^\star$")):
        axis.add_patch(Circle((centre, 0), 1, fill=False, color=INK, lw=1))
        axis.plot(centre, 0, "+", color=INK, ms=9)
        axis.text(centre, -1.16, name, ha="center", va="top", fontsize=9)
        for colour, n in zip(shades(len(sizes)), sizes, strict=True):
            rows = (side == which) & (marks["n"] == n).to_numpy()
            label = f"n = {n}" if which > 0 else None
            axis.plot(
                centre + flat[rows, 0],
                flat[rows, 1],
                "o",
                color=colour,
                ms=4.5,
                alpha=0.75,
                mec="none",
                label=label,
            )
    axis.set(xlim=(-2.2, 2.2), ylim=(-1.5, 1.25), aspect="equal", title="d = 3, two hemispheres")
    axis.axis("off")
    axis.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, 0.06), ncols=4, handletextpad=0.1)


@styled
def draw_distance(tables: Tables) -> Canvas:
    """Left: mean distance of the farthest extremal vector, by n. Right: how many there are."""
    rows = tables["extremal"]
    figure = canvas(7.6, 3.5)
    left, right = figure.subplots(1, 2)
    for (role, d), part in rows.groupby(["role", "d"]):
        name, colour = ROLES[role]
        line = {"color": colour, "ls": "-" if d == 2 else "--", "marker": "o" if d == 2 else "s", "ms": 4}
        distance, count = (part.groupby("n")[column].agg(["mean", "sem"]) for column in ("distance", "count"))
        left.errorbar(distance.index, distance["mean"], 2 * distance["sem"], **line, label=f"{name}, d = {d}")
        right.errorbar(count.index, count["mean"], 2 * count["sem"], **line)
    plane = rows[(rows["role"] == "gaussian") & (rows["d"] == 2)].groupby("n")["sup"].mean()
    left.plot(plane.index, plane, color=INK, ls=":", lw=1.3, label="supremum, d = 2")
    left.set(xscale="log", yscale="log", xlabel="samples n", ylabel="distance of the farthest to (6)")
    left.legend(fontsize=7.5)
    right.axhline(2, color=FAINT, lw=1)
    right.set(xscale="log", xlabel="samples n", ylabel="extremal vectors, mean", ylim=(0, None))
    return figure


@styled
def draw_width(tables: Tables) -> Canvas:
    """Effective width over time, one line a sample size."""
    width = tables["width"]
    figure = canvas(6.6, 3.6)
    axis = figure.subplots()
    sizes = np.sort(width["n"].unique())
    first = width.loc[width["time"] > 0, "time"].min()
    for colour, n in zip(shades(len(sizes)), sizes, strict=True):
        mean = width[width["n"] == n].groupby("time")["clusters"].agg(["mean", "sem"])
        at = np.where(mean.index > 0, mean.index, first / 3)
        axis.errorbar(at, mean["mean"], 2 * mean["sem"], color=colour, marker="o", ms=4, label=f"n = {n:,}")
    axis.axhline(2, color=FAINT, lw=1)
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="time t (the first point is initialisation)",
        ylabel="effective width",
    )
    axis.set_yticks([1, 2, 3, 5, 10, 30, 100], ["1", "2", "3", "5", "10", "30", "100"])
    axis.legend(fontsize=8.5)
    return figure


def caption_limits(tables: Tables) -> str:
    counts = tables["marks2"].query("role == 'gaussian'").groupby("n")["seed"].nunique()
    return (
        f"Directions of all extremal vectors of {counts.iloc[0]} samples at each n, linear teacher. Left: the plane; a "
        "ring for each n, growing outward; blue towards the teacher, red away from it. Right: three dimensions in "
        "Lambert's projection, darker for larger n; crosses are the two directions of infinite data."
    )


def alt_limits(tables: Tables) -> str:
    rows = tables["extremal"].query("role == 'gaussian'").groupby(["d", "n"])["degrees"].mean()
    return (
        "Dots close in on the teacher and its opposite. The mean of the largest angle falls from "
        f"{rows[2].iloc[0]:.0f} to {rows[2].iloc[-1]:.1f} degrees in the plane (n = {rows[2].index[0]} to "
        f"{rows[2].index[-1]}), from {rows[3].iloc[0]:.0f} to {rows[3].iloc[-1]:.0f} in three dimensions."
    )


def caption_distance(tables: Tables) -> str:
    return (
        "Left: distance of the farthest extremal vector to the set (6) of infinite data, mean over samples with two "
        "standard errors; dotted, the supremum of Theorem 3.1, which bounds it. Right: the number of extremal vectors."
    )


def alt_distance(tables: Tables) -> str:
    rows = tables["extremal"].query("d == 2")
    ends = rows.groupby(["role", "n"])[["distance", "count"]].mean()
    told = "; ".join(
        f"{ROLES[role][0]}: distance {part['distance'].iloc[0]:.2f} to {part['distance'].iloc[-1]:.4f}, number "
        f"{part['count'].iloc[0]:.1f} to {part['count'].iloc[-1]:.1f}"
        for role, part in ends.groupby(level=0)
    )
    return f"Lines falling with slope one half on logarithmic axes, and nearly flat counts. In the plane, {told}."


def caption_width(tables: Tables) -> str:
    width = tables["width"]
    return (
        f"Effective width of a network of {width['width'].iloc[0]} neurons along the flow, d = {width['d'].iloc[0]}: "
        f"the least number of clusters of directions, no wider than {width['degrees'].iloc[0]:g} degrees, that hold "
        f"{width['share'].iloc[0]:.0%} of the sum of |a_i| ||w_i||. Mean over {width['seed'].nunique()} seeds, two "
        "standard errors."
    )


def alt_width(tables: Tables) -> str:
    width = tables["width"]
    end = width[np.isclose(width["time"], width["time"].max())].groupby("n")["clusters"].mean()
    start = width[width["time"] == 0]["clusters"].mean()
    told = ", ".join(f"{value:.1f} at n = {n:,}" for n, value in end.items())
    return f"All lines fall at once from about {start:.0f} to a few; at the end they are at {told}."


FIGURES = (
    Figure("B-prop31-limits", draw_limits, caption_limits, alt_limits),
    Figure("B-prop31-distance", draw_distance, caption_distance, alt_distance),
    Figure("B-prop31-width", draw_width, caption_width, alt_width),
)
