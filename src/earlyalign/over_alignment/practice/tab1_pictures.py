"""The figure of A-tab1: the curves of A-edim, read at the peak and at the least validation loss."""

from __future__ import annotations

from earlyalign.figures.style import BLUE, GOLD, canvas, styled
from earlyalign.items.item import Figure
from earlyalign.over_alignment.practice.drawing import draw_curve, frame_curves, how, read, short, told

READINGS = {
    "peak": ("at its peak", BLUE),
    "stopped": ("at the least validation loss", GOLD),
}


@styled
def draw(tables):
    count = len(read(tables))
    across = min(count, 2)
    down = -(-count // across)
    figure = canvas(4.2 * across + 0.6, 3.2 * down)
    axes = figure.subplots(down, across, sharey=True, squeeze=False).ravel()
    for score, (words, colour) in READINGS.items():
        for axis, (case, found) in zip(axes, read(tables, score)):
            draw_curve(axis, found, colour, words)
            frame_curves(axis, found.multipliers, f"edim {case.edim}" if case.edim else short(case))
            axis.set_ylabel("test accuracy, %")
    for axis in axes[count:]:
        axis.set_axis_off()
    axes[0].legend(fontsize=9, loc="lower center")
    return figure


def describe(tables) -> str:
    said = []
    for score, (words, _) in READINGS.items():
        said += [f"edim {case.edim}, {words}: {told(found)}" for case, found in read(tables, score)]
    return f"Accuracy over the multiplier, one panel an effective dimension. {'; '.join(said)}."


def caption(tables) -> str:
    return (
        "The same runs, read twice: at the peak of the test accuracy, and where the loss on the held-out sample is "
        f"least. {how(tables)}"
    )


PICTURES = (Figure("A-tab1-curves", draw, caption, describe),)
