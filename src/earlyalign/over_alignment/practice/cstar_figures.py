"""The figure of A-fig-cstar: curves for each size, and the best multiplier against n and h with the paper's law."""

from __future__ import annotations

import numpy as np

from earlyalign.figures.style import BLUE, FAINT, canvas, shades, styled
from earlyalign.items.item import Figure
from earlyalign.over_alignment.alpha_sweep.statistics import REACH
from earlyalign.over_alignment.practice.figures import (
    alt_curve,
    caption_training,
    draw_curve,
    frame_curves,
    power_math,
    scored_cases,
)
from earlyalign.over_alignment.practice.paper import SIZE_EXPONENTS
from earlyalign.over_alignment.practice.statistics import optimum

OTHER = {"samples": "width", "width": "samples"}
NAMES = {"samples": "n", "width": "h"}


def along(tables, size: str) -> list:
    """Cases that differ from the first in `size` alone, smallest first."""
    shown = scored_cases(tables)
    base = shown[0][0]
    same = [each for each in shown if getattr(each[0], OTHER[size]) == getattr(base, OTHER[size])]
    return sorted(same, key=lambda each: getattr(each[0], size))


@styled
def draw_sizes(tables):
    figure = canvas(9.4, 6.4)
    axes = figure.subplots(2, 2, width_ratios=(1.35, 1))
    for (left, right), size in zip(axes, SIZE_EXPONENTS):
        shown = along(tables, size)
        for (case, scores), colour in zip(shown, shades(len(shown))):
            draw_curve(left, scores, colour, f"{NAMES[size]} = {getattr(case, size)}")
        frame_curves(left, shown[0][1].multipliers)
        left.set_ylabel("peak test accuracy, %")
        left.legend(fontsize=9)
        draw_optima(right, shown, size)
    return figure


def draw_optima(axis, shown, size: str) -> None:
    """c* with its interval at each size, and the law through the first case."""
    sizes = np.array([getattr(case, size) for case, _ in shown], float)
    optima = np.array([optimum(scores, REACH) for _, scores in shown])
    bars = np.abs(optima[:, 1:] - optima[:, :1]).T
    axis.errorbar(sizes, optima[:, 0], yerr=bars, marker="o", color=BLUE, capsize=3, label="measured")
    middle = len(sizes) // 2
    law = optima[middle, 0] + SIZE_EXPONENTS[size] * np.log2(sizes / sizes[middle])
    axis.plot(
        sizes,
        law,
        color=FAINT,
        linestyle="--",
        label=f"$c^* \\propto {NAMES[size]}^{{{SIZE_EXPONENTS[size]:g}}}$",
    )
    axis.set_xscale("log", base=2)
    axis.set_xticks(sizes, [f"{value:g}" for value in sizes])
    axis.minorticks_off()
    ticks = range(-12, 1, 3)
    axis.set_yticks(ticks, [power_math(k) for k in ticks])
    axis.set_ylim(-12.5, 0.5)
    axis.set(xlabel=f"{'training samples' if size == 'samples' else 'width'} {NAMES[size]}", ylabel="$c^*$")
    axis.grid(True, axis="y")
    axis.legend(fontsize=9)


def alt_sizes(tables) -> str:
    said = []
    for size in SIZE_EXPONENTS:
        for case, scores in along(tables, size):
            centre, low, high = optimum(scores, REACH)
            said.append(
                f"{NAMES[size]} = {getattr(case, size)}: {alt_curve(scores)}, log2 of the best multiplier {centre:.1f} "
                f"between {low:.1f} and {high:.1f}"
            )
    return f"Curves over the multiplier and their best places. {'; '.join(said)}."


def caption_sizes(tables) -> str:
    base = scored_cases(tables)[0][0]
    return (
        f"Left: peak test accuracy; above with h = {base.width}, below with n = {base.samples}. Right: the vertex of a "
        "parabola through the best multiplier and two neighbours on each side, with the interval that resampled seeds "
        f"give it; dashed, the paper's law through the middle size. Generated images of edim {base.edim}. "
        f"{caption_training(tables)}"
    )


FIGURES = (Figure("A-fig-cstar-sizes", draw_sizes, caption_sizes, alt_sizes),)
