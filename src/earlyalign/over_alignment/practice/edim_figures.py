"""The figure of A-edim: accuracy over multipliers for each effective dimension, and what the best one gains."""

from __future__ import annotations

import numpy as np

from earlyalign.figures.style import BLUE, RED, canvas, shades, styled
from earlyalign.items.item import Figure
from earlyalign.over_alignment.practice.figures import (
    TWO,
    alt_curve,
    caption_training,
    draw_curve,
    frame_curves,
    mean_and_error,
    scored_cases,
)
from earlyalign.over_alignment.practice.statistics import gains

RIVALS = {"c = 1": (0, RED), "the smallest c": (None, BLUE)}


@styled
def draw_gain(tables):
    shown = scored_cases(tables)
    figure = canvas(9.4, 3.7)
    left, right = figure.subplots(1, 2, width_ratios=(1.35, 1))
    for (case, scores), colour in zip(shown, shades(len(shown))):
        draw_curve(left, scores, colour, f"edim {case.edim}")
    frame_curves(left, shown[0][1].multipliers)
    left.set_ylabel("peak test accuracy, %")
    left.legend(fontsize=9)
    edims = [case.edim for case, _ in shown]
    for words, (rival, colour) in RIVALS.items():
        gained = np.array([mean_and_error(gains(scores, rival)) for _, scores in shown])
        right.errorbar(
            edims,
            gained[:, 0],
            yerr=TWO * gained[:, 1],
            marker="o",
            color=colour,
            capsize=3,
            label=f"over {words}",
        )
    right.set_xscale("log", base=2)
    right.set_xticks(edims, [str(edim) for edim in edims])
    right.minorticks_off()
    right.set(xlabel="effective dimension of the data", ylabel="held-out gain, points")
    right.set_ylim(bottom=min(0, right.get_ylim()[0]))
    right.grid(True, axis="y")
    right.legend(fontsize=9)
    return figure


def alt_gain(tables) -> str:
    curves, gained = [], []
    for case, scores in scored_cases(tables):
        curves.append(f"edim {case.edim}: {alt_curve(scores)}")
        gained.append(f"{mean_and_error(gains(scores, 0))[0]:.1f}")
    return (
        f"Left, accuracy over the multiplier: {'; '.join(curves)}. Right, the gain of the best multiplier over c = 1: "
        f"{', '.join(gained)} points."
    )


def caption_gain(tables) -> str:
    return (
        "Left: peak test accuracy at each multiplier's best step, mean and two standard errors. Right: what the best "
        f"multiplier gains, chosen on one half of the seeds and judged on the other. {caption_training(tables)}"
    )


FIGURES = (Figure("A-edim-gain", draw_gain, caption_gain, alt_gain),)
