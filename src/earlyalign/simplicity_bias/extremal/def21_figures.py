"""The figures of B-def21: G_n on the circle and on the sphere, and the paths of neurons on them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from earlyalign.figures.style import FAINT, INK, NEGATIVE, POSITIVE, canvas, styled
from earlyalign.geometry.extremal import MAXIMUM, MINIMUM, PLATEAU
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.extremal.def21_scene_runs import GRID, WALLS_SHOWN

MARKERS = {MAXIMUM: ("^", POSITIVE), MINIMUM: ("v", NEGATIVE)}
OTHER = ("D", INK)


@styled
def draw_circle(tables: Tables) -> Canvas:
    """Above: G_n along the unrolled circle. Below: the direction of every neuron as time goes up."""
    figure = canvas(7.6, 5.6)
    sizes = sorted(tables["circle_landscape"]["n"].unique())
    axes = figure.subplots(2, len(sizes), sharex=True, sharey="row", height_ratios=(1.0, 1.25))
    for column, n in enumerate(sizes):
        of_n = {name: frame[frame["n"] == n] for name, frame in tables.items() if name.startswith("circle_")}
        _landscape(axes[0, column], of_n, n)
        _paths(axes[1, column], of_n)
    axes[0, 0].set_ylabel("$G_n(w)$")
    axes[1, 0].set_ylabel(r"time, in units of $\tau$")
    _legend(figure)
    return figure


def _landscape(axis: Axes, of_n: Tables, n: int) -> None:
    curve, walls, marks = of_n["circle_landscape"], of_n["circle_walls"], of_n["circle_extremal"]
    axis.axhline(0, color=FAINT, lw=0.8)
    axis.plot(curve["angle"], curve["G"], color=INK, lw=1.6, zorder=2)
    if len(walls) <= 80:
        axis.vlines(walls["angle"], 0, 0.045, transform=axis.get_xaxis_transform(), color=FAINT, lw=1.0)
    for _, mark in marks.iterrows():
        axis.plot(mark["angle"], mark["G"], **_marker(mark, 8.5), zorder=4)
    axis.set_title(f"n = {n} samples")
    axis.set_xlim(-180, 180)
    axis.set_xticks([-180, -90, 0, 90, 180], ["−180°", "−90°", "0°", "90°", "180°"])
    axis.margins(y=0.14)


def _paths(axis: Axes, of_n: Tables) -> None:
    for _, mark in of_n["circle_extremal"].iterrows():
        if _holds(mark):
            axis.axvline(mark["angle"], color=MARKERS[mark["kind"]][1], lw=5, alpha=0.16, zorder=0)
    for _, neuron in of_n["circle_paths"].groupby("neuron"):
        colour = POSITIVE if neuron["sign"].iloc[0] > 0 else NEGATIVE
        jumps = np.flatnonzero(np.abs(np.diff(neuron["angle"])) > 60) + 1
        angle, time = (np.insert(neuron[name].to_numpy(float), jumps, np.nan) for name in ("angle", "time"))
        for lap in (-360, 0, 360):
            axis.plot(angle + lap, time, color=colour, lw=0.8, alpha=0.55)
    axis.set_ylim(0, 1)
    axis.set_xlabel("direction $w$, angle from the teacher")


def _holds(mark: pd.Series) -> bool:
    """Whether neurons stay: a maximum above zero, or a minimum below it."""
    return (mark["kind"] == MAXIMUM and mark["G"] > 0) or (mark["kind"] == MINIMUM and mark["G"] < 0)


def _marker(mark: pd.Series, size: float) -> dict:
    """Filled where neurons stay, hollow where they only pass, a small diamond for saddles, a circle for D = 0."""
    marker, colour = MARKERS.get(mark["kind"], OTHER)
    if mark["kind"] == PLATEAU:
        return {"marker": "o", "color": "none", "ms": 0.75 * size, "mec": INK, "mew": 1.2}
    if mark["kind"] not in MARKERS:
        return {"marker": marker, "color": colour, "ms": size / 2, "mec": "white", "mew": 0.8}
    if _holds(mark):
        return {"marker": marker, "color": colour, "ms": size, "mec": "white", "mew": 0.9}
    return {"marker": marker, "color": "none", "ms": 0.75 * size, "mec": colour, "mew": 1.4}


def _legend(figure: Canvas) -> None:
    names = {MAXIMUM: "maximum of $G_n$", MINIMUM: "minimum of $G_n$"}
    handles = [
        *(
            Line2D([], [], marker=MARKERS[kind][0], color=MARKERS[kind][1], ls="", ms=8, label=name)
            for kind, name in names.items()
        ),
        Line2D([], [], marker="^", color="none", mec=INK, mew=1.2, ms=7, label="hollow: passed through"),
        Line2D([], [], color=POSITIVE, lw=1.4, label="neuron, $a_i > 0$"),
        Line2D([], [], color=NEGATIVE, lw=1.4, label="neuron, $a_i < 0$"),
    ]
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=5,
        fontsize=8.5,
        handletextpad=0.4,
        columnspacing=1.2,
    )


@styled
def draw_sphere(tables: Tables) -> Canvas:
    """One row a sample size: the hemisphere around the teacher, and the opposite one."""
    figure = canvas(7.2, 7.4)
    sizes = sorted(tables["sphere_landscape"]["n"].unique())
    axes = figure.subplots(len(sizes), 2)
    for row, n in enumerate(sizes):
        of_n = {name: frame[frame["n"] == n] for name, frame in tables.items() if name.startswith("sphere_")}
        reach = float(of_n["sphere_landscape"]["G"].abs().max())
        for axis, side in zip(axes[row], (1.0, -1.0), strict=True):
            shown = _hemisphere(
                axis, {name: frame[frame["side"] == side] for name, frame in of_n.items()}, reach
            )
            axis.set_title(f"n = {n}, around {'the teacher' if side > 0 else 'its opposite'}")
        figure.colorbar(shown, ax=axes[row], shrink=0.8, label="$G_n(w)$")
    _legend(figure)
    return figure


def _hemisphere(axis: Axes, of_side: Tables, reach: float) -> AxesImage:
    heights = of_side["sphere_landscape"]["G"].to_numpy().reshape(GRID, GRID)
    shown = axis.imshow(
        heights, extent=(-1, 1, -1, 1), origin="lower", cmap="RdBu", vmin=-reach, vmax=reach, alpha=0.55,
        interpolation="bilinear",
    )  # fmt: skip
    rim = Circle((0, 0), 1, fill=False, color=INK, lw=1.0)
    axis.add_patch(rim)
    shown.set_clip_path(rim)
    for _, wall in of_side["sphere_walls"].groupby("wall"):
        axis.plot(
            *_pieces(wall),
            color="white",
            lw=0.9 if of_side["sphere_walls"]["wall"].nunique() < 20 else 0.35,
            alpha=0.9,
        )
    for _, neuron in of_side["sphere_paths"].groupby("neuron"):
        colour = POSITIVE if neuron["sign"].iloc[0] > 0 else NEGATIVE
        axis.plot(*_pieces(neuron), color=colour, lw=0.8, alpha=0.75)
    for _, mark in of_side["sphere_extremal"].iterrows():
        axis.plot(mark["x"], mark["y"], **_marker(mark, 10), zorder=5)
    axis.set(xlim=(-1.03, 1.03), ylim=(-1.03, 1.03), aspect="equal")
    axis.axis("off")
    return shown


def _pieces(curve: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates with a gap wherever consecutive points jump across the disc."""
    x, y = curve["x"].to_numpy(), curve["y"].to_numpy()
    jumps = np.flatnonzero(np.hypot(np.diff(x), np.diff(y)) > 0.25) + 1
    return np.insert(x, jumps, np.nan), np.insert(y, jumps, np.nan)


