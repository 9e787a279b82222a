"""The figure of A-tab1: the curves of A-edim, read at the peak and at the least validation loss."""

from __future__ import annotations

import numpy as np

from earlyalign.items.contract import Picture
from earlyalign.items.style import BLUE, FAINT, GOLD, canvas, styled
from earlyalign.over_alignment.practice.drawing import draw_curve, frame_curves, how, read, told

READINGS = {
    "peak": ("at its peak", BLUE, "-"),
    "stopped": ("at the least validation loss", GOLD, "-"),
    "final": ("at the end", FAINT, "--"),
}


@styled
def draw(tables):
    count = len(read(tables))
    figure = canvas(3.3 * count + 0.8, 3.7)
    axes = np.atleast_1d(figure.subplots(1, count, sharey=True))
    for score, (words, colour, dash) in READINGS.items():
        for axis, (case, found) in zip(axes, read(tables, score)):
            draw_curve(axis, found, colour, words, linestyle=dash)
            frame_curves(axis, found.multipliers, f"edim {case.edim}")
    axes[0].set_ylabel("test accuracy, %")
    axes[0].legend(fontsize=9, loc="lower center")
    return figure


def describe(tables) -> str:
    said = []
    for score, (words, _, _) in READINGS.items():
        said += [f"edim {case.edim}, {words}: {told(found)}" for case, found in read(tables, score)]
    return f"Accuracy over the multiplier, one panel an effective dimension. {'; '.join(said)}."


def caption(tables) -> str:
    return (
        "The same runs, read three times: at the peak of the test accuracy, where the loss on the held-out sample is "
        f"least, and at the end. {how(tables)}"
    )


PICTURES = (Picture("A-tab1-curves", draw, caption, describe),)
