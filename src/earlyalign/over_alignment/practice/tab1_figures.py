"""The figure of A-tab1: the curves of A-edim, read at the peak and at the least validation loss."""

from __future__ import annotations

from earlyalign.figures.style import BLUE, GOLD, canvas, styled
from earlyalign.items.item import Figure
from earlyalign.over_alignment.practice.figures import (
    alt_curve,
    caption_training,
    case_title,
    draw_curve,
    frame_curves,
    scored_cases,
)

SHOWN = {
    "peak": ("at its peak", BLUE),
    "stopped": ("at the least validation loss", GOLD),
}


@styled
def draw_curves(tables):
    count = len(scored_cases(tables))
    across = min(count, 2)
    down = -(-count // across)
    figure = canvas(4.2 * across + 0.6, 3.2 * down)
    axes = figure.subplots(down, across, sharey=True, squeeze=False).ravel()
    for score, (words, colour) in SHOWN.items():
        for axis, (case, scores) in zip(axes, scored_cases(tables, score)):
            draw_curve(axis, scores, colour, words)
            frame_curves(axis, scores.multipliers, f"edim {case.edim}" if case.edim else case_title(case))
            axis.set_ylabel("test accuracy, %")
    for axis in axes[count:]:
        axis.set_axis_off()
    axes[0].legend(fontsize=9, loc="lower center")
    return figure


def alt_curves(tables) -> str:
    said = []
    for score, (words, _) in SHOWN.items():
        said += [
            f"edim {case.edim}, {words}: {alt_curve(scores)}" for case, scores in scored_cases(tables, score)
        ]
    return f"Accuracy over the multiplier, one panel an effective dimension. {'; '.join(said)}."


def caption_curves(tables) -> str:
    return (
        "The same runs, read twice: at the peak of the test accuracy, and where the loss on the held-out sample is "
        f"least. {caption_training(tables)}"
    )


FIGURES = (Figure("A-tab1-curves", draw_curves, caption_curves, alt_curves),)
