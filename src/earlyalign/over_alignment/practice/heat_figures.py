"""The figure of A-heat: test accuracy over multiplier and step, a panel a case."""

from __future__ import annotations

import numpy as np

from earlyalign.figures.heatmap import draw_heatmap
from earlyalign.figures.style import canvas, styled
from earlyalign.items.item import Figure
from earlyalign.over_alignment.practice.figures import (
    caption_training,
    case_title,
    left_out,
    power_math,
    power_text,
    scored_cases,
)
from earlyalign.over_alignment.practice.statistics import of_case

PANELS_A_ROW = 2


def status(ends, name: str, scores) -> np.ndarray:
    """(steps, multipliers) whether a setting has a run that ended so."""
    seen = ends.assign(hit=ends["status"] == name).pivot_table(
        index="step", columns="log2_c", values="hit", aggfunc="any"
    )
    return seen.reindex(index=scores.steps, columns=scores.multipliers).to_numpy(bool)


def finished_means(scores) -> np.ndarray:
    """(steps, multipliers) means of the runs that got there, NaN where none did."""
    counts = np.isfinite(scores.values).sum(axis=0)
    totals = np.nansum(scores.values, axis=0)
    return np.divide(totals, counts, out=np.full(counts.shape, np.nan), where=counts > 0).T


@styled
def draw_grid(tables):
    shown = scored_cases(tables)
    across = min(PANELS_A_ROW, len(shown))
    down = -(-len(shown) // across)
    figure = canvas(7.6 if across == 1 else 5.4 * across, 3.0 * down)
    axes = np.atleast_1d(figure.subplots(down, across, squeeze=False)).ravel()
    for axis, (case, scores) in zip(axes, shown):
        ends = of_case(tables["ends"], case)
        whole = scores.mean(np.arange(len(scores.values))).T
        best = None
        if np.isfinite(whole).any():
            row, column = np.unravel_index(whole.argmax(), whole.shape)
            best = int(row), int(column)
        image = draw_heatmap(
            axis, finished_means(scores), status(ends, "unfinished", scores), status(ends, "diverged", scores),
            [power_math(k) for k in scores.multipliers], [f"{step:g}" for step in scores.steps], best,
        )  # fmt: skip
        axis.set(
            xlabel="output multiplier c (strong to weak feature learning)", ylabel="η", title=case_title(case)
        )
        figure.colorbar(image, ax=axis, label="peak test accuracy, %")
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    return figure


def alt_grid(tables) -> str:
    told = []
    for case, scores in scored_cases(tables):
        means = scores.mean(np.arange(len(scores.values)))
        column, row = np.unravel_index(means.argmax(), means.shape)
        told.append(
            f"{case_title(case)}: best {means.max():.1f} % at c = {power_text(scores.multipliers[column])} and η = "
            f"{scores.steps[row]:g}"
        )
    return f"Heat maps over output multiplier and step. {'; '.join(told)}. {left_out(tables)}."


def caption_grid(tables) -> str:
    return (
        "Peak test accuracy over multiplier and step; the red frame is the best setting all of whose runs finished. "
        f"Dots: a run did not get there within the budget; a cross: one diverged. {caption_training(tables)}"
    )


FIGURES = (Figure("A-heat-grid", draw_grid, caption_grid, alt_grid),)
