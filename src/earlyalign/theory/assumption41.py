"""Assumption 4.1 of Paper B, checked on a sample, with a plain word on what a sample can decide.

1 symmetry      decided in the limit: the test finds any asymmetry, given enough samples
2 continuity    refuted by one coincidence; a law that is continuous along a surface passes unseen
3 margin        refuted by one sample; otherwise the mass outside is bounded, not excluded
4 isotropy      decided up to the sampling error of the covariance; undecided within it
5 tails         never decided: no finite sample tells a bounded law from its truncation. The check fits the tail as far
                as the sample reaches, and refutes only where the fit excludes what the condition allows

The constants of conditions 3 and 4 are rebuilt: |<x, beta*>| >= c ||x||, and
||E[x x^T] - I||_op < min(c / ||beta*||, 3/5), which keeps beta* and Sigma beta* in one activation cone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import gammaln
from scipy.stats import genpareto, norm

from earlyalign.data.assumption_laws import axis_variances

SYMMETRY_SAMPLES = 600
FLIPS = 1999
HYPERPLANES = 200
BATCHES, RESAMPLES = 100, 2000
TAIL_SHARE = 0.05


class Outcome(StrEnum):
    """What a sample says of a condition."""

    KEPT = "kept"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Condition:
    """One condition of Assumption 4.1 on one sample: `measured` against `threshold`, as `reads` puts it."""

    number: int
    name: str
    measured: float
    threshold: float
    outcome: Outcome
    reads: str


def isotropy_bound(c: float, teacher_norm: float = 1.0) -> float:
    """min(c / ||beta*||, 3/5), the right-hand side of condition 4 [rebuilt]."""
    return min(c / teacher_norm, 0.6)


def example_deviation(d: int, c: float) -> float:
    """||E[x x^T] - I||_op of a standard Gaussian given |<x, beta*>| >= c ||x||, ||beta*|| = 1, in closed form."""
    along, across = axis_variances(d, c)
    return max(abs(along - 1), abs(across - 1))


def example_slope(d: int) -> float:
    """Limit of `example_deviation` / c as c -> 0: 2 Gamma(d/2) / (sqrt(pi) Gamma((d-1)/2)), about sqrt(2 d / pi).

    2/pi for d = 2, 1 for d = 3, above 1 from d = 4 on: conditioning removes a slab of mass proportional to c.
    """
    return float(2 * np.exp(gammaln(d / 2) - gammaln((d - 1) / 2)) / np.sqrt(np.pi))


def check(
    inputs: np.ndarray,
    labels: np.ndarray,
    teacher: np.ndarray,
    c: float,
    rng: np.random.Generator,
    level: float,
) -> list[Condition]:
    """The five conditions on inputs (n, d) and labels (n,). `level` is the error allowed to each refutation.

    Raises ValueError for fewer than 1000 samples: the tail fits would rest on too few.
    """
    if len(inputs) < 1000:
        raise ValueError(f"{len(inputs)} samples are too few to judge a tail; need at least 1000")
    return [
        symmetry(inputs, rng, level),
        continuity(inputs, rng),
        margin(inputs, teacher, c, level),
        isotropy(inputs, teacher, c, rng, level),
        tails(inputs, labels - inputs @ teacher, level),
    ]


def symmetry(inputs: np.ndarray, rng: np.random.Generator, level: float) -> Condition:
    """Condition 1 by the energy statistic E||x + x'|| - E||x - x'||, zero only for symmetric laws.

    Turning samples over at random changes nothing under symmetry, so the test is exact at any sample size.
    """
    x = inputs[:SYMMETRY_SAMPLES]
    kernel = cdist(x, -x) - cdist(x, x)
    flips = rng.choice([-1.0, 1.0], size=(FLIPS, len(x)))
    turned = np.sum((flips @ kernel) * flips, axis=1)
    p_value = float((1 + np.sum(turned >= kernel.sum())) / (1 + FLIPS))
    outcome = Outcome.REFUTED if p_value <= level else Outcome.KEPT
    return Condition(1, "symmetry", p_value, level, outcome, "p-value of x against -x")


def continuity(inputs: np.ndarray, rng: np.random.Generator) -> Condition:
    """Condition 2 by coincidences: repeated samples, and samples on the hyperplane of d - 1 others."""
    n, d = inputs.shape
    repeated = n - len({row.tobytes() for row in inputs + 0.0})
    on_planes, lengths = 0, np.linalg.norm(inputs, axis=1)
    for _ in range(HYPERPLANES):
        rows = rng.choice(n, size=d - 1, replace=False)
        normal = np.linalg.svd(inputs[rows], full_matrices=True)[2][-1]
        near = np.abs(inputs @ normal) <= 1e-12 * lengths
        on_planes += int(near.sum() - near[rows].sum())
    coincidences = float(repeated + on_planes)
    outcome = Outcome.REFUTED if coincidences else Outcome.KEPT
    return Condition(
        2, "continuity", coincidences, 0.0, outcome, "coincidences (points repeated or in one hyperplane)"
    )


def margin(inputs: np.ndarray, teacher: np.ndarray, c: float, level: float) -> Condition:
    """Condition 3 by its worst sample. If none fails, the law's mass outside is below ln(1/level)/n at this level."""
    worst = float(np.min(np.abs(inputs @ teacher) / np.linalg.norm(inputs, axis=1)))
    outcome = Outcome.REFUTED if worst < c * (1 - 1e-12) else Outcome.KEPT
    unseen = np.log(1 / level) / len(inputs)
    return Condition(
        3, "margin", worst, c, outcome, f"smallest |<x, beta*>|/||x||; mass unseen below {unseen:.1e}"
    )


