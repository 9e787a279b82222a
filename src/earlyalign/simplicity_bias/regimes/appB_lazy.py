"""Appendix B: from feature learning to the lazy regime, by the scale of the initialisation.

Stated: with a large initialisation theory predicts interpolation at convergence, against the paper's main result; to
show it in the toy model is said to ask for an extreme number of parameters. Here the sample size is fixed past the
optimization threshold and inside the network's capacity, and only the scale is swept.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pydantic
from matplotlib.figure import Figure as Canvas

from earlyalign.figures import style
from earlyalign.figures.style import styled
from earlyalign.items.evidence import interval, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.threshold.params import ThresholdParams
from earlyalign.simplicity_bias.threshold.params import runs as sweep
from earlyalign.simplicity_bias.threshold.runs import PRECISION, compute
from earlyalign.simplicity_bias.threshold.statistics import at_horizon, where


class Parameters(ThresholdParams):
    """One method, one sample size.

    scales  standard deviations of a weight times the root of the width, increasing
    """

    scales: tuple[Annotated[float, pydantic.Field(gt=0, le=1e3)], ...]

    @pydantic.model_validator(mode="after")
    def _one_size_several_scales(self) -> Parameters:
        if len(self.sample_sizes) != 1 or len(self.methods) != 1:
            raise ValueError("sample_sizes and methods must each list one value")
        if len(self.scales) < 3 or list(self.scales) != sorted(set(self.scales)) or self.scales[0] <= 0:
            raise ValueError("scales must list at least three positive numbers, increasing")
        return self


def runs(params: Parameters) -> list[Run]:
    """The sample trained from every scale, the root of init_variance."""
    return [
        run for scale in params.scales for run in sweep(params.model_copy(update={"init_variance": scale**2}))
    ]


def with_scale(tables: Tables) -> Tables:
    """The tables with a column scale."""
    return {name: table.assign(scale=np.sqrt(table["init_variance"])) for name, table in tables.items()}


def at_scale(tables: Tables, scale: float, column: str) -> np.ndarray:
    """(seeds,) train_ratio or test_ratio at the horizon, from one scale."""
    chosen = where(tables, scale=scale)
    return at_horizon(chosen, chosen["losses"]["method"].iloc[0])[column].to_numpy()


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    smallest, largest = params.scales[0], params.scales[-1]
    return [
        within(
            "B-appB/small-does-not",
            f"From a small initialisation (scale {smallest:g}) training does not interpolate: train loss over that of "
            "OLS",
            interval(at_scale(tables, smallest, "train_ratio")),
            "at least 0.5, as past the threshold of Figure 2",
            low=0.5,
        ),
        within(
            "B-appB/large-interpolates",
            f"From a large one (scale {largest:g}) it interpolates: train loss over that of OLS",
            interval(at_scale(tables, largest, "train_ratio")),
            "at most 0.01",
            high=0.01,
        ),
        within(
            "B-appB/large-leaves",
            f"From a large one (scale {largest:g}) it leaves OLS behind: train loss over that from scale {smallest:g}, "
            "seed by seed",
            interval(at_scale(tables, largest, "train_ratio") / at_scale(tables, smallest, "train_ratio")),
            "at most 0.5",
            high=0.5,
            mark=Mark.CHOSEN,
        ),
        within(
            "B-appB/pays",
            f"Fitting the noise is paid for: test loss from scale {largest:g} over that from {smallest:g}, seed by "
            "seed",
            interval(at_scale(tables, largest, "test_ratio") / at_scale(tables, smallest, "test_ratio")),
            "at least 1.5",
            low=1.5,
            mark=Mark.CHOSEN,
        ),
    ]


@styled
def draw_scales(tables: Tables) -> Canvas:
    figure = style.canvas(height=3.2)
    left, right = figure.subplots(1, 2)
    scales = sorted(tables["losses"]["scale"].unique())
    for axis, column, label, colour in (
        (left, "train_ratio", "train loss / least squares", style.RED),
        (right, "test_ratio", "test loss / least squares", style.BLUE),
    ):
        values = np.array([at_scale(tables, scale, column) for scale in scales]).T
        style.band(axis, scales, values, colour, label)
        axis.axhline(1, color=style.OLS, linestyle="--", linewidth=1)
        axis.set(xscale="log", xlabel="scale of the initialisation", ylabel=label)
    left.set_ylim(-0.03, 1.1)
    right.set_yscale("log")
    return figure


def caption_scales(tables: Tables) -> str:
    first = tables["losses"].iloc[0]
    return (
        "Train and test loss over those of least squares, against the scale of the initialisation: median and "
        f"quartiles over seeds, n = {first['n']:,}, width {first['width']:,}, trained to "
        f"t = {tables['losses']['time'].max():,.0f}."
    )


def alt_scales(tables: Tables) -> str:
    scales = sorted(tables["losses"]["scale"].unique())
    places = [
        f"{np.median(at_scale(tables, scale, 'train_ratio')):.2g} at scale {scale:g}" for scale in scales
    ]
    return "Train loss over that of least squares against initialisation scale: " + ", ".join(places) + "."


ITEM = Item(
    id="B-appB",
    title="From feature learning to the lazy regime",
    paper="B",
    kind="statement",
    chapter="simplicity_bias/regimes",
    statement="A large initialisation interpolates where a small one does not, although nothing else has changed.",
    mark=Mark.STATED,
    parts=("B-appB",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("B-appB", draw_scales, caption_scales, alt_scales),),
    summary=with_scale,
    controls=(
        Control(
            "narrow",
            "Twenty neurons have no room for hundreds of samples: from a large scale, too, they stay near OLS",
            {"width": 20},
            ("B-appB/large-interpolates", "B-appB/large-leaves", "B-appB/pays"),
        ),
        Control(
            "few-samples",
            "Twenty samples lie far below the threshold: a small initialisation interpolates them too",
            {"sample_sizes": (20,), "batch_size": 20, "width": 200},
            ("B-appB/small-does-not",),
        ),
    ),
    precision=PRECISION,
)
