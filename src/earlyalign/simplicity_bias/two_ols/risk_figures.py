"""The figure of B-risk: two rates in one frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from earlyalign.figures.style import INK, RED, band, canvas, shades, styled
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables


def medians(table: pd.DataFrame, value: str) -> tuple[np.ndarray, np.ndarray]:
    """Sizes n (points,), and medians (seeds, points) of `value` at each."""
    wide = table.pivot_table(index="seed", columns="n", values=value, aggfunc="median")
    return wide.columns.to_numpy(), wide.to_numpy()


@styled
def draw_risk(tables: Tables) -> Canvas:
    """Left: excess risk against n, of the limit and of interpolating networks. Right: times n/(σ²d)."""
    figure = canvas(8.2, 4.0)
    rates, constant = figure.subplots(1, 2)
    estimators, small, trained = tables["estimators"], tables["interpolation"], tables["network"]
    noise = estimators["noise_variance"].iloc[0]
    dimensions = np.sort(estimators["d"].unique())
    for d, colour in zip(dimensions, shades(len(dimensions))):
        own = estimators[estimators["d"] == d]
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


def caption_risk(tables: Tables) -> str:
    estimators, small = tables["estimators"], tables["interpolation"].iloc[0]
    return (
        f"Excess risk over noise variance, σ² = {estimators['noise_variance'].iloc[0]:g}. Left: the limit of Theorem "
        f"4.1 (median and quartiles of {estimators['seed'].nunique()} seeds, each a mean over "
        f"{estimators['repeats'].iloc[0]:.0f} samples) with 2d/n dotted; trained networks inside the theorem; networks "
        f"of width {small['width']:.0f} that interpolate. Right: the same limit times n/(σ²d)."
    )


def alt_risk(tables: Tables) -> str:
    estimators, small = tables["estimators"], tables["interpolation"]
    plateau = small.groupby("n")["excess"].median() / estimators["noise_variance"].iloc[0]
    exponent = np.polyfit(np.log(small["n"]), np.log(small["excess"]), 1)[0]
    return (
        "Left, logarithmic axes: excess risk of the limit falls along parallel lines of slope minus one, higher for "
        f"larger d. Interpolating networks lie far above them, at {plateau.min():.1f} to {plateau.max():.1f} noise "
        f"variances for n from {plateau.index.min()} to {plateau.index.max()}, with slope "
        f"{exponent:.2f}. Right: the curves for all d come down to two as n/d grows."
    )


FIGURES = (Figure("B-risk-rates", draw_risk, caption_risk, alt_risk),)
