"""Pictures of Lemmas F.2 to F.6: the film of one trajectory, its stopping times, growth, and the last descent."""

from __future__ import annotations

import numpy as np
import pandas as pd

from earlyalign.data.assumption_laws import whitened_margin
from earlyalign.figures.style import (
    FAINT,
    GOLD,
    GREEN,
    INK,
    NEGATIVE,
    POSITIVE,
    VIOLET,
    canvas,
    shades,
    styled,
)
from earlyalign.simplicity_bias.phases_alt import middle_run

SIGNS = (("plus", POSITIVE, "$a_i>0$"), ("minus", NEGATIVE, "$a_i<0$"))
SHOTS = (r"$t=0$", r"$\tau$", r"$\tau_2$", r"$\tau_3$", r"$t\to\infty$")
PHASES = (("early alignment", GOLD), ("slow growth", GREEN), ("fast growth", VIOLET), ("convergence", FAINT))
SHOWN = 1e-13
"""The film ends when both excess losses are this small."""


def of_sign(table: pd.DataFrame, sign: str) -> pd.DataFrame:
    return table[table["sign"] == sign]


@styled
def draw_film(tables):
    one = middle_run(tables)
    figure = canvas(8.6, 10.8)
    strip, panels = figure.subfigures(2, 1, height_ratios=(1.1, 4.2))
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


def draw_shot(axis, frames: pd.DataFrame, number: int, margin: float) -> None:
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


def shade_phases(axis, row: pd.Series) -> None:
    edges = [0.0, row["tau"], row["tau2"], row["tau3"], row["end"]]
    for (_, colour), first, last in zip(PHASES, edges[:-1], edges[1:]):
        axis.axvspan(first, last, color=colour, alpha=0.1, linewidth=0)
    axis.grid(True, axis="y")


def name_phases(axis, row: pd.Series, stop: float) -> None:
    edges = [0.0, row["tau"], row["tau2"], row["tau3"], stop]
    for (name, colour), first, last in zip(PHASES, edges[:-1], edges[1:]):
        axis.text(
            (first + last) / 2, 1.04, name.replace(" ", "\n", 1), ha="center", va="bottom",
            color=INK if colour == FAINT else colour, transform=axis.get_xaxis_transform(), fontsize=9.5,
            fontweight="bold", linespacing=0.95,
        )  # fmt: skip


def draw_norms(axis, curves: pd.DataFrame) -> None:
    for sign, colour, label in SIGNS:
        rows = of_sign(curves, sign)
        axis.plot(rows["time"], rows["mass"], color=colour, label=label)
    axis.axhline(
        curves["epsilon2"].iloc[0], color=INK, linestyle=":", linewidth=1.2, label=r"$\varepsilon_2$"
    )
    axis.set(yscale="log", ylabel=r"norms" + "\n" + r"$\sum a_i^2$")
    axis.legend(loc="lower right", ncols=3)


def draw_alignment(axis, curves: pd.DataFrame) -> None:
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


def draw_distance(axis, curves: pd.DataFrame) -> None:
    for sign, colour, _ in SIGNS:
        rows = of_sign(curves, sign)
        axis.plot(rows["time"], rows["distance"], color=colour)
    axis.axhline(
        curves["epsilon3"].iloc[0], color=INK, linestyle=":", linewidth=1.2, label=r"$\varepsilon_3$"
    )
    axis.set(ylabel="distance to OLS\n" + r"$\|\beta_{n,\pm}-\sum a_iw_i\|$", ylim=(0, None))
    axis.legend(loc="upper right")


def draw_loss(axis, curves: pd.DataFrame) -> None:
    for sign, colour, _ in SIGNS:
        rows = of_sign(curves, sign)
        axis.plot(rows["time"], rows["excess"], color=colour)
    axis.set(yscale="log", ylabel="excess loss\n" + r"$L_\pm-L_\pm(\beta_{n,\pm})$", ylim=(SHOWN, 10))


