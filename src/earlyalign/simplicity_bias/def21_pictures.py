"""The figures of B-def21: G_n on the circle and on the sphere, and the paths of neurons on them.

`plane` and `space` turn a recorded early phase into tables; the draw functions only draw these.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from earlyalign.data.linear_model import Dataset
from earlyalign.dynamics.early_alignment import Alignment
from earlyalign.figures.style import FAINT, INK, NEGATIVE, POSITIVE, canvas, styled
from earlyalign.geometry.circle import sweep, unit
from earlyalign.geometry.extremal import MAXIMUM, MINIMUM, PLATEAU, ExtremalVectors
from earlyalign.geometry.lambert import lift, project
from earlyalign.geometry.landscape import correlation
from earlyalign.items.item import Figure
from earlyalign.items.run import Result
from earlyalign.items.tables import Tables

MARKERS = {MAXIMUM: ("^", POSITIVE), MINIMUM: ("v", NEGATIVE)}
OTHER = ("D", INK)
GRID = 91


def plane(found: ExtremalVectors, path: Alignment, data: Dataset) -> Result:
    """Tables of a sample in the plane, angles in degrees from the teacher: landscape, walls, marks and paths."""
    angles = np.linspace(-180.0, 180.0, 1441)
    walls = sweep(data.inputs, data.inputs).walls
    turned = np.unwrap(np.arctan2(path.directions[..., 1], path.directions[..., 0]), axis=0)
    neurons = np.broadcast_to(np.arange(turned.shape[1]), turned.shape)
    times = np.broadcast_to((path.times / path.times[-1])[:, None], turned.shape)
    return {
        "circle_landscape": {"angle": angles, "G": correlation(unit(np.radians(angles)), data.inputs, data.labels)},
        "circle_walls": {"angle": np.degrees(np.mod(walls + np.pi, 2 * np.pi) - np.pi)},
        "circle_extremal": _marks(found, data)
        | {"angle": np.degrees(np.arctan2(found.witnesses[:, 1], found.witnesses[:, 0]))},
        "circle_paths": {
            "neuron": neurons.ravel(), "time": times.ravel(), "angle": np.degrees(turned).ravel(),
            "sign": np.sign(path.outer).ravel(),
        },
    }  # fmt: skip


def space(found: ExtremalVectors, path: Alignment, data: Dataset) -> Result:
    """Tables of a sample in three dimensions, in Lambert's projection of two hemispheres."""
    axis = np.linspace(-1, 1, GRID)
    plane_points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    radius = np.linalg.norm(plane_points, axis=1, keepdims=True)
    on_disc = plane_points / np.maximum(radius, 1.0)
    tables: dict[str, list[pd.DataFrame]] = {"sphere_landscape": [], "sphere_walls": []}
    for side in (1.0, -1.0):
        heights = correlation(lift(on_disc, side), data.inputs, data.labels)
        columns = {"side": side, "x": plane_points[:, 0], "y": plane_points[:, 1], "G": heights}
        tables["sphere_landscape"].append(pd.DataFrame(columns))
    marks, mark_side = project(found.witnesses)
    flat, path_side = project(path.directions.reshape(-1, 3))
    shape = path.directions.shape[:2]
    return {
        "sphere_landscape": dict(pd.concat(tables["sphere_landscape"]).items()),
        "sphere_walls": _great_circles(data.inputs),
        "sphere_extremal": _marks(found, data) | {"side": mark_side, "x": marks[:, 0], "y": marks[:, 1]},
        "sphere_paths": {
            "neuron": np.broadcast_to(np.arange(shape[1]), shape).ravel(),
            "time": np.broadcast_to((path.times / path.times[-1])[:, None], shape).ravel(),
            "sign": np.sign(path.outer).ravel(), "side": path_side, "x": flat[:, 0], "y": flat[:, 1],
        },
    }  # fmt: skip


def _marks(found: ExtremalVectors, data: Dataset) -> dict[str, np.ndarray]:
    return {
        "kind": found.kind,
        "codimension": found.codimension,
        "length": np.linalg.norm(found.vectors, axis=1),
        "G": correlation(found.witnesses, data.inputs, data.labels),
    }


def _great_circles(points: np.ndarray, shown: int = 40) -> dict[str, np.ndarray]:
    """The walls of the first `shown` samples as projected curves, cut where they change hemisphere."""
    turn = np.linspace(0, 2 * np.pi, 181)
    frames = np.linalg.svd(points[:shown, None, :], full_matrices=True)[2][:, 1:]
    curves = np.einsum("ta,wad->wtd", unit(turn), frames)
    flat, side = project(curves.reshape(-1, 3))
    wall = np.repeat(np.arange(len(curves)), len(turn))
    return {"wall": wall, "side": side, "x": flat[:, 0], "y": flat[:, 1]}


@styled
def draw_circle(tables: Tables):
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
    _legend(figure, (MAXIMUM, MINIMUM))
    return figure


def _landscape(axis, of_n: Tables, n: int) -> None:
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


def _paths(axis, of_n: Tables) -> None:
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


def _legend(figure, kinds) -> None:
    names = {MAXIMUM: "maximum of $G_n$", MINIMUM: "minimum of $G_n$"}
    handles = [
        *(
            Line2D([], [], marker=MARKERS[kind][0], color=MARKERS[kind][1], ls="", ms=8, label=names[kind])
            for kind in kinds
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
def draw_sphere(tables: Tables):
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
    _legend(figure, (MAXIMUM, MINIMUM))
    return figure


def _hemisphere(axis, of_side: Tables, reach: float):
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
    found = tables[table]
    return ", ".join(f"{int((found['n'] == n).sum())} at n = {n}" for n in sorted(found["n"].unique()))


def caption_circle(tables: Tables) -> str:
    scale, neurons = tables["circle_paths"]["init_scale"].iloc[0], tables["circle_paths"]["neuron"].nunique()
    return (
        f"G_n on the unrolled circle (above) and the directions of {neurons} neurons during the early phase, time "
        f"going up (below), for two samples of one noisy linear teacher. Extremal vectors: "
        f"{_counts(tables, 'circle_extremal')}. Grey ticks: walls, where a sample changes activation. "
        f"λ = {scale:g}; time ends at τ. "
        f"The smaller sample was picked to show several."
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
        f"White: walls of the samples (the first 40). Lines: neurons over the early phase, λ = {scale:g}. Extremal "
        f"vectors: {_counts(tables, 'sphere_extremal')}; diamonds are saddles, a circle marks D = 0."
    )


def alt_sphere(tables: Tables) -> str:
    return (
        f"Two discs for each sample size, blue where G_n is positive and red where it is negative. Blue neuron paths "
        f"run to maxima, red ones to minima. Extremal vectors: {_counts(tables, 'sphere_extremal')}."
    )


PICTURES = (
    Figure("B-def21-circle", draw_circle, caption_circle, alt_circle),
    Figure("B-def21-sphere", draw_sphere, caption_sphere, alt_sphere),
)
