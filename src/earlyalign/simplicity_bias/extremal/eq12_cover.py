"""B-eq12: how many activation patterns n points allow (Paper B, Appendix C, equation (12)).

The paper, in words: D_n(w, 0) depends on w only through the activations, and "classical geometric arguments" (Cover,
1965) bound the number of these. The formula is lost; rebuilt as Cover's function counting theorem, at most
2 sum_{k < d} binomial(n - 1, k) cells, with equality for points in general position. What the proof needs of it is
that the logarithm grows like d log n, so that a union bound over all cells costs no more than that.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from matplotlib.figure import Figure as Canvas
from pydantic import Field

from earlyalign.figures.style import FAINT, INK, PALETTE, canvas, styled
from earlyalign.geometry.arrangement import cover_count
from earlyalign.items.evidence import point, within
from earlyalign.items.item import Claim, Control, Fault, Figure, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.extremal import eq12_faults as faults
from earlyalign.simplicity_bias.extremal.eq12_runs import compute

Law = Literal["gaussian", "paired"]
Count = Annotated[int, Field(ge=2, le=3000)]


class Parameters(Params):
    """plane, space, four: numbers of points in dimension 2, 3 and 4; random_directions: of the search for cells that
    the enumeration missed; seeds: samples of each size; general_law, paired_law: laws of the points that are taken to
    be in general position, and of those that are taken to be in opposite pairs."""

    seeds: int = Field(ge=2, le=10_000)
    plane: list[Count] = Field(min_length=2)
    space: list[Annotated[int, Field(ge=3, le=200)]] = Field(min_length=2)
    four: list[Annotated[int, Field(ge=4, le=40)]] = Field(min_length=2)
    random_directions: int = Field(ge=1, le=10_000_000)
    general_law: Law = "gaussian"
    paired_law: Law = "paired"


def runs(params: Parameters) -> list[Run]:
    """Points in general position, and as many points in opposite pairs, for every dimension, size and seed."""
    sizes = [(d, n) for d, each in ((2, params.plane), (3, params.space), (4, params.four)) for n in each]
    common = {"random_directions": params.random_directions}
    return [
        Run({**common, "position": position, "law": law, "d": d, "n": n}, seed)
        for position, law in (("general", params.general_law), ("paired", params.paired_law))
        for d, n in sizes
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """Equality in general position, nothing missed, never more without general position, logarithm like d log n."""
    cells = tables["cells"]
    general, paired = cells[cells["position"] == "general"], cells[cells["position"] == "paired"]
    off = float((general["cells"] - general["formula"]).abs().max())
    missed = float(general["missed"].sum())
    over = float((paired["cells"] - paired["formula"]).max())
    per_log = float((np.log(general["cells"]) / (general["d"] * np.log(general["n"]))).max())
    return [
        within(
            "B-eq12/count", "In general position the activation patterns are as many as the formula says (largest "
            "difference)", point(off), "0", low=0.0, high=0.0, mark=Mark.REBUILT,
        ),
        within(
            "B-eq12/none-missed", f"{params.random_directions:,} random directions a sample meet no pattern that was "
            "not enumerated", point(missed), "0", high=0.0, mark=Mark.REBUILT,
        ),
        within(
            "B-eq12/bound", "With points in opposite pairs there are fewer patterns, never more (largest excess)",
            point(over), "below 0", high=-1.0, mark=Mark.REBUILT,
        ),
        within(
            "B-eq12/logarithm", "The logarithm of the count is at most d log n, the price of the union bound "
            "(largest ratio)", point(per_log), "at most 1", high=1.0, mark=Mark.REBUILT,
        ),
    ]  # fmt: skip


@styled
def draw_count(tables: Tables) -> Canvas:
    """Counted cells on Cover's curves, far below 2^n."""
    cells = tables["cells"]
    figure = canvas(6.8, 3.8)
    axis = figure.subplots()
    top = int(cells["n"].max())
    few = np.arange(2, 19)
    axis.plot(few, 2.0**few, color=FAINT, ls="--", lw=1.4, label="$2^n$ sign choices")
    for colour, (d, of_d) in zip(PALETTE, cells.groupby("d"), strict=False):
        n = np.unique(np.geomspace(d, top, 60).astype(int))
        axis.plot(n, [cover_count(int(k), d) for k in n], color=colour, lw=1.4, label=f"formula, d = {d}")
        for position, marker, face in (("general", "o", colour), ("paired", "s", "none")):
            at = of_d[of_d["position"] == position].groupby("n")["cells"].median()
            axis.plot(at.index, at, marker=marker, ls="", color=colour, mfc=face, ms=6)
    axis.plot([], [], marker="o", ls="", color=INK, label="counted, general position")
    axis.plot([], [], marker="s", ls="", color=INK, mfc="none", label="counted, opposite pairs")
    axis.set(xscale="log", yscale="log", xlabel="points n", ylabel="activation patterns", ylim=(2, 3e5))
    axis.legend(fontsize=8.5, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def caption_count(tables: Tables) -> str:
    cells = tables["cells"]
    return (
        f"Activation patterns of n points, counted by exact enumeration ({cells['seed'].nunique()} samples a size, all "
        "equal) and by Cover's formula. Squares: the same number of points in opposite pairs, which share walls."
    )


def alt_count(tables: Tables) -> str:
    cells = tables["cells"]
    most = cells[cells["position"] == "general"].groupby("d").apply(lambda part: part.loc[part["n"].idxmax()])
    counts = "; ".join(
        f"d = {int(d)}: {int(row['cells'])} patterns at n = {int(row['n'])}" for d, row in most.iterrows()
    )
    return f"Counts against n on logarithmic axes, dots on the formula's curves, squares below. {counts}."


FEW = {"plane": [10, 100], "space": [10, 20], "four": [5, 8]}
"""Sizes that decide what a control must break."""

ITEM = Item(
    id="B-eq12",
    title="Cover's count of activation patterns",
    paper="B",
    kind="equation",
    chapter="simplicity_bias/concentration",
    statement=(
        "n points of R^d allow at most 2 sum_{k<d} binomial(n-1, k) activation patterns off the walls, exactly as many "
        "if they are in general position."
    ),
    mark=Mark.REBUILT,
    parts=("B-eq12",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("B-eq12-count", draw_count, caption_count, alt_count),),
    controls=(
        Control(
            "collinear", "points come in opposite pairs, two on each line through the origin",
            {"general_law": "paired"}, ("B-eq12/count",),
        ),
        Control(
            "wall-forgotten",
            "the cells are enumerated without the first point's wall, so one of the two patterns on its sides is "
            "never listed",
            FEW, ("B-eq12/count", "B-eq12/none-missed"), fault=Fault(faults.wall_forgotten),
        ),
        Control(
            "no-pairs", "the points in opposite pairs give way to points in general position, each with its own wall",
            {"paired_law": "gaussian", **FEW}, ("B-eq12/bound",),
        ),
        Control(
            "squared-coordinates",
            "neurons also see the squares of the coordinates: they cut the points in dimension 2d, and d log n no "
            "longer pays for the patterns",
            {"plane": [8, 16], "space": [3, 4], "four": [4, 5]}, ("B-eq12/count", "B-eq12/logarithm"),
            fault=Fault(faults.squared_coordinates),
        ),
    ),
)  # fmt: skip
