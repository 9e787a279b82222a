"""A-dec: the excess error of the effective predictor as over-alignment plus over-fitting.

Paper A, Section 5.3; stated. With H the cap of all directions as close to x_+ as w_hat is,

    OA = inf_H E - E*,        OF = E(w_hat) - inf_H E.

The infimum is in closed form [rebuilt], and confirmed here by a search on the sphere. OA + OF = E(w_hat) - E* by
definition: that check can only catch a slip of the code. What can fail is the statement that OA falls and OF rises with
alpha, over the whole range or over part of it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.figures.style import FAINT, GREEN, INK, VIOLET, canvas, styled
from earlyalign.items.evidence import exact, interval, within
from earlyalign.items.item import Claim, Control, Fault, Figure, Item, Mark, Verdict
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep import dec_faults as faults
from earlyalign.over_alignment.alpha_sweep.dec_runs import STARTS, compute
from earlyalign.over_alignment.alpha_sweep.statistics import POINTS

SEARCH_GAP = 1e-8
ROUNDING = 1e-14
STEEP = 0.05
"""Points a decade of alpha below which a mean does not move."""

KNEE, FALLEN = 0.01, 0.3
"""Where OA begins to fall and where it has fallen; the ranges on which slopes are judged."""

PLATEAU = 0.004


class Parameters(Params):
    """As in A-fig5. The first `searched` seeds are also searched, with and without separability asked."""

    n: int = Field(ge=2, le=2000)
    d: int = Field(ge=3, le=1000)
    kappa: float = Field(gt=0, le=1e3)
    width: int = Field(ge=2, le=2000)
    eta: float = Field(gt=0, lt=1.38)
    separability: float = Field(ge=0, lt=1)
    alpha_low: float = Field(gt=0, le=1e6)
    alpha_high: float = Field(gt=0, le=1e6)
    alpha_count: int = Field(ge=3, le=100)
    rtol: float = Field(gt=0, le=1e-2)
    seeds: int = Field(ge=2, le=10_000)
    searched: int = Field(ge=1, le=10_000)


def runs(params: Parameters) -> list[Run]:
    shared = {**params.model_dump(exclude={"seeds", "searched", "separability"}), "variant": "plain"}
    plain = [
        Run({**shared, "separability": params.separability, "search": seed < params.searched}, seed)
        for seed in range(params.seeds)
    ]
    free = [Run({**shared, "separability": None, "search": True}, seed) for seed in range(params.searched)]
    return plain + free


def slopes(rows: pd.DataFrame, value: str, low: float, high: float) -> np.ndarray:
    """(seeds,) slope of `value`, in points a decade, over alphas in [low, high]."""
    within_range = rows[rows["alpha"].between(low, high)]
    return np.array(
        [
            np.polyfit(np.log10(seed["alpha"]), POINTS * seed[value], 1)[0]
            for _, seed in within_range.groupby("seed")
        ]
    )


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    terms = tables["terms"]
    plain = terms[terms["separability"].notna()]
    gap = float(np.abs(terms["infimum"] - terms["searched"]).max())
    slip = float(np.abs(terms["over_alignment"] + terms["over_fitting"] - terms["excess"]).max())
    middle, rich = (KNEE, FALLEN), (params.alpha_low, PLATEAU)
    steep = f"{STEEP:g} points a decade"
    return [
        exact("A-dec/closed-form", "The infimum over the cap is the closed form (largest gap to a search)", gap,
              SEARCH_GAP, Mark.REBUILT),
        exact("A-dec/identity", "OA + OF is the excess error (an identity: it confirms the code, not the theory)", slip,
              ROUNDING, Mark.STATED),
        within("A-dec/oa-falls", f"OA falls with alpha from {KNEE:g} to {FALLEN:g} (points a decade)",
               interval(slopes(plain, "over_alignment", *middle), np.mean), f"below −{steep}", high=-STEEP),
        within("A-dec/of-rises", f"OF rises with alpha from {KNEE:g} to {FALLEN:g} (points a decade)",
               interval(slopes(plain, "over_fitting", *middle), np.mean), f"above {steep}", low=STEEP),
        within("A-dec/oa-falls-everywhere", f"OA falls below alpha = {PLATEAU:g} too (points a decade)",
               interval(slopes(plain, "over_alignment", *rich), np.mean), f"below −{steep}", high=-STEEP),
        within("A-dec/of-rises-everywhere", f"OF rises below alpha = {PLATEAU:g} too (points a decade)",
               interval(slopes(plain, "over_fitting", *rich), np.mean), f"above {steep}", low=STEEP),
    ]  # fmt: skip


@styled
def draw_caps(tables):
    terms = tables["terms"]
    plain = terms[terms["separability"].notna()]
    searched = terms[terms["searched"].notna()]
    figure = canvas(8.6, 3.5)
    angles, check = figure.subplots(1, 2)
    for value, colour, name in (
        ("psi", VIOLET, r"cap, $\arccos\Psi$"),
        ("cosine", GREEN, r"$\hat w$ from $s$"),
    ):
        wide = plain.pivot(index="seed", columns="alpha", values=value)
        told = np.degrees(np.arccos(np.clip(wide.to_numpy(), -1, 1)))
        low, middle, high = np.quantile(told, (0.25, 0.5, 0.75), axis=0)
        angles.fill_between(wide.columns, low, high, color=colour, alpha=0.18, linewidth=0)
        angles.plot(wide.columns, middle, color=colour, marker="o", markersize=4, label=name)
    phi = np.degrees(plain.groupby("seed")["phi"].first())
    angles.axhspan(*np.quantile(phi, (0.25, 0.75)), color=FAINT, alpha=0.3, linewidth=0)
    angles.axhline(phi.median(), color=INK, linestyle="--", linewidth=1.2, label=r"$\varphi$, $x_+$ from $s$")
    angles.set(
        xscale="log", xlabel=r"$\alpha$", ylabel="degrees", title="The cap opens past the truth", ylim=(0, 95)
    )
    angles.legend(fontsize=9, loc="upper left")
    check.plot(
        POINTS * searched["infimum"],
        POINTS * searched["searched"],
        ".",
        color=VIOLET,
        markersize=4,
        alpha=0.5,
    )
    ends = [POINTS * terms["infimum"].min(), POINTS * terms["infimum"].max()]
    check.plot(ends, ends, color=INK, linewidth=0.8)
    check.set(
        xlabel=r"$\inf_H\mathcal{E}$ in closed form, %",
        ylabel="found by search, %",
        title="No search is needed",
    )
    return figure


def alt_caps(tables) -> str:
    terms = tables["terms"]
    plain = terms[terms["separability"].notna()]
    angle = np.degrees(np.arccos(plain["psi"].clip(-1, 1))).groupby(plain["alpha"]).median()
    gap = np.abs(terms["infimum"] - terms["searched"]).max()
    phi = np.degrees(plain["phi"].median())
    wider = angle.index[angle > phi]
    crosses = f"first exceeds it at alpha {wider[0]:.2g}" if len(wider) else "never exceeds it"
    return (
        f"Left: the cap's half angle is {angle.iloc[0]:.1f} degrees at alpha {angle.index[0]:.0e}; phi is "
        f"{phi:.0f} degrees, and the cap {crosses} and ends at {angle.iloc[-1]:.0f}. The angle between the "
        f"predictor and s follows phi at small alpha and the cap at large. Right: {terms['searched'].count()} "
        f"points on the diagonal, none farther from it than {gap:.0e}."
    )  # fmt: skip


def caption_caps(tables) -> str:
    first, seeds = next(tables["terms"].itertuples(index=False)), tables["terms"]["seed"].nunique()
    return (
        f"Left: half angle of the cap H(α), angle between ŵ and s, and φ; medians and quartiles of {seeds} seeds, d = "
        f"{first.d}, n = {first.n}, κ/σ = {first.kappa:g}, separable by rejection. Right: the infimum over the cap, "
        f"closed form against constrained search from {STARTS} starts, all α, with and without separability."
    )


ITEM = Item(
    id="A-dec",
    title="Excess error = over-alignment + over-fitting",
    paper="A",
    kind="definition",
    chapter="over_alignment/decomposition",
    statement="OA = inf over the cap of E - E*, OF = E(w_hat) - that infimum; OA falls and OF rises with alpha.",
    mark=Mark.STATED,
    parts=("A-dec",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("A-dec-caps", draw_caps, caption_caps, alt_caps),),
    controls=(
        Control(
            "wrong-cap", "The infimum is taken over a cap twice as wide",
            {"seeds": 4, "searched": 4}, ("A-dec/closed-form",), fault=Fault(faults.wrong_cap),
        ),
        Control(
            "two-caps", "OA uses the cap, OF one twice as wide",
            {"seeds": 10, "searched": 1}, ("A-dec/identity",), fault=Fault(faults.two_caps),
        ),
        Control(
            "stuck", "Every flow starts at the smallest alpha, whatever the knob says",
            {"seeds": 20, "searched": 1}, ("A-dec/oa-falls", "A-dec/of-rises"), fault=Fault(faults.stuck),
        ),
        Control(
            "hundredfold", "Flows start at a hundred times the alpha that the knob says: no plateau is left below",
            {"alpha_high": 0.1, "alpha_count": 12, "seeds": 20, "searched": 1},
            ("A-dec/oa-falls-everywhere", "A-dec/of-rises-everywhere"), Verdict.REPRODUCED,
            fault=Fault(faults.hundredfold),
        ),
    ),
)  # fmt: skip
