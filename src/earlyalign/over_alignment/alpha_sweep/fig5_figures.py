"""The three figures of A-fig5: the two terms, the dip, and where its arms come from."""

from __future__ import annotations

import numpy as np

from earlyalign.figures.style import BLUE, FAINT, GOLD, GREEN, INK, RED, VIOLET, canvas, styled
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep.statistics import curves

TITLES = {
    "separable": "separable by rejection",
    "free": "no separability",
    "fifty": "d = 50, separable",
}
COLOURS = {"predictor": BLUE, "network": RED, "strict": GOLD}
NAMES = {
    "predictor": "effective predictor",
    "network": "whole network",
    "strict": "whole network, silence an error",
}
VARIANTS = {
    "separable": "as in the theory",
    "free": "no separability",
    "positives": "positives only",
    "antisymmetric": "antisymmetric start",
    "centred": r"$f - f_0$",
    "natural": r"$\kappa/\sigma = 5$",
}
TWO = 2.0
"""Bands are means with this many standard errors on either side."""


def mean_band(axis, x, values, colour: str, label: str, **line) -> None:
    """Mean of values (seeds, points) over seeds with TWO standard errors shaded."""
    mean, spread = values.mean(axis=0), TWO * values.std(axis=0, ddof=1) / np.sqrt(len(values))
    axis.fill_between(x, mean - spread, mean + spread, color=colour, alpha=0.2, linewidth=0)
    axis.plot(x, mean, color=colour, marker="o", markersize=3.5, label=label, **line)


def present(tables: Tables, names) -> list[str]:
    return [name for name in names if (tables["sweep"]["setting"] == name).any()]


def rows(tables: Tables, setting: str):
    return tables["sweep"].query("setting == @setting")


@styled
def draw_terms(tables):
    shown = present(tables, TITLES)
    figure = canvas(3.2 * len(shown) + 0.8, 3.6)
    axes = np.atleast_1d(figure.subplots(1, len(shown), sharey=True))
    for axis, setting in zip(axes, shown):
        here = rows(tables, setting)
        for value, colour, name in (
            ("over_alignment", VIOLET, "over-alignment OA"),
            ("over_fitting", GREEN, "over-fitting OF"),
            ("predictor", BLUE, "their sum"),
        ):
            mean_band(axis, *curves(here, value), colour, name)
        limit = here.loc[here["zeta"] > 0, "alpha"].max()
        axis.axvspan(limit, here["alpha"].max(), color=FAINT, alpha=0.12, linewidth=0)
        axis.set(xscale="log", yscale="symlog", xlabel=r"$\alpha$", title=TITLES[setting])
        axis.set_yscale("symlog", linthresh=0.1)
        axis.set_ylim(0, 60)
        axis.set_yticks([0, 0.1, 1, 10], ["0", "0.1", "1", "10"])
    axes[0].set_ylabel("excess error, points")
    axes[0].legend(fontsize=8.5, loc="upper left")
    return figure


def alt_terms(tables) -> str:
    here = rows(tables, present(tables, TITLES)[0])
    mean = here.groupby("alpha")[["over_alignment", "over_fitting", "predictor"]].mean()
    return (
        "Curves against alpha on a logarithmic axis. Over-alignment stays at "
        f"{mean['over_alignment'].iloc[0]:.2f} points up to alpha about 0.005 and then falls to "
        f"{mean['over_alignment'].iloc[-1]:.2f}. Over-fitting is flat at {mean['over_fitting'].iloc[0]:.2f} "
        f"and then climbs to {mean['over_fitting'].iloc[-1]:.0f}. Their sum is almost flat near "
        f"{mean['predictor'].iloc[0]:.1f}, with a shallow least value of {mean['predictor'].min():.2f} before "
        "it follows over-fitting up."
    )


def caption_terms(tables) -> str:
    first = next(tables["sweep"].itertuples(index=False))
    counts = ", ".join(
        f"{rows(tables, name)['seed'].nunique()} ({TITLES[name]})" for name in present(tables, TITLES)
    )
    return (
        f"The two terms of the effective predictor's excess error. n = {first.n}, h = {first.width}, stopped at "
        f"positive risk {first.eta:g}; means with two standard errors, seeds: {counts}. The axis is linear below "
        "0.1. Shaded: the bound of Theorem 5.1 says nothing for any seed."
    )


