"""The figures of A-thm51: single neurons against the bound, and how far in alpha the bound speaks."""

from __future__ import annotations

import numpy as np

from earlyalign.figures.style import BLUE, FAINT, GREEN, INK, RED, band, canvas, styled


@styled
def draw_bound(tables):
    curves = tables["curves"]
    alphas = np.sort(curves["alpha"].unique())
    figure = canvas(8.6, 2.9)
    axes = figure.subplots(1, len(alphas), sharey=True, squeeze=False)[0]
    for axis, alpha in zip(axes, alphas, strict=True):
        rows = curves[curves["alpha"] == alpha]
        scaled = rows.assign(time=rows["time"] * rows["pull"])
        for column, colour, line in (("cosine", BLUE, "-"), ("bound", RED, "--")):
            table = scaled.pivot(index="time", columns="neuron", values=column)
            axis.plot(table.index, table.to_numpy(), color=colour, linewidth=0.9, linestyle=line, alpha=0.75)
        axis.axvline(
            rows["growth_end"].iloc[0] * rows["pull"].iloc[0], color=INK, linewidth=0.8, linestyle=":"
        )
        value = rows["zeta"].iloc[0]
        if value <= 0:
            axis.set_facecolor("#9aa1ac40")
            axis.text(0.97, 0.05, "the bound\nis silent", ha="right", transform=axis.transAxes, fontsize=9)
        axis.set(title=f"α = {alpha:g}\nζ = {value:.3g}", xlabel=r"$\|x_+\|\,t$", ylim=(-0.75, 1.05))
    axes[0].set_ylabel(r"$\psi_j$, cosine with $x_+$")
    axes[0].plot([], [], color=BLUE, label="neurons")
    axes[0].plot([], [], color=RED, linestyle="--", label="bound")
    axes[0].legend(fontsize=8.5, loc="lower right")
    return figure


def alt_bound(tables) -> str:
    curves = tables["curves"]
    values = curves.groupby("alpha")["zeta"].first()
    silent = [f"{alpha:g}" for alpha, value in values.items() if value <= 0]
    return (
        f"{len(values)} panels, one for each start scale {', '.join(f'{a:g}' for a in values.index)}: the "
        "cosine of every positive neuron with x_plus rises from scattered values to one. Dashed, the "
        "theorem's bound, which starts at zero when a neuron has left all negative samples and stays below "
        "its curve. "
        + (
            f"The panels for {' and '.join(silent)} are shaded: there zeta is negative and no bound is drawn."
            if silent
            else ""
        )
    )


def caption_bound(tables) -> str:
    row = next(tables["curves"].itertuples(index=False))
    return (
        f"Every positive neuron of one network (seed {row.shown_seed}, n = {row.n}, d = {row.d}, h = "
        f"{row.width}, κ = {row.kappa:g}) turning to x₊, up to t_T, with the lower bound of Theorem 5.1 from "
        "each neuron's own t₁ on. Dotted: t_α, the end that the theorem itself speaks of. Shaded: ζ ≤ 0, the "
        "bound is vacuous."
    )


@styled
def draw_reach(tables):
    figure = canvas(8.4, 3.5)
    left, right = figure.subplots(1, 2)
    problems, neurons = tables["problems"], tables["neurons"]
    values = problems.pivot(index="seed", columns="alpha", values="zeta")
    alphas, edge = values.columns.to_numpy(), problems["vacuous_from"].median()
    optimum = problems["optimum"].iloc[0]
    band(left, alphas, np.maximum(values.to_numpy(), -1.0), BLUE, r"$\zeta(\alpha)$")
    left.axhline(0, color=INK, linewidth=0.8)
    for axis in (left, right):
        axis.axvspan(edge, max(alphas[-1], 2 * optimum), color=FAINT, alpha=0.25, linewidth=0)
        axis.axvline(optimum, color=GREEN, linewidth=1.4, linestyle="--", label="error is least from here on")
        axis.set(xscale="log", xlabel="α")
    left.set(ylim=(-1.05, 1.1), title="where the bound speaks")
    left.legend(fontsize=9, loc="lower left")
    allowed = problems.assign(value=1 - problems["zeta"]).pivot(index="seed", columns="alpha", values="value")
    worst = neurons.groupby(["seed", "alpha"])["deficit"].max().unstack()
    band(right, alphas, allowed.to_numpy(), RED, r"allowed: $1-\zeta$")
    band(right, alphas, worst.to_numpy(), BLUE, r"worst neuron: $1-\psi_j^2$ at $t_T$")
    right.set(yscale="log", title="how much of it is used", ylim=(None, 1e6))
    right.grid(True)
    right.legend(fontsize=9, loc="upper left")
    return figure


def alt_reach(tables) -> str:
    problems, neurons = tables["problems"], tables["neurons"]
    edge, optimum = problems["vacuous_from"].median(), problems["optimum"].iloc[0]
    spoken = neurons[neurons["zeta"] > 0]
    used = (spoken["deficit"] / (1 - spoken["zeta"])).groupby(spoken["seed"]).max().median()
    return (
        f"Left, zeta falls from one as alpha grows and crosses zero near {edge:.1g}; beyond, the plot is "
        f"shaded. A dashed line at {optimum:g}, deep in the shade, marks where the error begins to be least. "
        "Right, on log axes, the deficit allowed by the bound and the deficit of the worst neuron are "
        f"parallel lines of slope one; the worst neuron uses {used:.2g} of what is allowed."
    )


def caption_reach(tables) -> str:
    rows = tables["problems"]
    row = next(rows.itertuples(index=False))
    return (
        "Left: ζ(α), cut off at −1. Right: what the bound allows and what the worst neuron of a network uses "
        f"at t_T. n = {row.n}, d = {row.d}, h = {row.width}, κ = {row.kappa:g}, {rows['seed'].nunique()} "
        f"seeds, medians and quartiles. Shaded: ζ ≤ 0 at the median. Dashed green: α = {row.optimum:g}, the "
        "lower end of the measured optimum."
    )
