"""The figure of A-heat: test accuracy over multiplier and step, a panel a case."""

from __future__ import annotations

import numpy as np

from earlyalign.figures.heatmap import draw_heatmap
from earlyalign.figures.style import canvas, styled
from earlyalign.items.item import Figure
from earlyalign.over_alignment.practice.drawing import casualties, how, plain, power, read, short
from earlyalign.over_alignment.practice.readings import of_case

PANELS_A_ROW = 2


def status(ends, name: str, found) -> np.ndarray:
    """(steps, multipliers) whether a setting has a run that ended so."""
    seen = ends.assign(hit=ends["status"] == name).pivot_table(
        index="step", columns="log2_c", values="hit", aggfunc="any"
    )
    return seen.reindex(index=found.steps, columns=found.multipliers).to_numpy(bool)


def finished_means(found) -> np.ndarray:
    """(steps, multipliers) means of the runs that got there, NaN where none did."""
    counts = np.isfinite(found.values).sum(axis=0)
    totals = np.nansum(found.values, axis=0)
    return np.divide(totals, counts, out=np.full(counts.shape, np.nan), where=counts > 0).T


@styled
def draw(tables):
    shown = read(tables)
    across = min(PANELS_A_ROW, len(shown))
    down = -(-len(shown) // across)
    figure = canvas(7.6 if across == 1 else 5.4 * across, 3.0 * down)
    axes = np.atleast_1d(figure.subplots(down, across, squeeze=False)).ravel()
    for axis, (case, found) in zip(axes, shown):
        ends = of_case(tables["ends"], case)
        whole = found.mean(np.arange(len(found.values))).T
        best = np.unravel_index(whole.argmax(), whole.shape) if np.isfinite(whole).any() else None
        image = draw_heatmap(
            axis, finished_means(found), status(ends, "unfinished", found), status(ends, "diverged", found),
            [power(k) if k else "1" for k in found.multipliers], [f"{step:g}" for step in found.steps], best,
        )  # fmt: skip
        axis.set(
            xlabel="output multiplier c (strong to weak feature learning)", ylabel="η", title=short(case)
        )
        figure.colorbar(image, ax=axis, label="peak test accuracy, %")
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    return figure


def describe(tables) -> str:
    told = []
    for case, found in read(tables):
        means = found.mean(np.arange(len(found.values)))
        column, row = np.unravel_index(means.argmax(), means.shape)
        told.append(
            f"{short(case)}: best {means.max():.1f} % at c = {plain(found.multipliers[column])} and η = "
            f"{found.steps[row]:g}"
        )
    return f"Heat maps over output multiplier and step. {'; '.join(told)}. {casualties(tables)}."


def caption(tables) -> str:
    return (
        "Peak test accuracy over multiplier and step; the red frame is the best setting all of whose runs finished. "
        f"Dots: a run did not get there within the budget; a cross: one diverged. {how(tables)}"
    )


PICTURES = (Figure("A-heat-grid", draw, caption, describe),)
