"""The two panels, and the losses against time, that every figure about the optimization threshold shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from earlyalign.figures.style import styled
from earlyalign.items.item import Figure
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias import threshold_drawing as drawing
from earlyalign.simplicity_bias.certificates import TABLE, certificate_words
from earlyalign.simplicity_bias.threshold_readings import at_horizon, threshold


def panels(
    figure: str, setting: str, own: Callable[[Tables], Tables] = lambda tables: tables
) -> tuple[Figure, Figure, Figure]:
    """Pictures ``<figure>a`` (train), ``<figure>b`` (test) and ``<figure>-time``. `setting` says in a few words what is
    special about the figure, for its captions; `own` picks the figure's rows where its item compares it with others."""
    kinds = (
        ("a", _draw("train", "train loss", False), _train_caption(setting), _alt("train", setting)),
        ("b", _draw("test", "test loss", True), _test_caption(setting), _alt("test", setting)),
        ("-time", styled(drawing.against_time), _time_caption(setting), _time_alt(setting)),
    )
    return tuple(
        Figure(f"{figure}{suffix}", *(_of(own, each) for each in readings)) for suffix, *readings in kinds
    )


def _of(own: Callable[[Tables], Tables], reading: Callable[[Tables], Any]) -> Callable[[Tables], Any]:
    return lambda tables: reading(own(tables))


def scale(tables: Tables) -> str:
    """Such as ``d = 5, width 200, trained to t = 20,000``."""
    first = tables["losses"].iloc[0]
    return f"d = {first['d']}, width {first['width']:,}, trained to t = {tables['losses']['time'].max():,.0f}"


def shown_methods(tables: Tables) -> list[str]:
    """The dynamics in these tables, in their order."""
    return list(dict.fromkeys(tables["losses"]["method"]))


def _draw(column: str, label: str, log_y: bool):
    @styled
    def draw(tables: Tables):
        return drawing.against_n(tables, column, label, log_y)

    return draw


def _train_caption(setting: str):
    def text(tables: Tables) -> str:
        return (
            f"Train loss at the last horizon against the number of samples, {setting}: median and quartiles over "
            f"seeds. Bars at the bottom: where it passes half of the reference's loss, with 95 % interval. "
            f"{scale(tables)}."
        )

    return text


def _test_caption(setting: str):
    def text(tables: Tables) -> str:
        return f"Test loss of the same networks, {setting}. {scale(tables)}."

    return text


def _certificate(tables: Tables) -> str:
    if TABLE not in tables:
        return ""
    return (
        certificate_words(tables, "train_ratio", "train loss over the reference's, at any size and time")
        + " "
    )


def _time_caption(setting: str):
    def text(tables: Tables) -> str:
        return (
            f"Train loss against time, {setting}: median over seeds, one line a sample size. A plateau that holds over "
            f"a factor of ten in time may still end. {_certificate(tables)}{scale(tables)}."
        )

    return text


def _alt(column: str, setting: str):
    def text(tables: Tables) -> str:
        parts = []
        for method in shown_methods(tables):
            rows = at_horizon(tables, method).groupby("n")[column].median()
            ends = f"{rows.iloc[0]:.2g} at n = {rows.index[0]}, {rows.iloc[-1]:.2g} at {rows.index[-1]}"
            parts.append(f"{drawing.LABELS[method]}: {ends}")
        return f"{column.capitalize()} loss against number of samples, {setting}. " + "; ".join(parts) + "."

    return text


def _time_alt(setting: str):
    def text(tables: Tables) -> str:
        places = [
            f"{drawing.LABELS[method]} passes half of the reference's loss at n = "
            f"{threshold(at_horizon(tables, method), 0.5)[0]:.0f}"
            for method in shown_methods(tables)
        ]
        return (
            f"Train loss against time for every sample size, {setting}. At the end " + "; ".join(places) + "."
        )

    return text
