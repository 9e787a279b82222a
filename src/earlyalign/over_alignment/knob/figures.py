"""The figures of A-fls: where two trainings coincide and where they part, and which way is strong."""

from __future__ import annotations

import numpy as np

from earlyalign.figures.style import BLUE, GREEN, INK, RED, band, canvas, styled


def _labelled(gaps):
    return gaps.assign(
        name=gaps["case"] + np.where(gaps["case"] == "flow", "", ", L = " + gaps["depth"].astype(str))
    )


@styled
def draw_gaps(tables):
    gaps = _labelled(tables["gaps"])
    names = list(dict.fromkeys(gaps["name"]))
    figure = canvas(7.6, 0.42 * len(names) + 1.1)
    axis = figure.subplots()
    for height, name in enumerate(reversed(names)):
        values = np.sort(np.maximum(gaps[gaps["name"] == name]["gap"].to_numpy(), 1e-17))
        colour = BLUE if name.startswith(("flow", "exact")) else RED
        spread = height + np.linspace(-0.22, 0.22, len(values))
        axis.plot(values, spread, "o", color=colour, markersize=4, alpha=0.8)
    axis.axvspan(1e-18, 1e-8, color=GREEN, alpha=0.1, linewidth=0)
    axis.set_yticks(range(len(names)), names[::-1])
    axis.set(
        xscale="log", xlim=(3e-18, 30), xlabel="largest distance between the two trainings' outputs, relative"
    )
    axis.text(1.5e-17, len(names) - 0.55, "the same trajectory", color=GREEN, fontsize=9, va="bottom")
    axis.set_ylim(-0.6, len(names) - 0.05)
    axis.grid(True, axis="x")
    return figure


def alt_gaps(tables) -> str:
    worst = _labelled(tables["gaps"]).groupby("name", sort=False)["gap"].median()
    parts = ", ".join(f"{name}: {value:.0e}" for name, value in worst.items())
    return (
        "Dots on a log axis, one row a case: the relative distance between training with a multiplier and "
        f"training from a scaled start. Medians: {parts}. The first rows lie in the band of equality, the "
        "others far to its right."
    )


def caption_gaps(tables) -> str:
    rows = tables["gaps"]
    row = next(rows.itertuples(index=False))
    values = ", ".join(f"{c:g}" for c in np.sort(rows["multiplier"].unique()))
    return (
        f"Multiplier against initialisation scale, c = {values}, {rows['seed'].nunique()} seeds each. Descent: "
        f"{row.steps} full-batch steps, width {row.descent_width}, n = {row.n}, d = {row.d}. Blue: equal by "
        "homogeneity. Red: not."
    )


@styled
def draw_turning(tables):
    figure = canvas(6.4, 3.4)
    axis = figure.subplots()
    table = tables["turning"].pivot(index="seed", columns="alpha", values="turned")
    band(axis, table.columns.to_numpy(), table.to_numpy(), BLUE, "1 − cos of the tangent kernels")
    axis.set(xscale="log", xlabel="α", ylabel="how far the kernel has turned", ylim=(-0.02, None))
    top = axis.get_ylim()[1]
    axis.annotate(
        "strong feature learning\n→ over-alignment",
        (0.02, 0.08),
        xycoords="axes fraction",
        color=INK,
        fontsize=9.5,
    )
    axis.annotate(
        "weak, lazy\n→ over-fitting",
        (0.98, 0.8),
        xycoords="axes fraction",
        color=INK,
        fontsize=9.5,
        ha="right",
    )
    axis.set_ylim(-0.02, top)
    axis.grid(True)
    return figure


def alt_turning(tables) -> str:
    middle = tables["turning"].groupby("alpha")["turned"].median()
    return (
        "How far the tangent kernel has turned when training stops, against alpha on a log axis: "
        f"{middle.iloc[0]:.2f} at alpha {middle.index[0]:g}, falling to {middle.iloc[-1]:.1g} at {middle.index[-1]:g}. "
        "The left end is labelled strong feature learning, the right end weak, lazy."
    )


def caption_turning(tables) -> str:
    rows = tables["turning"]
    row = next(rows.itertuples(index=False))
    return (
        "One minus the cosine between the tangent kernel at the start and when the mean loss reaches "
        f"{row.eta:g}: n = {row.n}, d = {row.d}, h = {row.width}, κ = {row.kappa:g}, {rows['seed'].nunique()} "
        "seeds, median and quartiles."
    )
