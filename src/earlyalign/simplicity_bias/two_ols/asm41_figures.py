"""The figure of B-asm41: every law against every condition, and condition 4 for the example law."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from earlyalign.data.assumption_laws import LAWS
from earlyalign.figures.style import GREEN, INK, PALETTE, RED, canvas, styled
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables
from earlyalign.theory.assumption41 import Outcome


@styled
def draw_conditions(tables: Tables) -> Canvas:
    """Above: every law against every condition. Below: the two sides of condition 4 for the example law."""
    figure = canvas(7.4, 7.2)
    matrix, curves = figure.subplots(2, 1, height_ratios=(1.25, 1.0))
    _matrix(matrix, tables["conditions"])
    _curves(curves, tables["curve"])
    return figure


def _matrix(axis: Axes, conditions: pd.DataFrame) -> None:
    names = [name for name in LAWS if name in set(conditions["law"])]
    for row, name in enumerate(names):
        for column in range(5):
            of_law = conditions["law"] == name
            cell = conditions[of_law & (conditions["condition"] == column + 1)]
            refuted = float((cell["outcome"] == Outcome.REFUTED).mean())
            axis.add_patch(_tile(column, row, GREEN if refuted < 0.5 else RED))
            value = _short(cell["measured"].median())
            axis.text(column, row - 0.12, value, ha="center", va="center", fontsize=9.5)
            count = f"refuted {round(refuted * len(cell))}/{len(cell)}"
            axis.text(column, row + 0.24, count, ha="center", va="center", fontsize=7, color=INK)
    heads = ("1 symmetry\np-value", "2 continuity\ncoincidences", "3 margin\nsmallest", "4 isotropy\ndeviation",
             "5 tails\nexcess shape")  # fmt: skip
    axis.set_xticks(range(5), heads)
    axis.set_yticks(range(len(names)), names)
    axis.set(xlim=(-0.5, 4.5), ylim=(len(names) - 0.5, -0.5))
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _tile(column: int, row: int, colour: str) -> Rectangle:
    return Rectangle((column - 0.47, row - 0.44), 0.94, 0.88, facecolor=colour, alpha=0.3, linewidth=0)


def _short(value: float) -> str:
    return f"{value:.1e}" if abs(value) >= 1e4 else f"{value:.2g}"


def _curves(axis: Axes, curves: pd.DataFrame) -> None:
    shown = curves[curves["d"] == curves["d"].min()]
    axis.fill_between(shown["c_at"], 0, 1, color=GREEN, alpha=0.13, linewidth=0)
    axis.axhline(1, color=INK, lw=1.6, ls=(0, (4, 2)))
    axis.text(1.1e-3, 0.93, "condition 4 holds below", va="top", fontsize=9)
    for colour, (d, curve) in zip(PALETTE * 3, curves.groupby("d"), strict=False):
        axis.plot(curve["c_at"], curve["deviation"] / curve["bound"], color=colour, label=f"d = {d}")
    axis.set(xscale="log", ylim=(0, 4), xlabel=r"$c$ (with $\|\beta^\star\| = 1$)")
    axis.set_ylabel(r"$\|\mathbb{E}[xx^\top] - I\|\;/\;\min(c, 3/5)$")
    axis.legend(fontsize=9, ncols=2, title="example law")


def caption_conditions(tables: Tables) -> str:
    conditions = tables["conditions"]
    c, d, n = (conditions[name].iloc[0] for name in ("c", "d", "samples"))
    seeds = conditions["seed"].nunique()
    return (
        f"Above: eight laws against the five conditions of Assumption 4.1 (d = {d}, conditioned at c = {c:g}, "
        f"{n} samples, {seeds} seeds): median of the measured number, and how many seeds refute the "
        f"condition. Below: the two sides of condition 4 for the paper's example law, as a ratio, in closed form; it "
        f"must be below 1."
    )


def alt_conditions(tables: Tables) -> str:
    conditions = tables["conditions"]
    refuted = conditions["outcome"] == Outcome.REFUTED
    share = refuted.groupby([conditions["law"], conditions["condition"]]).mean()
    bad = ", ".join(
        f"{law} fails condition {number}" for (law, number), value in share.items() if value >= 0.5
    )
    slopes = tables["curve"].groupby("d")["slope"].first()
    ratios = ", ".join(f"{value:.2f} times the bound for d = {d}" for d, value in slopes.items())
    return f"A table of laws by conditions: {bad}; all else is kept. Below, curves that start at {ratios}."


FIGURES = (Figure("B-asm41-conditions", draw_conditions, caption_conditions, alt_conditions),)
