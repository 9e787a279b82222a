"""A-fig4: the geometry of the proof, in the plane of x_+ and s.

Paper A, Figure 4; a sketch in the paper, drawn here from real trajectories. The effective predictor w_hat starts
somewhere, turns to x_+ during Phase 1, and keeps most of its direction through Phase 2 until the positive risk comes
down to eta. H(alpha) is the cap around x_+ on whose rim it then stands. Small alpha closes the cap, and s is outside.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.items.evidence import interval, wilson, within
from earlyalign.items.item import Claim, Control, Fault, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep import fig4_faults as faults
from earlyalign.over_alignment.alpha_sweep.fig4_figures import FIGURES
from earlyalign.over_alignment.alpha_sweep.fig4_runs import compute

RICH = 0.005
"""Alphas up to here count as strong feature learning."""

IN_PLANE = 0.9
CLOSES = 5.0
"""Degrees a decade of alpha, over the whole range."""

INHERITED = 5.0
"""Degrees that Phase 2 may undo."""

MOST = 0.8


class Parameters(Params):
    """alphas: increasing; frames: a trajectory, evenly spaced in time up to eta; shown_seed: the one that is drawn."""

    n: int = Field(ge=2, le=2000)
    d: int = Field(ge=3, le=1000)
    kappa: float = Field(gt=0, le=1e3)
    separability: float = Field(ge=0, lt=1)
    width: int = Field(ge=2, le=2000)
    eta: float = Field(gt=0, lt=1.38)
    alphas: list[Annotated[float, Field(gt=0, le=1e3)]] = Field(min_length=3)
    frames: int = Field(ge=5, le=200)
    rtol: float = Field(gt=0, le=1e-2)
    seeds: int = Field(ge=2, le=1000)
    shown_seed: int = Field(ge=0, le=10_000)


def runs(params: Parameters) -> list[Run]:
    shared = params.model_dump(exclude={"alphas", "seeds"})
    ends = {"alpha_low": min(params.alphas), "alpha_high": max(params.alphas)}
    return [
        Run({**shared, **ends, "alpha": alpha}, seed)
        for alpha in params.alphas
        for seed in range(params.seeds)
    ]


def half_angles(path: pd.DataFrame) -> pd.Series:
    """Angle between w_hat and x_+ in degrees."""
    return np.degrees(np.arccos(path["psi"].clip(-1, 1)))


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    path = tables["path"].assign(angle=half_angles(tables["path"]))
    ends = path[path["frame"] == path["frame"].max()]
    rich, lazy = ends[ends["alpha"] == min(params.alphas)], ends[ends["alpha"] == max(params.alphas)]
    shares = ends[ends["alpha"] <= RICH].groupby("seed")["share"].median()
    steep = [np.polyfit(np.log10(rows["alpha"]), rows["angle"], 1)[0] for _, rows in ends.groupby("seed")]
    first = path[path["alpha"] == min(params.alphas)].groupby("seed")["angle"]
    outside, inside = (
        int(sum(np.degrees(rich["phi"]) > rich["angle"])),
        int(sum(np.degrees(lazy["phi"]) < lazy["angle"])),
    )
    return [
        within(
            "A-fig4/plane",
            f"For alpha up to {RICH:g} the figure's plane holds w_hat (share of its squared length at eta)",
            interval(shares), f"above {IN_PLANE:g}", low=IN_PLANE, mark=Mark.CHOSEN,
        ),
        within(
            "A-fig4/cap-closes", "The cap H(alpha) closes as alpha falls (degrees a decade)",
            interval(steep), f"above {CLOSES:g}", low=CLOSES,
        ),
        within(
            "A-fig4/truth-outside", "At the smallest alpha s lies outside the cap (share of seeds)",
            wilson(outside, len(rich)), f"above {MOST:g}", low=MOST,
        ),
        within(
            "A-fig4/truth-inside", "At the largest alpha s lies inside it (share of seeds)",
            wilson(inside, len(lazy)), f"above {MOST:g}", low=MOST,
        ),
        within(
            "A-fig4/inherits", "At the smallest alpha Phase 2 undoes little (degrees from the nearest approach to eta)",
            interval(first.last() - first.min()), f"below {INHERITED:g}", high=INHERITED,
        ),
    ]  # fmt: skip


ITEM = Item(
    id="A-fig4",
    title="The geometry of over-alignment",
    paper="A",
    kind="figure",
    chapter="over_alignment/geometry",
    statement="Small alpha closes the cap around x_+ that holds the predictor, until s is left outside.",
    mark=Mark.STATED,
    parts=("A-fig4",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=FIGURES,
    controls=(
        Control("wrong-plane", "A random plane in place of that of x_+ and s", {}, ("A-fig4/plane",),
                fault=Fault(faults.wrong_plane)),
        Control("stuck-lazy", "Every flow starts at the largest alpha", {},
                ("A-fig4/cap-closes", "A-fig4/truth-outside"),
                fault=Fault(faults.stuck_lazy, faults.starts_below)),
        Control("stuck-rich", "Every flow starts at the smallest alpha", {},
                ("A-fig4/cap-closes", "A-fig4/truth-inside"),
                fault=Fault(faults.stuck_rich, faults.starts_above)),
        Control("no-stop", "Flows go on to a hundredth of the risk", {"eta": 0.005}, ("A-fig4/inherits",)),
    ),
)  # fmt: skip
