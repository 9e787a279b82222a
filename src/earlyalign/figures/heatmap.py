"""A heatmap of training runs over two settings, in which unfinished and diverged runs can be seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Rectangle

from earlyalign.figures.style import INK, RED

UNFINISHED_MARK, DIVERGED_MARK = "…", "×"
_PALE = 0.35
"""Share of the colour range above which a cell is pale enough for dark ink."""


def draw_heatmap(
    axis,
    values: np.ndarray,
    unfinished: np.ndarray,
    diverged: np.ndarray,
    columns: Sequence[str],
    rows: Sequence[str],
    best: tuple[int, int] | None = None,
):
    """Mean accuracies in percent, values (rows, columns), NaN where nothing finished. Gives the image, for a colour
    bar.

    unfinished, diverged  (rows, columns) bool: a setting with such a run is marked with dots or a cross
    columns, rows         names of the settings
    best                  (row, column) to be framed
    """
    image = axis.imshow(values, cmap="YlGnBu_r", aspect="auto", origin="lower")
    for (row, column), value in np.ndenumerate(values):
        told = f"{value:.1f}" if np.isfinite(value) else ""
        told += DIVERGED_MARK * bool(diverged[row, column]) + UNFINISHED_MARK * bool(unfinished[row, column])
        pale = np.isfinite(value) and image.norm(value) > _PALE
        ink = INK if pale or not np.isfinite(value) else "white"
        axis.annotate(told, (column, row), ha="center", va="center", fontsize=9, color=ink)
    if best is not None:
        corner = (best[1] - 0.5, best[0] - 0.5)
        axis.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=RED, linewidth=2))
    axis.set_xticks(range(len(columns)), columns)
    axis.set_yticks(range(len(rows)), rows)
    return image
