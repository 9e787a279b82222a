"""B-orth: orthogonal inputs have exponentially many extremal vectors (Paper B, end of Section 3).

The paper, in words: with few samples a large number of extremal vectors may exist, for example with orthogonal data,
after Boursier et al. (2022). The number is lost. From Definition 2.1 it follows (see `orthogonal_count`):
2^(n_+) + 2^(n_-) - 1, where n_+ and n_- count positive and negative labels. Brute force over all sign patterns
checks it.

Then the inputs are tilted. `equal`: every pair gets the same inner product. `random`: Gaussian directions in
d = ratio * n dimensions: nearly orthogonal for a large ratio, with inner products of both signs.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from earlyalign.figures.style import BLUE, FAINT, GOLD, GREEN, INK, RED, canvas, styled
from earlyalign.geometry.exhaustive import by_sign_patterns
from earlyalign.items.evidence import slope, within
from earlyalign.items.item import Claim, Control, Figure, Item, Mark
from earlyalign.items.params import Params
from earlyalign.items.run import Run
from earlyalign.items.tables import Tables
from earlyalign.theory.concentration import equicorrelated, orthogonal_count

Size = Annotated[int, Field(ge=2, le=11)]


class Parameters(Params):
    """sizes: values of n; correlations: inner products of the equal tilt; ratios: d / n of the random inputs;
    control_correlation: the tilt of a control."""

    seeds: int = Field(ge=2, le=10_000)
    sizes: list[Size] = Field(min_length=2)
    tilted_sizes: list[Size] = Field(min_length=2)
    correlations: list[Annotated[float, Field(gt=0, lt=1)]] = Field(min_length=1)
    ratios: list[Annotated[float, Field(ge=0.25, le=10_000)]] = Field(min_length=1)
    control_correlation: float = Field(gt=0, lt=1)
    sabotage: Literal["none", "correlated", "unequal"] = "none"


def runs(params: Parameters) -> list[Run]:
    """Orthogonal inputs for every n, then every tilt; one sample of labels a seed."""
    start = params.control_correlation if params.sabotage == "correlated" else 0.0
    unequal = max(params.ratios) if params.sabotage == "unequal" else 0.0
    shapes = [
        *(("orthogonal", n, start, 0.0) for n in params.sizes),
        *(("equal", n, rho, unequal) for n in params.tilted_sizes for rho in params.correlations),
        *(("random", n, start, ratio) for n in params.tilted_sizes for ratio in params.ratios),
    ]
    return [
        Run({"family": family, "n": n, "correlation": rho, "ratio": ratio}, seed)
        for family, n, rho, ratio in shapes
        for seed in range(params.seeds)
    ]


def compute(run: Run, checkpoint) -> dict:
    """Table `counts`: extremal vectors by brute force, and the closed form for orthogonal inputs with "
    "these labels."""
    config = run.config
    n = config["n"]
    rng = np.random.default_rng([run.seed, n])
    labels = rng.choice([-1.0, 1.0], n) * rng.uniform(0.5, 1.5, n)
    return {
        "counts": {
            "count": len(by_sign_patterns(inputs_of(config, rng), labels)),
            "formula": orthogonal_count(labels),
            "one_sign": float(abs(np.sign(labels).sum()) == n),
        }
    }


def inputs_of(config, rng: np.random.Generator) -> np.ndarray:
    """The inputs (n, .) of one run: equicorrelated, random, or random and leaning together."""
    n, tilt = config["n"], config["correlation"]
    if not config["ratio"]:
        return equicorrelated(n, tilt)
    directions = random_inputs(n, max(2, round(config["ratio"] * n)), rng)
    return leaning(directions, tilt) if config["family"] == "random" and tilt else directions


def random_inputs(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    """n uniform directions of R^d, for d > n in coordinates (n, n) of their span: only inner products matter."""
    directions = rng.standard_normal((n, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return np.linalg.qr(directions.T)[1].T if d > n else directions


def leaning(inputs: np.ndarray, correlation: float) -> np.ndarray:
    """Unit inputs (n, d + 1) whose inner products are those of unit `inputs` (n, d) shrunk, plus `correlation`."""
    common = np.full((len(inputs), 1), np.sqrt(correlation))
    return np.hstack([np.sqrt(1 - correlation) * inputs, common])


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
            (float(orthogonal["lost"].max()),) * 3, "0", high=0.0, mark=Mark.REBUILT,
        ),
        within(
            "B-orth/rate", "The number grows exponentially: bits gained a sample",
            slope(orthogonal["n"], orthogonal["bits"], orthogonal["seed"]), "at least 1/2", low=0.5,
        ),
        within(
            "B-orth/equal-tilt",
            "An equal inner product between all pairs, however small, leaves three extremal vectors "
            "(two if all labels have one sign; largest difference)", (left,) * 3, "0", high=0.0, mark=Mark.CHOSEN,
        ),
        within(
            "B-orth/random-tilt",
            f"Nearly orthogonal inputs, d = {max(params.ratios):g} n, still have exponentially many: "
            "bits gained a sample", slope(nearest["n"], nearest["bits"], nearest["seed"]), "at least 1/4",
            low=0.25, mark=Mark.CHOSEN,
        ),
    ]  # fmt: skip


@styled
def draw(tables: Tables):
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


def _tilts(axis, counts) -> None:
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


def caption(tables: Tables) -> str:
    counts = tables["counts"]
    return (
        "Extremal vectors counted by trying every sign pattern. Left: by n; dots are samples of labels "
        f"({counts['seed'].nunique()} a size), lines their geometric means. Right: the largest n, against "
        "the size of the inner products."
    )


def alt(tables: Tables) -> str:
    counts = tables["counts"]
    top = counts[(counts["family"] == "orthogonal") & (counts["n"] == counts["n"].max())]
    tilted = counts[counts["family"] == "equal"]["count"].max()
    return (
        f"Counts double every sample or two, to {top['count'].min()} to {top['count'].max()} at n = "
        f"{top['n'].iloc[0]}, "
        f"for orthogonal inputs; with equal inner products they are at most {tilted}; random inputs lie between."
    )


ITEM = Item(
    id="B-orth",
    title="Orthogonal data: exponentially many extremal vectors",
    paper="B",
    kind="example",
    chapter="simplicity_bias/few_directions",
    statement=(
        "For orthogonal inputs there are exponentially many extremal vectors: 2^(n_+) + 2^(n_-) - 1 of "
        "them, n_+ and n_- "
        "the numbers of positive and negative labels."
    ),
    mark=Mark.REBUILT,
    parts=("B-orth",),
    params=Parameters,
    runs=runs,
    compute=compute,
    claims=claims,
    figures=(Figure("B-orth-count", draw, caption, alt),),
    controls=(
        Control(
            "correlated-data", "all pairs of inputs get one positive inner product",
            {"sabotage": "correlated"}, ("B-orth/count", "B-orth/rate", "B-orth/random-tilt"),
        ),
        Control(
            "unequal-tilt",
            "the equal inner products are replaced by small ones that differ from pair to pair, in sign too",
            {"sabotage": "unequal", "sizes": [2, 3], "tilted_sizes": [4, 5, 6]}, ("B-orth/equal-tilt",),
        ),
    ),
)  # fmt: skip
