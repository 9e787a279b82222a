"""One look for every figure: transparent ground, dark ink, a palette that survives the site's dark mode.

The site inverts figures in dark mode and turns their hues back, so figures keep to dark ink on nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure as Canvas

INK = "#22262e"
FAINT = "#9aa1ac"
BLUE = "#2f6db3"
RED = "#c8443a"
GREEN = "#2f8a5b"
GOLD = "#b98512"
VIOLET = "#7a4fa3"
PALETTE = (BLUE, RED, GREEN, GOLD, VIOLET)

FLOW, SGD, OLS = BLUE, RED, INK
"""Colours that mean the same in every chapter: gradient flow, mini-batch SGD, least squares."""

POSITIVE, NEGATIVE = BLUE, RED
"""Neurons with a_i > 0 and with a_i < 0."""

RC = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "figure.constrained_layout.use": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 10.5,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": "#c9cdd4",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "svg.hashsalt": "earlyalign",
    "svg.fonttype": "path",
}


def canvas(width: float = 7.2, height: float = 3.6) -> Canvas:
    """An empty figure in the book's style, in inches, owned by nobody (no pyplot state)."""
    with mpl.rc_context(RC):
        return Canvas(figsize=(width, height), layout="constrained", facecolor="none")


@contextmanager
def own_settings() -> Iterator[None]:
    """matplotlib's settings as it ships them while this holds, whatever the user's matplotlibrc says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        yield


def use() -> None:
    """Set the book's style for a notebook, whatever the user's matplotlibrc says: figures become transparent SVG,
    tables show their words in full."""
    mpl.rcdefaults()
    pd.set_option("display.max_colwidth", None)
    sns.set_theme(context="notebook", style="ticks", palette=PALETTE, rc=RC)
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg", facecolor="none")


def styled(draw):
    """Decorator of a draw function: the book's style holds while it runs."""

    def drawn(tables):
        with mpl.rc_context(RC):
            return draw(tables)

    drawn.__name__, drawn.__doc__ = draw.__name__, draw.__doc__
    return drawn


def band(axis, x, values, color: str, label: str, marker: str = "o", **line) -> None:
    """Median over seeds with the range between the quartiles shaded. values (seeds, points), x (points,)."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    axis.fill_between(x, low, high, color=color, alpha=0.18, linewidth=0)
    axis.plot(x, middle, color=color, marker=marker, markersize=4, label=label, **line)


def shades(count: int) -> list:
    """`count` ordered colours from pale to dark, none so pale that it is lost on paper."""
    return list(sns.color_palette("flare", count))
