"""The picture of B-risk: two rates in one frame."""

from __future__ import annotations

import numpy as np

from earlyalign.figures.style import INK, RED, band, canvas, shades, styled


def medians(table, value: str):
    """(x, (seeds, points)) of `value` against n."""
    wide = table.pivot_table(index="seed", columns="n", values=value, aggfunc="median")
    return wide.columns.to_numpy(), wide.to_numpy()


@styled
def draw_risk(tables):
    figure = canvas(8.2, 4.0)
    rates, constant = figure.subplots(1, 2)
    found, small, trained = tables["estimators"], tables["interpolation"], tables["network"]
    noise = found["noise_variance"].iloc[0]
    dimensions = np.sort(found["d"].unique())
    for d, colour in zip(dimensions, shades(len(dimensions))):
        own = found[found["d"] == d]
        n, risk = medians(own, "halves")
        band(rates, n, risk / noise, colour, f"limit, d = {d}")
        rates.plot(n, 2 * d / n, color=colour, linestyle=":", linewidth=1.2)
        band(constant, n / d, risk * n / (noise * d), colour, f"d = {d}")
    n, risk = medians(small, "excess")
    band(rates, n, risk / noise, RED, f"interpolating, d = {small['d'].iloc[0]}", marker="s")
    rates.plot(
        trained["n"], trained["excess"] / noise, "x", color=INK, label=f"trained, d = {trained['d'].iloc[0]}"
    )
    rates.set(
        xscale="log", yscale="log", xlabel="n", ylabel=r"excess risk / $\sigma^2$", title="A rate, and none"
    )
    rates.legend(fontsize=8.5, loc="lower left")
    constant.axhline(2, color=INK, linestyle=":", label="2")
    constant.axhline(1, color=INK, linestyle="--", linewidth=1, label="1, one estimator for all")
    constant.set(xscale="log", xlabel="n / d", ylabel=r"excess risk $\times\ n/(\sigma^2 d)$", ylim=(0, 5))
    constant.set_title("The constant is two")
    constant.legend(fontsize=8.5, loc="upper right")
    for axis in (rates, constant):
        axis.grid(True)
    return figure


def caption_risk(tables) -> str:
    found, small = tables["estimators"], tables["interpolation"].iloc[0]
    return (
        f"Excess risk over noise variance, σ² = {found['noise_variance'].iloc[0]:g}. Left: the limit of Theorem 4.1 "
        f"(median and quartiles of {found['seed'].nunique()} seeds, each a mean over "
        f"{found['repeats'].iloc[0]:.0f} samples) with 2d/n dotted; trained networks inside the theorem; networks of "
        f"width {small['width']:.0f} that interpolate. Right: the same limit times n/(σ²d)."
    )


def describe_risk(tables) -> str:
    found, small = tables["estimators"], tables["interpolation"]
    plateau = small.groupby("n")["excess"].median() / found["noise_variance"].iloc[0]
    exponent = np.polyfit(np.log(small["n"]), np.log(small["excess"]), 1)[0]
    return (
        "Left, logarithmic axes: excess risk of the limit falls along parallel lines of slope minus one, higher for "
        f"larger d. Interpolating networks lie far above them, at {plateau.min():.1f} to {plateau.max():.1f} noise "
        f"variances for n from {plateau.index.min()} to {plateau.index.max()}, with slope "
        f"{exponent:.2f}. Right: the curves for all d come down to two as n/d grows."
    )
