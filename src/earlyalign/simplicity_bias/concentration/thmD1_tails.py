"""B-thmD1: how often the supremum is large (Paper B, Appendix D, Theorem D.1 and Corollary D.1).

The paper, in words: a tail version of Theorem 3.1, by the same steps, whose one condition is that the mean of
||y_k x_k||^2 stays below a level; with a fourth moment Chebyshev's inequality bounds the probability that it does not.
The formulas are lost. Rebuilt: for all t, M > 0

    P( sup ||D - D(w)|| > t )  <=  K n^d exp(-a n t^2 / M)  +  4 P( 1/n sum ||y_k x_k||^2 > M )       (Theorem D.1)
    P( sup ||D - D(w)|| > C sqrt( d log n / n * E ||y x||^2 ) )  =  O(1/n)                             (Corollary D.1)

K, a and C are existential. Here they are fitted at the smallest n, on seeds that are not used again: a and K from the
tail between two frequencies, C as the level that a given share of samples passes. Exact suprema in the plane.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from matplotlib.figure import Figure as Canvas
from pydantic import Field

from earlyalign.figures.style import FAINT, INK, RED, canvas, shades, styled
from earlyalign.items.evidence import within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.concentration.statistics import estimate, frequency_slope
from earlyalign.simplicity_bias.concentration.thmD1_runs import LEVELS, compute
from earlyalign.simplicity_bias.concentration.thmD1_statistics import (
    fitted_level,
    fitted_tail,
    frequencies,
    worst_ratio,
)


class Parameters(Params):
    """draws: samples of one seed and size; calibrating: seeds that fit the constants, the others judge;
    failure_share: of the smallest samples that C lets fail; tail: the two frequencies between which a is fitted;
    dof: degrees of freedom of the control's Student noise, fourth moment infinite."""

    law: Literal["gaussian", "heavy-noise", "shifted"]
    noise_variance: float = Field(ge=0, le=1e6)
    sizes: list[Annotated[int, Field(ge=5, le=10_000)]] = Field(min_length=3)
    draws: int = Field(ge=50, le=1_000_000)
    seeds: int = Field(ge=4, le=10_000)
    calibrating: int = Field(ge=1, le=1_000_000)
    failure_share: float = Field(gt=0, lt=0.5)
    tail: tuple[Annotated[float, Field(gt=0, lt=1)], Annotated[float, Field(gt=0, lt=1)]]
    dof: float = Field(gt=2, le=4)


