"""The figure of A-easy: accuracy over multipliers on easy tasks."""

from __future__ import annotations

from earlyalign.figures.style import canvas, shades, styled
from earlyalign.items.item import Figure
from earlyalign.over_alignment.practice.figures import (
    alt_curve,
    caption_training,
    case_title,
    draw_curve,
    frame_curves,
    scored_cases,
)


@styled
def draw_curves(tables):
    shown = scored_cases(tables)
    figure = canvas(6.4, 3.5)
    axis = figure.subplots()
    for (case, scores), colour in zip(shown, shades(len(shown))):
        draw_curve(axis, scores, colour, case_title(case))
    frame_curves(axis, shown[0][1].multipliers)
    axis.set_ylabel("peak test accuracy, %")
    axis.legend(fontsize=9)
    return figure


def alt_curves(tables) -> str:
    curves = "; ".join(f"{case_title(case)}: {alt_curve(scores)}" for case, scores in scored_cases(tables))
    return f"Curves of peak test accuracy over the output multiplier. {curves}."


def caption_curves(tables) -> str:
    case = scored_cases(tables)[0][0]
    return (
        "Peak test accuracy at each multiplier's best step, mean and two standard errors, for a network of width "
        f"{case.width} on {case.samples} images. {caption_training(tables)}"
    )


FIGURES = (Figure("A-easy-curves", draw_curves, caption_curves, alt_curves),)
