"""B-orth: orthogonal inputs have exponentially many extremal vectors (Paper B, end of Section 3).

The paper, in words: with few samples a large number of extremal vectors may exist, for example with orthogonal data,
after Boursier et al. (2022). The number is lost. From Definition 2.1 it follows (see `orthogonal_count`):
2^(n_+) + 2^(n_-) - 1, where n_+ and n_- count positive and negative labels. Brute force over all sign patterns
checks it.

Then the inputs are tilted. `equal`: every pair gets the same inner product. `random`: Gaussian directions in
d = ratio * n dimensions: nearly orthogonal for a large ratio, with inner products of both signs.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from pydantic import Field

from earlyalign.figures.style import BLUE, FAINT, GOLD, GREEN, INK, RED, canvas, styled
from earlyalign.items.evidence import point, slope, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.concentration.orth_runs import compute

Size = Annotated[int, Field(ge=2, le=11)]


class Parameters(Params):
    """sizes: values of n; correlations: inner products of the equal tilt; ratios: d / n of the random inputs;
    tilt: an inner product given to all pairs of the orthogonal and of the random inputs."""

    seeds: int = Field(ge=2, le=10_000)
    sizes: list[Size] = Field(min_length=2)
    tilted_sizes: list[Size] = Field(min_length=2)
    correlations: list[Annotated[float, Field(gt=0, lt=1)]] = Field(min_length=1)
    ratios: list[Annotated[float, Field(ge=0.25, le=10_000)]] = Field(min_length=1)
    tilt: float = Field(0.0, ge=0, lt=1)


def runs(params: Parameters) -> list[Run]:
    """Orthogonal inputs for every n, then every tilt; one sample of labels a seed."""
    shapes = [
        *(("orthogonal", n, params.tilt, 0.0) for n in params.sizes),
        *(("equal", n, rho, 0.0) for n in params.tilted_sizes for rho in params.correlations),
        *(("random", n, params.tilt, ratio) for n in params.tilted_sizes for ratio in params.ratios),
    ]
    return [
        Run({"family": family, "n": n, "correlation": rho, "ratio": ratio}, seed)
        for family, n, rho, ratio in shapes
        for seed in range(params.seeds)
    ]


def unequal_runs(params: Parameters) -> list[Run]:
    """`runs` with random inputs, of the largest ratio, in the place of those with equal inner products."""
    ratio = max(params.ratios)
    return [
        Run({**run.config, "ratio": ratio}, run.seed) if run.config["family"] == "equal" else run
        for run in runs(params)
    ]


def claims(tables: Tables, params: Parameters) -> list[Claim]:
    """The closed form, the rate, and what a tilt leaves of them."""
    counts = tables["counts"]
    counts = counts.assign(bits=np.log2(counts["count"]), lost=np.abs(counts["count"] - counts["formula"]))
    orthogonal, equal, random = (
        counts[counts["family"] == name] for name in ("orthogonal", "equal", "random")
    )
    nearest = random[random["ratio"] == max(params.ratios)]
    left = float((equal["count"] + equal["one_sign"] - 3).abs().max())
    return [
        within(
            "B-orth/count",
            "Orthogonal inputs have 2^(n_+) + 2^(n_-) - 1 extremal vectors (largest difference)",
            point(float(orthogonal["lost"].max())), "0", high=0.0, mark=Mark.REBUILT,
        ),
        within(
            "B-orth/rate", "The number grows exponentially: bits gained a sample",
            slope(orthogonal["n"], orthogonal["bits"], orthogonal["seed"]), "at least 1/2", low=0.5,
        ),
        within(
            "B-orth/equal-tilt",
            "An equal inner product between all pairs, however small, leaves three extremal vectors "
            "(two if all labels have one sign; largest difference)", point(left), "0", high=0.0, mark=Mark.CHOSEN,
        ),
        within(
            "B-orth/random-tilt",
            f"Nearly orthogonal inputs, d = {max(params.ratios):g} n, still have exponentially many: "
            "bits gained a sample", slope(nearest["n"], nearest["bits"], nearest["seed"]), "at least 1/4",
            low=0.25, mark=Mark.CHOSEN,
        ),
    ]  # fmt: skip


@styled
def draw_count(tables: Tables) -> Canvas:
    """Left: counts by n on logarithmic axes. Right: the same against the tilt."""
    counts = tables["counts"]
    figure = canvas(7.6, 3.6)
    left, right = figure.subplots(1, 2, sharey=True)
    orthogonal = counts[counts["family"] == "orthogonal"]
    middle = geometric_mean(orthogonal, "n")
    n = middle.index.to_numpy()
    left.fill_between(
        n, 2 ** (n / 2 + 1) - 1, 2.0**n, color=FAINT, alpha=0.25, lw=0, label="all sign choices of labels"
    )
    left.plot(orthogonal["n"], orthogonal["count"], "o", color=BLUE, ms=4, alpha=0.5)
    left.plot(middle.index, middle, color=BLUE, label="orthogonal")
    for family, column, pick, colour, name in (
        ("random", "ratio", "max", GREEN, "random, d = {:g} n"), ("random", "ratio", "min", GOLD, "random, d = {:g} n"),
        ("equal", "correlation", "min", RED, "equal, ρ = {:g}"),
    ):  # fmt: skip
        part = counts[counts["family"] == family]
        value = part[column].agg(pick)
        mean = geometric_mean(part[part[column] == value], "n")
        left.plot(mean.index, mean, color=colour, marker="s", ms=4, label=name.format(value))
    left.set(xlabel="samples n", ylabel="extremal vectors")
    left.set_yscale("log", base=2)
    left.legend(fontsize=8)
    _tilts(right, counts)
    return figure


def geometric_mean(rows: pd.DataFrame, by: str) -> pd.Series:
    """Geometric mean of the counts by a column."""
    return np.exp(np.log(rows["count"]).groupby(rows[by]).mean())


def _tilts(axis: Axes, counts: pd.DataFrame) -> None:
    n = int(counts.loc[counts["family"] == "random", "n"].max())
    of_n = counts[counts["n"] == n]
    random, equal = of_n[of_n["family"] == "random"], of_n[of_n["family"] == "equal"]
    for part, tilt, colour, name in (
        (random, 1 / np.sqrt(random["ratio"] * n), GREEN, "random, size $1/\\sqrt{d}$"),
        (equal, equal["correlation"], RED, "equal"),
    ):
        mean = geometric_mean(part.assign(tilt=tilt), "tilt")
        axis.plot(tilt, part["count"], "o", color=colour, ms=4, alpha=0.35)
        axis.plot(mean.index, mean, color=colour, marker="s", ms=4, label=name)
    flat = float(np.exp(np.log(of_n.loc[of_n["family"] == "orthogonal", "count"]).mean()))
    axis.axhline(flat, color=INK, ls=":", lw=1.2, label="orthogonal")
    axis.set(xscale="log", xlabel="inner product between inputs", title=f"n = {n}")
    axis.legend(fontsize=8)


def caption_count(tables: Tables) -> str:
    counts = tables["counts"]
    return (
        "Extremal vectors counted by trying every sign pattern. Left: by n; dots are samples of labels "
        f"({counts['seed'].nunique()} a size), lines their geometric means. Right: the largest n, against the size of "
        "the inner products."
    )


def alt_count(tables: Tables) -> str:
    counts = tables["counts"]
    top = counts[(counts["family"] == "orthogonal") & (counts["n"] == counts["n"].max())]
    tilted = counts[counts["family"] == "equal"]["count"].max()
    return (
        f"Counts double every sample or two, to {top['count'].min()} to {top['count'].max()} at n = "
        f"{top['n'].iloc[0]}, for orthogonal inputs; with equal inner products they are at most {tilted}; random "
        "inputs lie between."
    )


ITEM = Item(
    id="B-orth",
    title="Orthogonal data: exponentially many extremal vectors",
    paper="B",
    kind="example",
    chapter="simplicity_bias/few_directions",
    statement=(
        "For orthogonal inputs there are exponentially many extremal vectors: 2^(n_+) + 2^(n_-) - 1 of them, n_+ and "
        "n_- the numbers of positive and negative labels."
    ),
    mark=Mark.REBUILT,
    parts=("B-orth",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("B-orth-count", draw_count, caption_count, alt_count),),
    controls=(
        Control(
            "correlated-data", "all pairs of inputs get one positive inner product",
            {"tilt": 0.1}, ("B-orth/count", "B-orth/rate", "B-orth/random-tilt"),
        ),
        Control(
            "unequal-tilt",
            "the equal inner products are replaced by small ones that differ from pair to pair, in sign too",
            {"sizes": [2, 3], "tilted_sizes": [4, 5, 6]}, ("B-orth/equal-tilt",), replaces={"runs": unequal_runs},
        ),
    ),
)  # fmt: skip
