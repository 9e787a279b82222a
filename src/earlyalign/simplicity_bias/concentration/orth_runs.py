"""What the example of orthogonal inputs measures: extremal vectors by brute force, against the closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.geometry.exhaustive import by_sign_patterns
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.theory.concentration import equicorrelated, orthogonal_count


@dataclass(frozen=True)
class Settings:
    """family       `orthogonal`, `equal` (one inner product for all pairs) or `random` (Gaussian directions)
    n            samples
    correlation  inner product of all pairs; of random ones on top of their own
    ratio        dimension over n of random directions; 0 where there are none
    """

    family: str
    n: int
    correlation: float
    ratio: float


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `counts`: extremal vectors by brute force, and the closed form for orthogonal inputs with these labels."""
    settings = run.read(Settings)
    n = settings.n
    rng = np.random.default_rng([run.seed, n])
    labels = rng.choice([-1.0, 1.0], n) * rng.uniform(0.5, 1.5, n)
    return {
        "counts": {
            "count": len(by_sign_patterns(inputs_of(settings, rng), labels)),
            "formula": orthogonal_count(labels),
            "one_sign": float(abs(np.sign(labels).sum()) == n),
        }
    }


def inputs_of(settings: Settings, rng: np.random.Generator) -> np.ndarray:
    """The inputs (n, .) of one run: equicorrelated, random, or random and leaning together."""
    n, tilt = settings.n, settings.correlation
    if not settings.ratio:
        return equicorrelated(n, tilt)
    directions = random_inputs(n, max(2, round(settings.ratio * n)), rng)
    return leaning(directions, tilt) if settings.family == "random" and tilt else directions


def random_inputs(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    """n uniform directions of R^d, for d > n in coordinates (n, n) of their span: only inner products matter."""
    directions = rng.standard_normal((n, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return np.linalg.qr(directions.T)[1].T if d > n else directions


def leaning(inputs: np.ndarray, correlation: float) -> np.ndarray:
    """Unit inputs (n, d + 1) whose inner products are those of unit `inputs` (n, d) shrunk, plus `correlation`."""
    common = np.full((len(inputs), 1), np.sqrt(correlation))
    return np.hstack([np.sqrt(1 - correlation) * inputs, common])