def _counts(tables: Tables, table: str) -> str:
    sizes = tables[table]["n"]
    return ", ".join(f"{int((sizes == n).sum())} at n = {n}" for n in sorted(sizes.unique()))


def caption_circle(tables: Tables) -> str:
    scale, neurons = tables["circle_paths"]["init_scale"].iloc[0], tables["circle_paths"]["neuron"].nunique()
    return (
        f"G_n on the unrolled circle (above) and the directions of {neurons} neurons during the early phase, time "
        f"going up (below), for two samples of one noisy linear teacher. Extremal vectors: "
        f"{_counts(tables, 'circle_extremal')}. Grey ticks: walls, where a sample changes activation. "
        f"λ = {scale:g}; time ends at τ. The smaller sample was picked to show several."
    )


def alt_circle(tables: Tables) -> str:
    marks = tables["circle_extremal"]
    parts = []
    for n in sorted(marks["n"].unique()):
        at = marks[marks["n"] == n]
        at = at[at.apply(_holds, axis=1)]
        tops = ", ".join(f"{angle:.0f}°" for angle in at.loc[at["kind"] == MAXIMUM, "angle"])
        lows = ", ".join(f"{angle:.0f}°" for angle in at.loc[at["kind"] == MINIMUM, "angle"])
        parts.append(f"with {n} samples blue paths end at {tops} and red paths at {lows}")
    return f"G_n against angle above neuron directions against time: {'; '.join(parts)}."


def caption_sphere(tables: Tables) -> str:
    scale = tables["sphere_paths"]["init_scale"].iloc[0]
    return (
        f"Early alignment in three dimensions: both hemispheres in Lambert's equal-area projection, coloured by G_n. "
        f"White: walls of the samples (the first {WALLS_SHOWN}). Lines: neurons over the early phase, λ = {scale:g}. "
        f"Extremal vectors: {_counts(tables, 'sphere_extremal')}; diamonds are saddles, a circle marks D = 0."
    )


def alt_sphere(tables: Tables) -> str:
    return (
        f"Two discs for each sample size, blue where G_n is positive and red where it is negative. Blue neuron paths "
        f"run to maxima, red ones to minima. Extremal vectors: {_counts(tables, 'sphere_extremal')}."
    )


FIGURES = (
    Figure("B-def21-circle", draw_circle, caption_circle, alt_circle),
    Figure("B-def21-sphere", draw_sphere, caption_sphere, alt_sphere),
)
