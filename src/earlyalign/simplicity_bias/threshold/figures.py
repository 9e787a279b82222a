"""The two panels, and the losses against time, that every figure about the optimization threshold shows. Nothing is
computed here beyond medians."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import LogLocator, NullFormatter

from earlyalign.figures import style
from earlyalign.figures.style import styled
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.threshold.certificates import TABLE, certificate_words
from earlyalign.simplicity_bias.threshold.params import METHOD_NAMES
from earlyalign.simplicity_bias.threshold.statistics import at_horizon, grid, threshold

COLOURS = {"flow": style.FLOW, "sgd": style.SGD, "adam": style.VIOLET}


def panels(
    figure: str, setting: str, own: Callable[[Tables], Tables] = lambda tables: tables
) -> tuple[Figure, ...]:
    """Figures ``<figure>a`` (train), ``<figure>b`` (test) and ``<figure>-time``. `setting` says in a few words what is
    special about the figure, for its captions; `own` picks the figure's rows where its item compares it with others."""
    kinds = (
        ("a", draw_against_n("train", "train loss", False), caption_train(setting), alt_against_n("train", setting)),
        ("b", draw_against_n("test", "test loss", True), caption_test(setting), alt_against_n("test", setting)),
        ("-time", draw_against_time, caption_time(setting), alt_against_time(setting)),
    )  # fmt: skip
    return tuple(
        Figure(f"{figure}{suffix}", *(_of(own, function) for function in functions))
        for suffix, *functions in kinds
    )


def _of(own: Callable[[Tables], Tables], function: Callable[[Tables], Any]) -> Callable[[Tables], Any]:
    return lambda tables: function(own(tables))


def shown_methods(tables: Tables) -> list[str]:
    """The dynamics in these tables, in their order."""
    return list(dict.fromkeys(tables["losses"]["method"]))


def draw_against_n(column: str, label: str, log_y: bool) -> Callable[[Tables], Canvas]:
    """Train or test loss against n at the last horizon, one band a dynamics, with the reference and the noise level.

    In the train panel, a bar along the bottom shows where the loss passes half of the reference's.
    """

    @styled
    def draw(tables: Tables) -> Canvas:
        figure = style.canvas()
        axis = figure.subplots()
        methods = shown_methods(tables)
        for method in methods:
            rows = at_horizon(tables, method)
            style.band(axis, *grid(rows, column), COLOURS[method], METHOD_NAMES[method])
        best = grid(at_horizon(tables, methods[0]), f"best_{column}")
        style.band(axis, *best, style.OLS, _reference_label(tables), marker="", linestyle="--")
        _draw_noise(axis, float(tables["losses"]["noise_variance"].iloc[0]))
        axis.set(xscale="log", xlabel="number of samples n", ylabel=label)
        if log_y:
            axis.set_yscale("log")
            axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter("{x:g}")
            axis.yaxis.set_minor_formatter(NullFormatter())
        else:
            axis.set_ylim(bottom=-0.01)
        if column == "train":
            _draw_threshold_bars(axis, tables, methods)
        axis.legend(loc="best")
        return figure

    return draw


def _reference_label(tables: Tables) -> str:
    """What the dashed line is."""
    return "the teacher" if tables["losses"]["teacher_neurons"].iloc[0] else "least squares"


def _draw_noise(axis: Axes, noise: float) -> None:
    axis.axhline(noise, color=style.FAINT, linewidth=1, zorder=0)
    axis.annotate("noise", (1, noise), (-4, 3), xycoords=("axes fraction", "data"), textcoords="offset points",
                  ha="right", color=style.FAINT)  # fmt: skip


def _draw_threshold_bars(axis: Axes, tables: Tables, methods: list[str]) -> None:
    for rank, method in enumerate(methods):
        middle, low, high = threshold(at_horizon(tables, method), 0.5)
        height = 0.035 + 0.03 * rank
        axis.plot([low, high], [height] * 2, color=COLOURS[method], linewidth=5, alpha=0.35, solid_capstyle="butt",
                  transform=axis.get_xaxis_transform())  # fmt: skip
        axis.plot(
            [middle], [height], "|", color=COLOURS[method], markersize=9, transform=axis.get_xaxis_transform()
        )


@styled
def draw_against_time(tables: Tables) -> Canvas:
    """Median train loss against time, one line a sample size, one panel a dynamics: what is flat and what is not."""
    methods = shown_methods(tables)
    figure = style.canvas(height=3.8)
    axes = figure.subplots(1, len(methods), sharey=True, squeeze=False)[0]
    sizes = sorted(tables["losses"]["n"].unique())
    shades = style.shades(len(sizes))
    for axis, method in zip(axes, methods):
        losses = tables["losses"].query("method == @method")
        medians = losses.groupby(["n", "time"])["train"].median().unstack("time")
        for shade, n in zip(shades, sizes):
            axis.plot(medians.columns, medians.loc[n], color=shade, label=f"{n:,}")
        axis.set(xscale="log", xlabel="time t", title=METHOD_NAMES[method])
    axes[0].set_ylabel("train loss")
    axes[0].set_ylim(bottom=-0.01, top=1.4 * float(tables["losses"]["noise_variance"].iloc[0]))
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, title="n", loc="outside right center")
    return figure


def _scale(tables: Tables) -> str:
    """Such as ``d = 5, width 200, trained to t = 20,000``."""
    first = tables["losses"].iloc[0]
    return f"d = {first['d']}, width {first['width']:,}, trained to t = {tables['losses']['time'].max():,.0f}"


def caption_train(setting: str) -> Callable[[Tables], str]:
    def text(tables: Tables) -> str:
        return (
            f"Train loss at the last horizon against the number of samples, {setting}: median and quartiles over "
            f"seeds. Bars at the bottom: where it passes half of the reference's loss, with 95 % interval. "
            f"{_scale(tables)}."
        )

    return text


def caption_test(setting: str) -> Callable[[Tables], str]:
    def text(tables: Tables) -> str:
        return f"Test loss of the same networks, {setting}. {_scale(tables)}."

    return text


def caption_time(setting: str) -> Callable[[Tables], str]:
    def text(tables: Tables) -> str:
        return (
            f"Train loss against time, {setting}: median over seeds, one line a sample size. A plateau that holds over "
            f"a factor of ten in time may still end. {_certificate(tables)}{_scale(tables)}."
        )

    return text


def _certificate(tables: Tables) -> str:
    if TABLE not in tables:
        return ""
    words = certificate_words(tables, "train_ratio", "train loss over the reference's, at any size and time")
    return f"{words} "


def alt_against_n(column: str, setting: str) -> Callable[[Tables], str]:
    def text(tables: Tables) -> str:
        parts = []
        for method in shown_methods(tables):
            rows = at_horizon(tables, method).groupby("n")[column].median()
            ends = f"{rows.iloc[0]:.2g} at n = {rows.index[0]}, {rows.iloc[-1]:.2g} at {rows.index[-1]}"
            parts.append(f"{METHOD_NAMES[method]}: {ends}")
        return f"{column.capitalize()} loss against number of samples, {setting}. " + "; ".join(parts) + "."

    return text


def alt_against_time(setting: str) -> Callable[[Tables], str]:
    def text(tables: Tables) -> str:
        places = [
            f"{METHOD_NAMES[method]} passes half of the reference's loss at n = "
            f"{threshold(at_horizon(tables, method), 0.5)[0]:.0f}"
            for method in shown_methods(tables)
        ]
        return (
            f"Train loss against time for every sample size, {setting}. At the end " + "; ".join(places) + "."
        )

    return text
