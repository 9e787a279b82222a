"""The figure of A-easy: accuracy over multipliers on easy tasks."""

from __future__ import annotations

from earlyalign.figures.style import canvas, shades, styled
from earlyalign.items.item import Figure
from earlyalign.over_alignment.practice.drawing import draw_curve, frame_curves, how, read, short, told


@styled
def draw(tables):
    shown = read(tables)
    figure = canvas(6.4, 3.5)
    axis = figure.subplots()
    for (case, found), colour in zip(shown, shades(len(shown))):
        draw_curve(axis, found, colour, short(case))
    frame_curves(axis, shown[0][1].multipliers)
    axis.set_ylabel("peak test accuracy, %")
    axis.legend(fontsize=9)
    return figure


def describe(tables) -> str:
    curves = "; ".join(f"{short(case)}: {told(found)}" for case, found in read(tables))
    return f"Curves of peak test accuracy over the output multiplier. {curves}."


def caption(tables) -> str:
    case = read(tables)[0][0]
    return (
        "Peak test accuracy at each multiplier's best step, mean and two standard errors, for a network of width "
        f"{case.width} on {case.samples} images. {how(tables)}"
    )


PICTURES = (Figure("A-easy-curves", draw, caption, describe),)
