"""The figures of B-thm31: the supremum against n, against the two candidate rates, and against d."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas

from earlyalign.figures.style import BLUE, FAINT, GOLD, GREEN, INK, RED, VIOLET, canvas, shades, styled
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables

EXACT = {"plane": (2, BLUE), "space": (3, GREEN)}


def _mean(rows: pd.DataFrame, column: str, by: str = "n") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of `by`, the mean of `column` at each, and twice its standard error."""
    means = rows.groupby(by)[column].agg(["mean", "sem"])
    return means.index.to_numpy(float), means["mean"].to_numpy(), 2 * means["sem"].to_numpy()


@styled
def draw_rate(tables: Tables) -> Canvas:
    """Left: mean supremum against n. Right: times sqrt(n), where a constant and sqrt(log n) part."""
    sup = tables["sup"]
    figure = canvas(7.8, 3.9)
    left, right = figure.subplots(1, 2)
    for name, (d, colour) in EXACT.items():
        n, mean, error = _mean(sup[sup["part"] == name], "sup")
        left.errorbar(n, mean, error, color=colour, marker="o", ms=4, label=f"d = {d}, exact")
        right.errorbar(n, mean * np.sqrt(n), error * np.sqrt(n), color=colour, marker="o", ms=4)
        factor = np.sqrt(np.log(n) / np.log(n[0]))
        right.plot(n, mean[0] * np.sqrt(n[0]) * factor, color=colour, ls="--", lw=1.2)
    search = sup[sup["part"] == "search"]
    for colour, (d, rows) in zip(shades(search["d"].nunique()), search.groupby("d"), strict=True):
        n, mean, error = _mean(rows, "lower_bound")
        left.errorbar(
            n, mean, error, color=colour, marker="^", mfc="none", ms=5, lw=1.2, label=f"d = {d}, lower bound"
        )
    plane = sup[sup["part"] == "plane"].groupby("n")["bound"].first()
    left.plot(plane.index, plane, color=INK, ls=":", lw=1.4, label="bound, d = 2, constant 1")
    left.set(xscale="log", yscale="log", xlabel="samples n", ylabel=r"mean of $\sup\,\|D-D(w)\|$")
    left.legend(fontsize=8)
    right.plot([], [], color=FAINT, ls="--", label=r"$\sqrt{\log n}$ from the first point")
    right.set(xscale="log", xlabel="samples n", ylabel=r"$\sqrt{n}$ × mean", ylim=(0, None))
    right.legend(fontsize=8, loc="lower right")
    return figure


@styled
def draw_growth(tables: Tables) -> Canvas:
    """Left: exact suprema at one n, against the bound. Right: share of the exact supremum that the search reaches."""
    sup = tables["sup"]
    growth = sup[sup["part"] == "growth"]
    figure = canvas(7.4, 3.4)
    left, right = figure.subplots(1, 2)
    d, mean, error = _mean(growth, "sup", "d")
    bound = growth.groupby("d")["bound"].first().to_numpy()
    left.errorbar(d, mean, error, color=BLUE, marker="o", label="mean supremum, exact")
    left.plot(d, bound * mean[0] / bound[0], color=INK, ls=":", label="bound, scaled to meet it")
    left.plot(d, mean[0] * np.sqrt(d / d[0]), color=GOLD, ls="--", label=r"$\sqrt{d}$")
    left.set(
        xlabel="dimension d",
        ylabel=r"mean of $\sup\,\|D-D(w)\|$",
        ylim=(0, None),
        title=f"n = {growth['n'].iloc[0]}",
    )
    left.set_xticks(d)
    left.legend(fontsize=8)
    for name, colour, label in (("space", RED, "d = 3, growing n"), ("growth", VIOLET, "growing d")):
        rows = sup[sup["part"] == name]
        x = rows["n"] if name == "space" else rows["n"] * 1.06 ** (rows["d"] - 4)
        right.plot(x, rows["lower_bound"] / rows["sup"], "o", color=colour, ms=4, alpha=0.5, label=label)
    right.axhline(1, color=FAINT, lw=1)
    right.set(xscale="log", xlabel="samples n", ylabel="lower bound / exact", title="reach of the search")
    right.legend(fontsize=8, loc="lower left")
    return figure


def caption_rate(tables: Tables) -> str:
    sup = tables["sup"]
    counts = sup.groupby("part")["seed"].nunique()
    return (
        "Mean over samples of the largest deviation of D_n from D(w) = beta*/2, with two standard errors: exact for "
        f"d = 2 ({counts['plane']} samples a point) and d = 3 ({counts['space']}), a lower bound by search for larger "
        f"d ({counts['search']}). Right: the exact means times sqrt(n); dashes show what a factor sqrt(log n) would "
        "add."
    )


def alt_rate(tables: Tables) -> str:
    plane = tables["sup"][tables["sup"]["part"] == "plane"].groupby("n")["sup"].mean()
    scaled = plane * np.sqrt(plane.index)
    return (
        f"Parallel straight lines falling on logarithmic axes: for d = 2 from {plane.iloc[0]:.3f} to "
        f"{plane.iloc[-1]:.4f}. Times sqrt(n) the d = 2 means go from {scaled.iloc[0]:.2f} to {scaled.iloc[-1]:.2f}, "
        "below the dashed line."
    )


def caption_growth(tables: Tables) -> str:
    growth = tables["sup"][tables["sup"]["part"] == "growth"]
    return (
        f"Growth with the dimension at n = {growth['n'].iloc[0]}, every supremum exact ({growth['seed'].nunique()} "
        "samples a dimension, two standard errors), against the bound of Theorem 3.1 and against sqrt(d). Right: the "
        "share of the exact supremum that the search finds, sample by sample."
    )


def alt_growth(tables: Tables) -> str:
    growth = tables["sup"][tables["sup"]["part"] == "growth"]
    mean, bound = growth.groupby("d")["sup"].mean(), growth.groupby("d")["bound"].first()
    return (
        f"From d = {mean.index[0]} to d = {mean.index[-1]} the mean supremum grows by a factor "
        f"{mean.iloc[-1] / mean.iloc[0]:.2f}, the bound by {bound.iloc[-1] / bound.iloc[0]:.2f}. The search finds at "
        f"least {(growth['lower_bound'] / growth['sup']).min():.1%} of each supremum."
    )


FIGURES = (
    Figure("B-thm31-rate", draw_rate, caption_rate, alt_rate),
    Figure("B-thm31-growth", draw_growth, caption_growth, alt_growth),
)
