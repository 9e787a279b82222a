"""The figures of A-phase2: the predictor's angle over time, and where it stands at each stage against alpha."""

from __future__ import annotations

import numpy as np

from earlyalign.figures.style import FAINT, GREEN, INK, RED, band, canvas, shades, styled


@styled
def draw_path(tables):
    path, stages = tables["path"], tables["stages"]
    figure = canvas(6.8, 3.8)
    axis = figure.subplots()
    groups = list(path.groupby("alpha"))
    for colour, (alpha, rows) in zip(shades(len(groups))[::-1], groups, strict=True):
        pull, seed = rows["pull"].iloc[0], rows["seed"].iloc[0]
        axis.plot(rows["time"] * pull, rows["angle"], color=colour, label=f"α = {alpha:g}")
        marks = stages[(stages["alpha"] == alpha) & (stages["seed"] == seed)]
        for (_, row), marker in zip(marks.iterrows(), "vs" + "o" * len(marks), strict=False):
            axis.plot(
                row["time"] * pull, row["angle"], marker, color=colour, markersize=6, markeredgecolor="white"
            )
    phi = path["phi"].iloc[0]
    axis.axhline(phi, color=INK, linewidth=0.9, linestyle=":")
    axis.text(axis.get_xlim()[1], phi * 1.08, "φ, the angle of $x_+$ to $s$", ha="right", fontsize=9)
    axis.set(yscale="log", xlabel=r"$\|x_+\|\,t$", ylabel=r"angle of $\hat w_\alpha$ to $x_+$ (degrees)")
    axis.legend(title="▾ $t_\\alpha$   ■ $t_T$   ● stops", fontsize=9, title_fontsize=9)
    return figure


def alt_path(tables) -> str:
    path = tables["path"]
    lowest = path.groupby("alpha")["angle"].min()
    parts = ", ".join(f"{angle:.2g} degrees at alpha {alpha:g}" for alpha, angle in lowest.items())
    return (
        "The angle between the effective predictor and x_plus against time, one curve for each start scale, "
        f"on a log axis. Every curve falls, reaches its lowest point ({parts}) and then rises again while the "
        "risk is brought down."
    )


def caption_path(tables) -> str:
    row = next(tables["path"].itertuples(index=False))
    levels = row.etas.replace(" ", ", ")
    return (
        f"The effective predictor turning to x₊ and away again: seed {row.shown_seed}, n = {row.n}, d = "
        f"{row.d}, h = {row.width}, κ = {row.kappa:g}. Triangle t_α, square t_T, dots the stopping times of η "
        f"= {levels}. Dotted: φ, how far x₊ itself is from Bayes' direction."
    )


@styled
def draw_drift(tables):
    stages = tables["stages"]
    figure = canvas(6.8, 3.8)
    axis = figure.subplots()
    names = list(dict.fromkeys(stages["stage"]))
    colours = [RED, GREEN, *shades(len(names) - 2)]
    labels = {"t_alpha": r"$t_\alpha$", "t_T": "$t_T$"}
    for name, colour in zip(names, colours, strict=True):
        table = stages[stages["stage"] == name].pivot(index="seed", columns="alpha", values="angle")
        label = labels.get(name, name.replace("eta", "η ="))
        band(axis, table.columns.to_numpy(), table.to_numpy(), colour, label)
    axis.axhline(stages["phi"].median(), color=FAINT, linewidth=1.2, linestyle=":", label="φ")
    axis.set(xscale="log", yscale="log", xlabel="α", ylabel=r"angle of $\hat w_\alpha$ to $x_+$ (degrees)")
    axis.grid(True)
    axis.legend(ncols=2, fontsize=9)
    return figure


def alt_drift(tables) -> str:
    stages = tables["stages"]
    middle = stages.groupby(["stage", "alpha"])["angle"].median()
    smallest = stages["alpha"].min()
    parts = ", ".join(f"{middle[name, smallest]:.2g} at {name}" for name in dict.fromkeys(stages["stage"]))
    return (
        "Log-log plot of the predictor's angle to x_plus against alpha, one curve for each stage. At t_T it "
        "follows the square root of alpha; at the stopping times it is flat at small alpha and rises from "
        f"about one hundredth on. In degrees at the smallest alpha, {smallest:g}: {parts}. Median: "
        f"{np.median(stages['phi']):.2g} degrees between x_plus and Bayes' direction."
    )


def caption_drift(tables) -> str:
    rows = tables["stages"]
    row = next(rows.itertuples(index=False))
    return (
        "Where the effective predictor stands at the two ends of Phase 1 and at the stopping times. n = "
        f"{row.n}, d = {row.d}, h = {row.width}, κ = {row.kappa:g}, {rows['seed'].nunique()} seeds, medians "
        "and quartiles. Dotted: median φ."
    )
