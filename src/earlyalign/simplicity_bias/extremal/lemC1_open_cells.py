"""B-lemC1: the supremum over all sets D_n(w, 0) is a supremum over open cells (Paper B, Appendix C, Lemma C.1).

The paper, in words: if the inputs have a continuous law, then almost surely the largest deviation over all w and all
elements of the set D_n(w, 0) is the largest deviation of the single vector D_n(w, 0) over those w that no sample has
on its wall. Rebuilt from the proof: at a wall the set is the convex hull of the vectors of the cells around it, a norm
is convex, and D(w) is continuous. Here D(w) is beta*/2 for every w, so both sides are maxima over finitely many faces.

"Continuous" is used: almost surely no two inputs share a wall. With inputs in opposite pairs they do, and the set at
the shared wall, whose coefficients eta are free of one another, reaches beyond the cells around it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from matplotlib.figure import Figure as Canvas
from pydantic import Field

from earlyalign.figures.style import BLUE, FAINT, INK, RED, canvas, styled
from earlyalign.items.evidence import exact, point, within
from earlyalign.items.item import Claim, Control, Fault, Figure, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.extremal import lemC1_faults as faults
from earlyalign.simplicity_bias.extremal.lemC1_runs import compute, of_suprema


class Parameters(Params):
    """plane, space: sample sizes in dimension 2 and 3; random_eta: interior elements tried on each face;
    drawn_n, drawn_seed: the sample of the figure; law: of the inputs."""

    seeds: int = Field(ge=2, le=10_000)
    plane: list[Annotated[int, Field(ge=2, le=1000)]] = Field(min_length=1)
    space: list[Annotated[int, Field(ge=3, le=60)]] = Field(min_length=1)
    noise_variance: float = Field(ge=0, le=1e6)
    random_eta: int = Field(ge=1, le=100)
    drawn_n: int = Field(ge=4, le=60)
    drawn_seed: int = Field(ge=0, le=10_000)
    law: Literal["gaussian", "paired"] = "gaussian"


def runs(params: Parameters) -> list[Run]:
    """One sample of each dimension, size and seed, and one for the figure."""
    common = {"noise_variance": params.noise_variance, "random_eta": params.random_eta, "law": params.law}
    sizes = [(2, n) for n in params.plane] + [(3, n) for n in params.space]
    return [
        *(Run({**common, "part": "sup", "d": d, "n": n}, s) for d, n in sizes for s in range(params.seeds)),
        Run({**common, "part": "drawing", "d": 2, "n": params.drawn_n}, params.drawn_seed),
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """Equality to rounding, and no interior element beyond it."""
    sup = tables["sup"]
    gap = float((sup["all_faces"] - sup["open_cells"]).abs().max())
    beyond = float((sup["interior"] - sup["open_cells"]).max())
    return [
        exact(
            "B-lemC1/equality",
            "The largest deviation over the sets of all cells, walls and rays is that over the open cells "
            "(largest difference)", gap, 1e-12, Mark.REBUILT,
        ),
        within(
            "B-lemC1/interior",
            "No element from the interior of a set reaches beyond the open cells (largest excess)",
            point(beyond), "below 0", high=0.0, mark=Mark.REBUILT,
        ),
    ]  # fmt: skip


@styled
def draw_walls(tables: Tables) -> Canvas:
    """Left: the deviation is a step function of direction. Right: along the set at one wall it is convex."""
    steps, wall = tables["round"], tables["wall"]
    figure = canvas(7.4, 3.2)
    left, right = figure.subplots(1, 2, width_ratios=(1.7, 1.0), sharey=True)
    angle = np.append(steps["angle"], steps["angle"].iloc[0] + 360)
    left.stairs(steps["deviation"], angle, color=BLUE, lw=1.6, baseline=None)
    left.vlines(steps["angle"], 0, 0.04, transform=left.get_xaxis_transform(), color=FAINT, lw=0.9)
    left.axhline(steps["deviation"].max(), color=INK, lw=0.9, ls=":")
    left.set(xlabel="direction $w$ (degrees)", ylabel=r"$\|D - \beta^\star/2\|$", title="open cells")
    right.plot(wall["eta"], wall["deviation"], color=RED)
    right.plot([0, 1], wall["deviation"].iloc[[0, -1]], "o", color=BLUE, ms=6)
    right.axhline(steps["deviation"].max(), color=INK, lw=0.9, ls=":")
    right.set(xlabel=r"$\eta$ of the sample on the wall", title="between two cells")
    return figure


def caption_walls(tables: Tables) -> str:
    return (
        f"The deviation of D_n(w, 0) from its mean over directions w of the plane, n = {tables['round']['n'].iloc[0]} "
        "(left; grey ticks are walls), and over the set D_n(w, 0) at one wall (right), from the cell on one side to "
        "that on the other. Between its ends a norm cannot exceed both of them."
    )


def alt_walls(tables: Tables) -> str:
    steps, wall = tables["round"]["deviation"], tables["wall"]["deviation"]
    return (
        f"A step function with {len(steps)} steps and maximum {steps.max():.3f}; beside it a convex curve between "
        f"{wall.iloc[0]:.3f} and {wall.iloc[-1]:.3f} that nowhere exceeds the maximum."
    )


ITEM = Item(
    id="B-lemC1",
    title="The supremum is reached on open cells",
    paper="B",
    kind="lemma",
    chapter="simplicity_bias/concentration",
    statement=(
        "If the inputs have a continuous law, almost surely the supremum of ||D - D(w)|| over w and D in D_n(w, 0) "
        "equals that over directions w that lie on no wall."
    ),
    mark=Mark.REBUILT,
    parts=("B-lemC1",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("B-lemC1-walls", draw_walls, caption_walls, alt_walls),),
    controls=(
        Control(
            "half-the-cells", "only a random half of the open cells is searched",
            {}, ("B-lemC1/equality", "B-lemC1/interior"), fault=Fault(faults.half_the_cells, of_suprema),
        ),
        Control(
            "opposite-pairs", "inputs come in opposite pairs, so that two samples share each wall",
            {"law": "paired"}, ("B-lemC1/equality", "B-lemC1/interior"),
        ),
    ),
)  # fmt: skip
