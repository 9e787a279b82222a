"""What the pictures of Lemmas F.2 to F.6 say in words: captions, and descriptions for those who cannot see them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from earlyalign.items.tables import Tables


def middle_run(tables: Tables) -> dict[str, pd.DataFrame]:
    """The one trajectory that the film shows: the middle lambda, the first seed."""
    scales = np.sort(tables["sides"]["init_scale"].unique())
    chosen = scales[len(scales) // 2]
    return {
        name: table[(table["init_scale"] == chosen) & (table["seed"] == table["seed"].min())]
        for name, table in tables.items()
    }


def caption_film(tables) -> str:
    row = middle_run(tables)["sides"].iloc[0]
    return (
        f"The proof of Theorem 4.1 as a film. One network, d = {row.d}, n = {row.n}, m = {row.width}, "
        f"λ = {row.init_scale:g}, cut at the stopping times of the positive neurons (blue; negative ones red). Top: "
        "the neurons at each cut, drawn to their own scale; no sample lies in the grey cone. Below: what Lemmas F.2 "
        "to F.6 speak of, against time."
    )


def describe_film(tables) -> str:
    sides = middle_run(tables)["sides"]
    row = sides[sides["sign"] == "plus"].iloc[0]
    return (
        "Five small drawings of neurons as arrows: scattered at the start, two opposite bundles from the end of early "
        "alignment on. Below, four panels against time, shaded by phase. Early alignment ends at "
        f"{row.tau:.1f}, slow growth at {row.tau2:.1f}, fast growth at {row.tau3:.1f}. Norms grow exponentially "
        "through slow growth and then level off; mutual misalignment falls until the norms do; the distance to least "
        "squares stays near one until fast growth and then drops; the excess losses end in straight lines on a "
        "logarithmic scale."
    )


def caption_times(tables) -> str:
    sides = tables["sides"]
    return (
        "Left: the stopping times of both groups in units of 1/||D||, with fitted slopes. Early alignment takes "
        f"ε ln(1/λ), ε = {sides['epsilon'].iloc[0]:g}; slow growth takes the rest of ln(1/λ); fast growth is as long "
        "for small λ as for large. Right: what is left of misalignment at the cuts. "
        f"{sides['seed'].nunique()} seeds, both signs, {sides['init_scale'].nunique()} scales."
    )


def describe_times(tables) -> str:
    sides = tables["sides"]
    x = np.log(1 / sides["init_scale"])
    rates = [np.polyfit(x, sides["speed"] * sides[name], 1)[0] for name in ("tau", "tau2", "tau3")]
    return (
        "Left: three rising straight lines of stopping times against the logarithm of one over lambda, with slopes "
        f"{rates[0]:.2f}, {rates[1]:.2f} and {rates[2]:.2f}; the last two are parallel. Right: misalignment against "
        "lambda on logarithmic axes, two straight lines that fall with lambda, that of mutual alignment much steeper."
    )


def caption_growth(tables) -> str:
    return (
        "Fast growth forgets λ. Distance of each group to its least squares estimator against the time since its own "
        "τ2, one curve for each scale, one seed; the dotted line is ε3. Smaller networks wait longer; the drop is the "
        "same (line widths differ so that all curves can be seen)."
    )


def describe_growth(tables) -> str:
    scales = tables["sides"]["init_scale"]
    return (
        f"Two panels, positive and negative neurons. {scales.nunique()} curves for lambda from {scales.max():g} down "
        f"to {scales.min():g} lie on top of one another: flat near one before time zero, then a smooth fall to zero "
        "within about eight units of time."
    )


def caption_rate(tables) -> str:
    return (
        "Lemma F.6. Left: the quotient of the two sides of the Polyak–Łojasiewicz inequality (45) along every run, "
        f"{tables['sides']['seed'].nunique()} seeds, both signs. Right: the excess loss from τ3 on, exponential until "
        "it is rounding."
    )


def describe_rate(tables) -> str:
    lowest = tables["sides"]["polyak_share"].min()
    return (
        f"Left: quotients that start near two and level off just above one (smallest {lowest:.3f}). Right: excess "
        "losses on a logarithmic scale, straight lines of slightly different slopes over many orders of magnitude, in "
        "no order of lambda."
    )