@styled
def draw_times(tables):
    sides = tables["sides"]
    figure = canvas(8.2, 3.7)
    clock, angles = figure.subplots(1, 2)
    x = np.log(1 / sides["init_scale"])
    stops = (("tau", GOLD, r"$\tau$"), ("tau2", GREEN, r"$\tau_2$"), ("tau3", VIOLET, r"$\tau_3$"))
    for name, colour, label in stops:
        fit_through(clock, x, sides["speed"] * sides[name], colour, label)
    clock.set(
        xlabel=r"$\ln(1/\lambda)$", ylabel=r"stopping time $\times\ \|D_n^\pm\|$", title="When the phases end"
    )
    clock.legend()
    parts = (
        (1 - sides["alignment"], GOLD, r"to $D_n^\pm$ at $\tau$"),
        (sides["misalignment2"], GREEN, r"mutual, at $\tau_2$"),
    )
    for values, colour, label in parts:
        angles.plot(sides["init_scale"], values, "o", color=colour, markersize=3.5, alpha=0.55)
        exponent, offset = np.polyfit(np.log(sides["init_scale"]), np.log(values), 1)
        ends = np.array([sides["init_scale"].min(), sides["init_scale"].max()])
        angles.plot(
            ends,
            np.exp(offset) * ends**exponent,
            color=colour,
            label=rf"{label}: $\lambda^{{{exponent:.2f}}}$",
        )
    angles.set(
        xscale="log",
        yscale="log",
        xlabel=r"$\lambda$",
        ylabel="misalignment",
        title="How well aligned by then",
    )
    angles.legend()
    for axis in (clock, angles):
        axis.grid(True)
    return figure


def fit_through(axis, x, y, colour: str, label: str) -> None:
    """Points and their least-squares line, named by its slope."""
    rate, offset = np.polyfit(x, y, 1)
    ends = np.array([x.min(), x.max()])
    axis.plot(x, y, "o", color=colour, markersize=3.5, alpha=0.55)
    axis.plot(ends, offset + rate * ends, color=colour, label=f"{label}: slope {rate:.2f}")


def since(tables, name: str) -> pd.DataFrame:
    """The curves with `since`, the time past the stopping time `name` of their own run and sign."""
    keys = ["init_scale", "seed", "sign"]
    joined = tables["curves"].merge(tables["sides"][[*keys, "tau2", "tau3", "speed"]], on=keys)
    return joined.assign(since=joined["time"] - joined[name])


def by_scale(rows: pd.DataFrame):
    """(lambda, colour) from the largest scale, pale, to the smallest, dark."""
    scales = np.sort(rows["init_scale"].unique())[::-1]
    return list(zip(scales, shades(len(scales))))


@styled
def draw_growth(tables):
    rows = since(tables, "tau2")
    rows = rows[rows["seed"] == rows["seed"].min()]
    figure = canvas(8.2, 3.4)
    for axis, (sign, _, label) in zip(figure.subplots(1, 2, sharey=True), SIGNS):
        for rank, (scale, colour) in enumerate(by_scale(rows)):
            own = of_sign(rows[rows["init_scale"] == scale], sign)
            width = 2 + 2.5 * (rows["init_scale"].nunique() - 1 - rank)
            axis.plot(
                own["since"], own["distance"], color=colour, linewidth=width, label=rf"$\lambda={tex(scale)}$"
            )
        axis.axhline(rows["epsilon3"].iloc[0], color=INK, linestyle=":", linewidth=1.2)
        axis.axvline(0, color=FAINT, linewidth=1)
        axis.set(xlim=(-12, 12), xlabel=r"time since $\tau_2$", title=f"neurons with {label}", ylim=(0, None))
        axis.grid(True)
    figure.axes[0].set_ylabel(r"$\|\beta_{n,\pm}-\sum a_iw_i\|$")
    figure.axes[0].legend(fontsize=9)
    return figure


@styled
def draw_rate(tables):
    rows = since(tables, "tau3")
    rows = rows[(rows["since"] >= 0) & rows["polyak"].notna()]
    figure = canvas(8.2, 3.6)
    ratio, loss = figure.subplots(1, 2)
    for scale, colour in by_scale(rows):
        for _, own in rows[rows["init_scale"] == scale].groupby(["seed", "sign"]):
            ratio.plot(
                own["since"], own["polyak"] / own["polyak_bound"], color=colour, linewidth=0.8, alpha=0.7
            )
            loss.plot(
                own["since"], own["excess"] / own["excess"].iloc[0], color=colour, linewidth=0.8, alpha=0.7
            )
        loss.plot([], [], color=colour, label=rf"$\lambda={tex(scale)}$")
    ratio.axhline(1, color=INK, linestyle=":")
    ratio.set(
        xlabel=r"time since $\tau_3$", ylabel=r"$\|\nabla L\|^2\,/\,\mu(L-L(\beta_n))$", ylim=(0, None),
        title=r"Never below 1, $\mu=2\lambda_{\min}(A)\sum a_i^2$",
    )  # fmt: skip
    loss.set(
        xlabel=r"time since $\tau_3$",
        ylabel="excess loss, share of its start",
        yscale="log",
        title="The last descent",
    )
    loss.legend(fontsize=9)
    for axis in (ratio, loss):
        axis.grid(True)
    return figure
