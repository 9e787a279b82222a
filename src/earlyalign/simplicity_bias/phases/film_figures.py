"""The film of Lemmas F.2 to F.6: one trajectory, scene by scene, and what its figure says in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from earlyalign.data.assumption_laws import whitened_margin
from earlyalign.figures.style import FAINT, GOLD, GREEN, INK, NEGATIVE, POSITIVE, VIOLET, canvas, styled
from earlyalign.items.tables import Tables

SIGNS = (("plus", POSITIVE, "$a_i>0$"), ("minus", NEGATIVE, "$a_i<0$"))
SHOTS = (r"$t=0$", r"$\tau$", r"$\tau_2$", r"$\tau_3$", r"$t\to\infty$")
PHASES = (("early alignment", GOLD), ("slow growth", GREEN), ("fast growth", VIOLET), ("convergence", FAINT))
SHOWN = 1e-13
"""The film ends when both excess losses are this small."""


def of_sign(table: pd.DataFrame, sign: str) -> pd.DataFrame:
    """The rows of one group of neurons, "plus" or "minus"."""
    return table[table["sign"] == sign]


def middle_run(tables: Tables) -> dict[str, pd.DataFrame]:
    """The one trajectory that the film shows: the middle lambda, the first seed."""
    scales = np.sort(tables["sides"]["init_scale"].unique())
    chosen = scales[len(scales) // 2]
    return {
        name: table[(table["init_scale"] == chosen) & (table["seed"] == table["seed"].min())]
        for name, table in tables.items()
    }


@styled
def draw_film(tables: Tables) -> Canvas:
    """Above: the neurons at each cut. Below: norms, alignment, distance and excess loss against time."""
    one = middle_run(tables)
    figure = canvas(8.6, 10.8)
    (strip,), (panels,) = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.1, 4.2))
    strip.set_facecolor("none")
    panels.set_facecolor("none")
    margin = whitened_margin(int(one["frames"]["d"].iloc[0]), float(one["frames"]["c"].iloc[0]))
    for number, axis in enumerate(strip.subplots(1, len(SHOTS))):
        draw_shot(axis, one["frames"], number, margin)
    axes = panels.subplots(4, 1, sharex=True)
    last = of_sign(one["sides"], "plus").iloc[0]
    for axis in axes:
        shade_phases(axis, last)
    draw_norms(axes[0], one["curves"])
    draw_alignment(axes[1], one["curves"])
    draw_distance(axes[2], one["curves"])
    draw_loss(axes[3], one["curves"])
    stop = one["curves"].query("excess > @SHOWN")["time"].max()
    axes[3].set(xlabel="time $t$", xlim=(0, stop))
    name_phases(axes[0], last, stop)
    return figure


def draw_shot(axis: Axes, frames: pd.DataFrame, number: int, margin: float) -> None:
    """Neurons as arrows in the plane of the first two coordinates, in units of the longest; the empty cone of the
    law in grey."""
    rows = frames[frames["frame"] == number]
    unit = np.hypot(rows["along"], rows["across"]).max()
    edge = np.sqrt(1 - margin**2) / margin
    for side in (1, -1):
        axis.fill([0, 2, -2], [0, 2 * edge * side, 2 * edge * side], color=FAINT, alpha=0.25, linewidth=0)
    for sign, colour, _ in SIGNS:
        own = rows[rows["sign"] == sign]
        axis.quiver(
            np.zeros(len(own)), np.zeros(len(own)), own["along"] / unit, own["across"] / unit, color=colour,
            angles="xy", scale_units="xy", scale=1, width=0.018, headwidth=4, alpha=0.75,
        )  # fmt: skip
    axis.set(xlim=(-1.15, 1.15), ylim=(-1.15, 1.15), aspect="equal", xticks=[], yticks=[])
    axis.set_title(SHOTS[number], pad=6)
    axis.set_xlabel(rf"$\max\|w_i\|={tex(unit)}$", fontsize=9)
    axis.spines[:].set_visible(False)


def tex(value: float) -> str:
    """A number as TeX, in scientific notation below a hundredth."""
    if value >= 0.01:
        return f"{value:.2f}"
    mantissa, power = f"{value:.0e}".split("e")
    return rf"{mantissa}\cdot10^{{{int(power)}}}"


def shade_phases(axis: Axes, row: pd.Series) -> None:
    """The four phases as bands behind a panel; row holds the stopping times."""
    edges = [0.0, row["tau"], row["tau2"], row["tau3"], row["end"]]
    for (_, colour), first, last in zip(PHASES, edges[:-1], edges[1:]):
        axis.axvspan(first, last, color=colour, alpha=0.1, linewidth=0)
    axis.grid(True, axis="y")


def name_phases(axis: Axes, row: pd.Series, stop: float) -> None:
    """The names of the phases over their bands, the last one cut at `stop`."""
    edges = [0.0, row["tau"], row["tau2"], row["tau3"], stop]
    for (name, colour), first, last in zip(PHASES, edges[:-1], edges[1:]):
        axis.text(
            (first + last) / 2, 1.04, name.replace(" ", "\n", 1), ha="center", va="bottom",
            color=INK if colour == FAINT else colour, transform=axis.get_xaxis_transform(), fontsize=9.5,
            fontweight="bold", linespacing=0.95,
        )  # fmt: skip


def draw_norms(axis: Axes, curves: pd.DataFrame) -> None:
    """sum a_i^2 of both groups, with epsilon2."""
    for sign, colour, label in SIGNS:
        rows = of_sign(curves, sign)
        axis.plot(rows["time"], rows["mass"], color=colour, label=label)
    axis.axhline(
        curves["epsilon2"].iloc[0], color=INK, linestyle=":", linewidth=1.2, label=r"$\varepsilon_2$"
    )
    axis.set(yscale="log", ylabel=r"norms" + "\n" + r"$\sum a_i^2$")
    axis.legend(loc="lower right", ncols=3)


def draw_alignment(axis: Axes, curves: pd.DataFrame) -> None:
    """Misalignment with D, its bound (22), and mutual misalignment."""
    for sign, colour, _ in SIGNS:
        rows = of_sign(curves, sign)
        axis.plot(rows["time"], 1 - rows["alignment"], color=colour)
        axis.plot(rows["time"], 1 - rows["comparison"], color=colour, linestyle=":", linewidth=1.3)
        axis.plot(rows["time"], rows["misalignment"], color=colour, linestyle="--", linewidth=1.3)
    axis.plot([], [], color=INK, label=r"to $D_n^\pm$: $1-\min\langle w_i/a_i,D/\|D\|\rangle$")
    axis.plot([], [], color=INK, linestyle=":", label="its bound (22)")
    axis.plot([], [], color=INK, linestyle="--", label=r"mutual: $1-\min\langle w_i/a_i,w_j/a_j\rangle$")
    axis.set(yscale="log", ylabel="misalignment", ylim=(None, 3))
    axis.legend(loc="upper right", fontsize=9)


def draw_distance(axis: Axes, curves: pd.DataFrame) -> None:
    """Distance of both groups to their estimators, with epsilon3."""
    for sign, colour, _ in SIGNS:
        rows = of_sign(curves, sign)
        axis.plot(rows["time"], rows["distance"], color=colour)
    axis.axhline(
        curves["epsilon3"].iloc[0], color=INK, linestyle=":", linewidth=1.2, label=r"$\varepsilon_3$"
    )
    axis.set(ylabel="distance to OLS\n" + r"$\|\beta_{n,\pm}-\sum a_iw_i\|$", ylim=(0, None))
    axis.legend(loc="upper right")


def draw_loss(axis: Axes, curves: pd.DataFrame) -> None:
    """Excess loss of both groups."""
    for sign, colour, _ in SIGNS:
        rows = of_sign(curves, sign)
        axis.plot(rows["time"], rows["excess"], color=colour)
    axis.set(yscale="log", ylabel="excess loss\n" + r"$L_\pm-L_\pm(\beta_{n,\pm})$", ylim=(SHOWN, 10))


def caption_film(tables: Tables) -> str:
    row = middle_run(tables)["sides"].iloc[0]
    return (
        f"The proof of Theorem 4.1 as a film. One network, d = {row.d}, n = {row.n}, m = {row.width}, "
        f"λ = {row.init_scale:g}, cut at the stopping times of the positive neurons (blue; negative ones red). Top: "
        "the neurons at each cut, drawn to their own scale; no sample lies in the grey cone. Below: what Lemmas F.2 "
        "to F.6 speak of, against time."
    )


def alt_film(tables: Tables) -> str:
    sides = middle_run(tables)["sides"]
    row = sides[sides["sign"] == "plus"].iloc[0]
    return (
        "Five small panels of neurons as arrows: scattered at the start, two opposite bundles from the end of early "
        "alignment on. Below, four panels against time, shaded by phase. Early alignment ends at "
        f"{row.tau:.1f}, slow growth at {row.tau2:.1f}, fast growth at {row.tau3:.1f}. Norms grow exponentially "
        "through slow growth and then level off; mutual misalignment falls until the norms do; the distance to least "
        "squares stays near one until fast growth and then drops; the excess losses end in straight lines on a "
        "logarithmic scale."
    )
