"""Controls that the figures about the optimization threshold share. Most read sizes of the sweep itself, at no cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from earlyalign.items.item import Control, Verdict
from earlyalign.simplicity_bias.threshold.claims import HORIZONS


def claim_ids(figure: str, methods: Sequence[str], a: Sequence[str] = (), b: Sequence[str] = ()) -> list[str]:
    """Ids of the claims called `a` of panel a and `b` of panel b, for every method. A name that ends in ``*`` stands
    for all horizons."""
    return [
        f"{figure}{panel}/{method}-{name.removesuffix('*')}{suffix}"
        for method in methods
        for panel, names in (("a", a), ("b", b))
        for name in names
        for suffix in (HORIZONS if name.endswith("*") else ("",))
    ]


def many_samples(figure: str, methods: Sequence[str], sizes: tuple[int, int]) -> Control:
    """Two sizes past the threshold, the larger in the place of the small one."""
    return Control(
        "many-samples",
        f"Only n = {sizes[0]:,} and {sizes[1]:,}, the latter in the place of the small sample: nothing is "
        "interpolated, nothing overfits, and no threshold lies between",
        {"sample_sizes": sizes, "small_n": sizes[1]},
        claim_ids(figure, methods, ("interpolates-small-n*", "threshold"), ("overfits-small-n",)),
    )


def few_samples(figure: str, methods: Sequence[str], sizes: tuple[int, int]) -> Control:
    """Two sizes below the threshold, the larger in the place of the largest."""
    return Control(
        "few-samples",
        f"Only n = {sizes[0]:,} and {sizes[1]:,}: the largest sample is still being learnt by heart when time is up",
        {"sample_sizes": sizes, "small_n": sizes[0]},
        claim_ids(figure, methods, ("at-rest", "ols-large-n*"), ("near-ols-large-n*",)),
    )


def lazy(figure: str, methods: Sequence[str], **change: Any) -> Control:
    """A large initialisation: the claims about the largest sample fail."""
    return Control(
        "lazy",
        "From a large initialisation the network leaves OLS behind at every size, so no threshold is in range",
        {"init_variance": 40.0, "sample_sizes": (50, 5000), "horizon": 2000.0, **change},
        claim_ids(figure, methods, ("ols-large-n",), ("near-ols-large-n",)),
    )


def line(figure: str, methods: Sequence[str], **change: Any) -> Control:
    """One dimension, where the limit is reached at once, for a claim that waiting contradicts everywhere else."""
    return Control(
        "line",
        "On a line a ReLU network has two directions only: the limit is reached at once, and the threshold stays",
        {"d": 1, "sample_sizes": (2, 3, 5, 10, 50), "small_n": 2, **change},
        claim_ids(figure, methods, ("threshold-stays",)),
        Verdict.REPRODUCED,
    )


def tiny_samples(figure: str, methods: Sequence[str], sizes: tuple[int, ...], **change: Any) -> Control:
    """Sizes next to d, where interpolating costs less than a little later."""
    return Control(
        "tiny-samples",
        "Next to n = d there is little noise to fit: the first samples added raise the test loss",
        {"sample_sizes": sizes, "small_n": sizes[0], **change},
        claim_ids(figure, methods, (), ("monotone",)),
    )


def from_size(figure: str, methods: Sequence[str], sizes: tuple[int, ...]) -> Control:
    """The falling branch of the test loss alone, for a claim that its rise at small sizes contradicts."""
    return Control(
        "past-the-peak",
        f"From n = {sizes[0]:,} on, every sample added does lower the test loss",
        {"sample_sizes": sizes, "small_n": sizes[0]},
        claim_ids(figure, methods, (), ("monotone",)),
        Verdict.REPRODUCED,
    )
