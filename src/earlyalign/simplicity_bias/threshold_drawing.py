"""How the figures about the optimization threshold are drawn. Nothing is computed here beyond medians."""

from __future__ import annotations

from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import LogLocator, NullFormatter

from earlyalign.figures import style
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.threshold_readings import at_horizon, grid, threshold

COLOURS = {"flow": style.FLOW, "sgd": style.SGD, "adam": style.VIOLET}
LABELS = {"flow": "gradient flow", "sgd": "SGD", "adam": "Adam"}


def against_n(tables: Tables, column: str, ylabel: str, log_y: bool) -> Canvas:
    """Train or test loss against n at the last horizon, one band a dynamics, with the reference and the noise level.

    In the train panel, a bar along the bottom shows where the loss passes half of the reference's.
    """
    figure = style.canvas()
    axis = figure.subplots()
    methods = list(dict.fromkeys(tables["losses"]["method"]))
    for method in methods:
        rows = at_horizon(tables, method)
        style.band(axis, *grid(rows, column), COLOURS[method], LABELS[method])
    best = grid(at_horizon(tables, methods[0]), f"best_{column}")
    style.band(axis, *best, style.OLS, reference_label(tables), marker="", linestyle="--")
    noise = float(tables["losses"]["noise_variance"].iloc[0])
    axis.axhline(noise, color=style.FAINT, linewidth=1, zorder=0)
    axis.annotate("noise", (1, noise), (-4, 3), xycoords=("axes fraction", "data"), textcoords="offset points",
                  ha="right", color=style.FAINT)  # fmt: skip
    axis.set(xscale="log", xlabel="number of samples n", ylabel=ylabel)
    if log_y:
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter(NullFormatter())
    else:
        axis.set_ylim(bottom=-0.01)
    if column == "train":
        _threshold_bars(axis, tables, methods)
    axis.legend(loc="best")
    return figure


def reference_label(tables: Tables) -> str:
    """What the dashed line is."""
    return "the teacher" if tables["losses"]["teacher_neurons"].iloc[0] else "least squares"


def _threshold_bars(axis, tables: Tables, methods: list[str]) -> None:
    for rank, method in enumerate(methods):
        middle, low, high = threshold(at_horizon(tables, method), 0.5)
        height = 0.035 + 0.03 * rank
        axis.plot([low, high], [height] * 2, color=COLOURS[method], linewidth=5, alpha=0.35, solid_capstyle="butt",
                  transform=axis.get_xaxis_transform())  # fmt: skip
        axis.plot(
            [middle], [height], "|", color=COLOURS[method], markersize=9, transform=axis.get_xaxis_transform()
        )


def against_time(tables: Tables) -> Canvas:
    """Median train loss against time, one line a sample size, one panel a dynamics: what is flat and what is not."""
    methods = list(dict.fromkeys(tables["losses"]["method"]))
    figure = style.canvas(height=3.8)
    axes = figure.subplots(1, len(methods), sharey=True, squeeze=False)[0]
    sizes = sorted(tables["losses"]["n"].unique())
    shades = style.shades(len(sizes))
    for axis, method in zip(axes, methods):
        losses = tables["losses"].query("method == @method")
        medians = losses.groupby(["n", "time"])["train"].median().unstack("time")
        for shade, n in zip(shades, sizes):
            axis.plot(medians.columns, medians.loc[n], color=shade, label=f"{n:,}")
        axis.set(xscale="log", xlabel="time t", title=LABELS[method])
    axes[0].set_ylabel("train loss")
    axes[0].set_ylim(bottom=-0.01, top=1.4 * float(tables["losses"]["noise_variance"].iloc[0]))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, title="n", loc="outside right center")
    return figure
