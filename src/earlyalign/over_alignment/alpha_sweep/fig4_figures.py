"""The figure of A-fig4: the plane of x_+ and s at three alphas, a cap, a path and a swarm of neurons in each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from earlyalign.figures.style import BLUE, FAINT, GOLD, INK, RED, VIOLET, canvas, styled
from earlyalign.geometry.caps import nearest_angle
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables

SHOWN = (0.001, 0.1, 0.4)
"""Where panels are drawn, or at the nearest alphas that were run."""

RIM = np.linspace(0, 2 * np.pi, 361)


def drawn(tables: Tables) -> pd.DataFrame:
    path = tables["path"]
    return path[path["seed"] == path["shown_seed"]]


def nearest(tables: Tables) -> list[float]:
    alphas = np.sort(drawn(tables)["alpha"].unique())
    return [float(alphas[np.abs(np.log(alphas / wanted)).argmin()]) for wanted in SHOWN]


def ends(tables: Tables) -> pd.DataFrame:
    """The last frame of each alpha, indexed by it."""
    path = drawn(tables)
    return path[path["frame"] == path["frame"].max()].set_index("alpha")


def segment(half_angle: float) -> np.ndarray:
    """(points, 2) the cap seen from the side: the disc's part within `half_angle` of the upward axis."""
    arc = np.linspace(-half_angle, half_angle, 120)
    return np.column_stack([np.sin(arc), np.cos(arc)])


@styled
def draw_plane(tables):
    figure = canvas(9.4, 3.3)
    axes = figure.subplots(1, 3)
    final = ends(tables)
    for axis, alpha in zip(axes, nearest(tables)):
        _draw_panel(axis, tables, alpha, final.loc[alpha])
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=4, fontsize=9.5)
    return figure


def _draw_panel(axis, tables: Tables, alpha: float, final: pd.Series) -> None:
    phi, half = float(final["phi"]), float(np.arccos(np.clip(final["psi"], -1, 1)))
    path, neurons = drawn(tables).query("alpha == @alpha"), tables["neurons"].query("alpha == @alpha")
    last = neurons[neurons["frame"] == neurons["frame"].max()]
    axis.plot(np.sin(RIM), np.cos(RIM), color=FAINT, linewidth=1)
    axis.fill(*segment(half).T, color=VIOLET, alpha=0.18, linewidth=0)
    axis.plot(*segment(half).T, color=VIOLET, linewidth=3, label=r"cap $H(\alpha)$")
    for angle, colour, name in ((0.0, INK, r"$x_+$"), (phi, GOLD, r"$s$")):
        axis.plot([0, np.sin(angle)], [0, np.cos(angle)], color=colour, linewidth=1.4)
        axis.annotate(
            name, 1.1 * np.array([np.sin(angle), np.cos(angle)]), ha="center", va="center", color=colour
        )
    best = phi - nearest_angle(phi, np.cos(half))
    axis.plot(np.sin(best), np.cos(best), "D", color=GOLD, markersize=6, label="best point of the cap")
    axis.plot(last["across"], last["up"], ".", color=BLUE, markersize=4, alpha=0.5, label="positive neurons")
    axis.plot(path["across"], path["up"], color=RED, linewidth=1.6, label=r"path of $\hat w$")
    axis.plot(final["across"], final["up"], "o", color=RED, markersize=6)
    axis.set(xlim=(-1.12, 1.12), ylim=(-0.35, 1.25), aspect="equal")
    axis.set_axis_off()
    axis.set_title(f"α = {alpha:g}")


def alt_plane(tables) -> str:
    final = ends(tables)
    told = []
    for alpha in nearest(tables):
        row = final.loc[alpha]
        half, phi = np.degrees(np.arccos(row["psi"])), np.degrees(row["phi"])
        where = "outside" if half < phi else "inside"
        told.append(
            f"at alpha {alpha:g} the cap has half angle {half:.1f} degrees and s, at {phi:.0f}, is {where} it"
        )
    return (
        "Three discs, the plane of x_+ (up) and s (to its right), with a cap around x_+, the positive neurons as dots "
        f"and the path of the effective predictor ending on the cap's edge: {'; '.join(told)}."
    )


def caption_plane(tables) -> str:
    first = next(drawn(tables).itertuples(index=False))
    return (
        f"One sample and one start at three scales, stopped at positive risk {first.eta:g}. Unit vectors are projected "
        f"on the plane of x₊ and s; those inside the disc leave it. d = {first.d}, n = {first.n}, h = {first.width}, "
        f"κ/σ = {first.kappa:g}. ŵ ends on the edge of H(α) by definition."
    )


FIGURES = (Figure("A-fig4-plane", draw_plane, caption_plane, alt_plane),)
