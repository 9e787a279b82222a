"""The figures of Lemmas F.2 to F.6: the film, its stopping times, growth, and the last descent."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from earlyalign.figures.style import FAINT, GOLD, GREEN, INK, VIOLET, canvas, shades, styled
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.phases.film_figures import (
    SIGNS,
    alt_film,
    caption_film,
    draw_film,
    of_sign,
    tex,
)


@styled
def draw_times(tables: Tables) -> Canvas:
    """Left: stopping times against ln(1/lambda). Right: what is left of misalignment at the cuts."""
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


def fit_through(axis: Axes, x: pd.Series, y: pd.Series, colour: str, label: str) -> None:
    """Points and their least-squares line, named by its slope."""
    rate, offset = np.polyfit(x, y, 1)
    ends = np.array([x.min(), x.max()])
    axis.plot(x, y, "o", color=colour, markersize=3.5, alpha=0.55)
    axis.plot(ends, offset + rate * ends, color=colour, label=f"{label}: slope {rate:.2f}")


def caption_times(tables: Tables) -> str:
    sides = tables["sides"]
    return (
        "Left: the stopping times of both groups in units of 1/||D||, with fitted slopes. Early alignment takes "
        f"ε ln(1/λ), ε = {sides['epsilon'].iloc[0]:g}; slow growth takes the rest of ln(1/λ); fast growth is as long "
        "for small λ as for large. Right: what is left of misalignment at the cuts. "
        f"{sides['seed'].nunique()} seeds, both signs, {sides['init_scale'].nunique()} scales."
    )


def alt_times(tables: Tables) -> str:
    sides = tables["sides"]
    x = np.log(1 / sides["init_scale"])
    rates = [np.polyfit(x, sides["speed"] * sides[name], 1)[0] for name in ("tau", "tau2", "tau3")]
    return (
        "Left: three rising straight lines of stopping times against the logarithm of one over lambda, with slopes "
        f"{rates[0]:.2f}, {rates[1]:.2f} and {rates[2]:.2f}; the last two are parallel. Right: misalignment against "
        "lambda on logarithmic axes, two straight lines that fall with lambda, that of mutual alignment much steeper."
    )


def since(tables: Tables, name: str) -> pd.DataFrame:
    """The curves with `since`, the time past the stopping time `name` of their own run and sign."""
    keys = ["init_scale", "seed", "sign"]
    joined = tables["curves"].merge(tables["sides"][[*keys, "tau2", "tau3", "speed"]], on=keys)
    return joined.assign(since=joined["time"] - joined[name])


def by_scale(rows: pd.DataFrame) -> list[tuple[float, tuple[float, float, float]]]:
    """(lambda, colour) from the largest scale, pale, to the smallest, dark."""
    scales = np.sort(rows["init_scale"].unique())[::-1]
    return list(zip(scales, shades(len(scales))))


@styled
def draw_growth(tables: Tables) -> Canvas:
    """Distance to least squares since tau2, one curve for each scale, positive and negative neurons apart."""
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


def caption_growth(tables: Tables) -> str:
    return (
        "Fast growth forgets λ. Distance of each group to its least squares estimator against the time since its own "
        "τ2, one curve for each scale, one seed; the dotted line is ε3. Smaller networks wait longer; the drop is the "
        "same (line widths differ so that all curves can be seen)."
    )


def alt_growth(tables: Tables) -> str:
    scales = tables["sides"]["init_scale"]
    return (
        f"Two panels, positive and negative neurons. {scales.nunique()} curves for lambda from {scales.max():g} down "
        f"to {scales.min():g} lie on top of one another: flat near one before time zero, then a smooth fall to zero "
        "within about eight units of time."
    )


@styled
def draw_rate(tables: Tables) -> Canvas:
    """Left: the quotient of (45) along every run. Right: the excess loss since tau3."""
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


def caption_rate(tables: Tables) -> str:
    return (
        "Lemma F.6. Left: the quotient of the two sides of the Polyak–Łojasiewicz inequality (45) along every run, "
        f"{tables['sides']['seed'].nunique()} seeds, both signs. Right: the excess loss from τ3 on, exponential until "
        "it is rounding."
    )


def alt_rate(tables: Tables) -> str:
    lowest = tables["sides"]["polyak_share"].min()
    return (
        f"Left: quotients that start near two and level off just above one (smallest {lowest:.3f}). Right: excess "
        "losses on a logarithmic scale, straight lines of slightly different slopes over many orders of magnitude, in "
        "no order of lambda."
    )


FIGURES = (
    Figure("B-lemF-film", draw_film, caption_film, alt_film),
    Figure("B-lemF-times", draw_times, caption_times, alt_times),
    Figure("B-lemF-growth", draw_growth, caption_growth, alt_growth),
    Figure("B-lemF-rate", draw_rate, caption_rate, alt_rate),
)
