"""What A-dec computes: over-alignment and over-fitting of the effective predictor at every alpha of one seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from earlyalign.geometry.caps import decompose, error, search
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.alpha_sweep.runs import (
    FlowSettings,
    draw_sample,
    draw_start,
    predictor_columns,
    stopped_flow,
)

STARTS = 3
"""Of a search on the sphere."""

Level = Callable[[np.ndarray], np.ndarray]
"""Cosines of w_hat with x_+ -> cosines of the half angles of the caps that the infimum is taken over."""


@dataclass(frozen=True)
class DecompositionSettings(FlowSettings):
    """Flows from every alpha. search: whether the infimum over the cap is searched, too."""

    search: bool


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `terms`, one row an alpha: psi, cosine, phi; infimum over the cap in closed form, and searched (nan where
    no search was asked for); over_alignment, over_fitting, excess, all shares of inputs."""
    settings = run.read(DecompositionSettings)
    return decomposed(settings, run.seed, settings.alphas)


def own_cap(psi: np.ndarray) -> np.ndarray:
    """The cap on whose rim w_hat stands."""
    return psi


def decomposed(
    settings: DecompositionSettings,
    seed: int,
    starts_at: np.ndarray,
    aligning: Level = own_cap,
    fitting: Level = own_cap,
) -> Result:
    """The terms of flows that start at `starts_at` (A,), one for each of the settings' alphas; OA of the cap that
    `aligning` gives and OF of the cap that `fitting` gives."""
    sample = draw_sample(settings, seed)
    flow = stopped_flow(
        settings, sample, [draw_start(settings, alpha, seed) for alpha in starts_at], starts_at
    )
    columns = predictor_columns(flow, sample)
    psi, cosine, kappa = columns["psi"], columns["cosine"], sample.kappa
    centre = sample.x_plus / np.linalg.norm(sample.x_plus)
    around = centre + 0.2 * np.random.default_rng([seed, 4]).standard_normal((STARTS, sample.d))
    searched = np.full_like(psi, np.nan)
    if settings.search:
        searched[:] = [search(centre, level, sample.direction, kappa, around) for level in psi]
    parts = decompose(cosine, sample.phi, aligning(psi), kappa)
    return {
        "terms": {
            "alpha": settings.alphas,
            "psi": psi,
            "cosine": cosine,
            "phi": sample.phi,
            "infimum": parts.over_alignment + parts.bayes,
            "searched": searched,
            "over_alignment": parts.over_alignment,
            "over_fitting": decompose(cosine, sample.phi, fitting(psi), kappa).over_fitting,
            "excess": error(cosine, kappa) - parts.bayes,
        }
    }