@styled
def draw_dip(tables):
    shown = present(tables, TITLES)
    figure = canvas(3.2 * len(shown) + 0.8, 3.5)
    axes = np.atleast_1d(figure.subplots(1, len(shown)))
    for axis, setting in zip(axes, shown):
        here, deepest = rows(tables, setting), 0.0
        for error, colour in COLOURS.items():
            alphas, values = curves(here, error)
            moved = values - values[:, :1]
            deepest = min(deepest, moved.mean(axis=0).min())
            mean_band(axis, alphas, moved, colour, NAMES[error])
        axis.axhline(0, color=INK, linewidth=0.8)
        axis.set(xscale="log", xlabel=r"$\alpha$", title=TITLES[setting], xlim=(here["alpha"].min(), 0.5))
        axis.set_ylim(1.25 * deepest, -0.5 * deepest)
        axis.grid(True)
    axes[0].set_ylabel("change of the error\nfrom the smallest α, points")
    axes[0].legend(fontsize=8, loc="lower left")
    return figure


def alt_dip(tables) -> str:
    texts = []
    for setting in present(tables, TITLES):
        told = []
        for error, name in NAMES.items():
            alphas, values = curves(rows(tables, setting), error)
            moved = (values - values[:, :1]).mean(axis=0)
            told.append(f"{name} {moved.min():.2f} at alpha {alphas[moved.argmin()]:.2g}")
        texts.append(f"{TITLES[setting]}: {', '.join(told)}.")
    return "Curves that start at zero, dip and then climb steeply. Deepest points, " + " ".join(texts)


def caption_dip(tables) -> str:
    return (
        "The optimum, against the same seed's error at the smallest α: means of paired differences with two standard "
        "errors. A silent network, on inputs that activate no neuron, tosses a coin (red) or is always wrong (gold). "
        "The scales differ from panel to panel."
    )


@styled
def draw_origins(tables):
    shown = present(tables, VARIANTS)
    figure = canvas(8.6, 0.5 * len(shown) + 1.3)
    left, right = figure.subplots(1, 2, sharey=True)
    optimum = tables["optimum"].set_index(["setting", "error"])
    for axis, side, title in ((left, "left", "the rich arm"), (right, "right", "the lazy arm")):
        for place, setting in enumerate(shown):
            for shift, error in ((-0.12, "predictor"), (0.12, "network")):
                value, spread = optimum.loc[(setting, error), [side, f"{side}_se"]].astype(float)
                axis.errorbar(
                    value, place + shift, xerr=TWO * spread, fmt="o", color=COLOURS[error], markersize=5,
                    label=NAMES[error] if place == 0 else None,
                )  # fmt: skip
        axis.axvline(0, color=INK, linewidth=0.8)
        axis.set(title=title, xlabel="points above the best, held out")
        axis.grid(True, axis="x")
    right.set_xscale("symlog", linthresh=0.1)
    right.set_xlim(-0.05, 100)
    right.set_xticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
    left.set_yticks(range(len(shown)), [VARIANTS[name] for name in shown])
    left.invert_yaxis()
    left.legend(fontsize=8.5, loc="lower right")
    return figure


def alt_origins(tables) -> str:
    optimum = tables["optimum"].set_index(["setting", "error"])
    told = [
        f"{VARIANTS[setting].replace('$', '')}: rich arm {optimum.loc[(setting, 'predictor'), 'left']:.2f} and "
        f"{optimum.loc[(setting, 'network'), 'left']:.2f}, lazy arm "
        f"{optimum.loc[(setting, 'predictor'), 'right']:.1f} and "
        f"{optimum.loc[(setting, 'network'), 'right']:.1f}"
        for setting in present(tables, VARIANTS)
    ]
    return (
        "Dots with error bars in two panels, one row a setting. Points for the effective predictor and for the whole "
        f"network, {'; '.join(told)}."
    )


def caption_origins(tables) -> str:
    return (
        "What each end of the sweep loses against the best α, chosen on half of the seeds and judged on the other "
        "half; bars are two standard errors. Every row changes one thing of the first. The right axis is linear below "
        "0.1."
    )


FIGURES = (
    Figure("A-fig5-terms", draw_terms, caption_terms, alt_terms),
    Figure("A-fig5-dip", draw_dip, caption_dip, alt_dip),
    Figure("A-fig5-origins", draw_origins, caption_origins, alt_origins),
)