def runs(params: Parameters) -> list[Run]:
    """`draws` samples of each size and seed."""
    common = {
        "law": params.law,
        "noise_variance": params.noise_variance,
        "draws": params.draws,
        "dof": params.dof,
    }
    return [
        Run({**common, "n": n, "calibrates": seed < params.calibrating}, seed)
        for n in params.sizes
        for seed in range(params.seeds)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """The curves stay below the fitted form; failures of the corollary's bound fall at least like 1/n."""
    tail = tables["tail"]
    sizes, counts = frequencies(tail, calibrates=False)
    level = fitted_level(tail, params.failure_share)
    rate, height = fitted_tail(tail, params.tail)
    rng = np.random.default_rng(0)
    picks = [np.arange(len(counts)), *rng.integers(len(counts), size=(200, len(counts)))]
    exposure = params.draws * len(counts)
    ratios = np.array(
        [worst_ratio(sizes, counts[pick].sum(axis=0), exposure, rate, height) for pick in picks]
    )
    return [
        within(
            "B-thmD1/tails", "At larger n every survival curve lies below the form fitted at the smallest n (largest "
            "ratio, where the bound is below 1)", estimate(ratios), "at most 1", high=1.0, mark=Mark.REBUILT,
        ),
        within(
            "B-thmD1/failures", f"The bound of Corollary D.1, its constant such that {params.failure_share:.0%} of the "
            f"smallest samples pass it, fails at least as seldom as 1/n: slope of log frequency",
            frequency_slope(sizes, counts[:, :, level], params.draws), "at most -1", high=-1.0, mark=Mark.REBUILT,
        ),
    ]  # fmt: skip


SHOWN_SHARE, SHOWN_TAIL = 0.05, (0.001, 0.1)
"""What the figure fits with; the claims use the parameters."""


@styled
def draw_tails(tables: Tables) -> Canvas:
    """Left: survival curves and the fitted form. Right: frequency of failure against n, at several constants."""
    tail = tables["tail"]
    sizes, counts = frequencies(tail, calibrates=False)
    share = counts.sum(axis=0) / (len(counts) * tail["draws"].iloc[0])
    rate, height = fitted_tail(tail, SHOWN_TAIL)
    figure = canvas(7.8, 3.6)
    left, right = figure.subplots(1, 2)
    for colour, n, curve in zip(shades(len(sizes)), sizes, share, strict=True):
        s = LEVELS * np.sqrt(2 * np.log(n))
        left.plot(s[curve > 0], curve[curve > 0], color=colour, lw=1.5, label=f"n = {n}")
    s = np.linspace(0, 6, 300)
    left.plot(
        s, np.minimum(1, np.exp(height - rate * s**2)), color=INK, ls=":", label=f"fitted at n = {sizes[0]}"
    )
    left.set(yscale="log", ylim=(3e-5, 1.6), xlim=(0, 4.5), ylabel="share of samples beyond s")
    left.set_xlabel(r"$s$, in units of $\sqrt{\mathbf{E}\|yx\|^2/n}$")
    left.legend(fontsize=8)
    for fitted, colour, style in (
        (0.2, FAINT, "-"),
        (0.1, FAINT, "--"),
        (SHOWN_SHARE, RED, "-"),
        (0.02, FAINT, ":"),
    ):
        level = fitted_level(tail, fitted)
        right.plot(
            sizes, share[:, level], color=colour, ls=style, marker="o", ms=4, label=f"C = {LEVELS[level]:.2f}"
        )
    at = share[0, fitted_level(tail, SHOWN_SHARE)]
    right.plot(sizes, at * sizes[0] / sizes, color=INK, ls=":", lw=1.2, label="1/n")
    right.set(xscale="log", yscale="log", xlabel="samples n", ylabel="share beyond the corollary's bound")
    right.set_xticks(sizes, [str(n) for n in sizes])
    right.minorticks_off()
    right.legend(fontsize=8)
    return figure


def caption_tails(tables: Tables) -> str:
    tail = tables["tail"]
    total = int((~tail["calibrates"]).sum() / len(LEVELS) / tail["n"].nunique() * tail["draws"].iloc[0])
    return (
        f"Tails of the supremum in the plane, {total:,} samples a size. Left: survival curves and the Gaussian form of "
        "Theorem D.1, fitted on other samples at the smallest n. Right: how often the bound of Corollary D.1 fails, "
        "for constants C fitted so that 20, 10, 5 (red) and 2 % of the smallest samples do."
    )


def alt_tails(tables: Tables) -> str:
    tail = tables["tail"]
    sizes, counts = frequencies(tail, calibrates=False)
    share = counts.sum(axis=0)[:, fitted_level(tail, SHOWN_SHARE)] / (len(counts) * tail["draws"].iloc[0])
    return (
        "Survival curves that steepen with n; beside them falling lines. At the constant that 5 % of the samples of "
        f"{sizes[0]} pass, the share falls from {share[0]:.3f} to {share[-1]:.1g} at n = {sizes[-1]}, faster than 1/n."
    )


ITEM = Item(
    id="B-thmD1",
    title="Tails of the supremum",
    paper="B",
    kind="theorem",
    chapter="simplicity_bias/concentration",
    statement=(
        "P(sup ||D - D(w)|| > t) <= K n^d exp(-a n t^2 / M) + 4 P(1/n sum ||y_k x_k||^2 > M); with a fourth moment, "
        "sup ||D - D(w)|| <= C sqrt(d log n / n * E ||y x||^2) with probability 1 - O(1/n)."
    ),
    mark=Mark.REBUILT,
    parts=("B-thmD1",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("B-thmD1-tails", draw_tails, caption_tails, alt_tails),),
    controls=(
        Control(
            "no-fourth-moment", "Student noise whose fourth moment is infinite", {"law": "heavy-noise"},
            ("B-thmD1/failures",),
        ),
        Control(
            "asymmetric-data",
            "inputs are moved off the origin: D(w) is not beta*/2, the distance to it does not fall with n, and a tail "
            "fitted at the smallest n does not hold at larger ones",
            {"law": "shifted"}, ("B-thmD1/tails", "B-thmD1/failures"),
        ),
    ),
)  # fmt: skip