def isotropy(
    inputs: np.ndarray, teacher: np.ndarray, c: float, rng: np.random.Generator, level: float
) -> Condition:
    """Condition 4 by the sample covariance. Its error is the `1 - level` quantile, over random signs and sizes given to
    `BATCHES` batches, of how far their mean covariance moves (a multiplier bootstrap)."""
    d = inputs.shape[1]
    batches = np.array([batch.T @ batch / len(batch) for batch in np.array_split(inputs, BATCHES)])
    covariance = inputs.T @ inputs / len(inputs)
    multipliers = rng.standard_normal((RESAMPLES, BATCHES)) / BATCHES
    moved = (multipliers @ (batches - covariance).reshape(BATCHES, d * d)).reshape(RESAMPLES, d, d)
    gaps = np.linalg.norm(moved, ord=2, axis=(1, 2))
    error = float(np.quantile(gaps, 1 - level))
    measured, bound = (
        float(np.linalg.norm(covariance - np.eye(d), ord=2)),
        isotropy_bound(c, float(np.linalg.norm(teacher))),
    )
    outcome = Outcome.UNDECIDED
    if measured - error >= bound:
        outcome = Outcome.REFUTED
    elif measured + error < bound:
        outcome = Outcome.KEPT
    return Condition(4, "isotropy", measured, bound, outcome, f"||sample covariance - I||, error {error:.2g}")


def tails(inputs: np.ndarray, noise: np.ndarray, level: float) -> Condition:
    """Condition 5 by generalised Pareto fits of the largest values, shape xi: the tail is like u^(-1/xi).

    Sub-Gaussian inputs give ||x||^2 a tail no heavier than exponential, xi <= 0; a finite E[eta^4] asks |eta| for
    xi < 1/4. `measured` is the larger of the two excesses over these limits, each minus its error: refuted above 0.
    """
    z = float(norm.isf(level / 2))
    radius, error_x = tail_shape(np.sum(inputs**2, axis=1))
    size, error_eta = tail_shape(np.abs(noise))
    excess = max(radius - z * error_x, size - 0.25 - z * error_eta)
    outcome = Outcome.REFUTED if excess > 0 else Outcome.KEPT
    reads = (
        f"tail shape of ||x||^2 {radius:.2f} (limit 0), of |eta| {size:.2f} (limit 0.25), less {z:.1f} s.e."
    )
    return Condition(5, "tails", excess, 0.0, outcome, reads)


def tail_shape(values: np.ndarray) -> tuple[float, float]:
    """Shape xi of the generalised Pareto law fitted to the largest `TAIL_SHARE` of values (n,), and its standard error
    (1 + xi)/sqrt(k), the asymptotic one for xi > -1/2. Bounded values with no spread in the tail have shape -1."""
    k = max(20, int(TAIL_SHARE * len(values)))
    ordered = np.sort(values)
    excess = ordered[-k:] - ordered[-k - 1]
    if excess[-1] <= 1e-12 * max(1.0, ordered[-1]):
        return -1.0, 0.0
    shape, _, _ = genpareto.fit(excess[excess > 0], floc=0.0)
    return float(shape), float((1 + shape) / np.sqrt(k))
