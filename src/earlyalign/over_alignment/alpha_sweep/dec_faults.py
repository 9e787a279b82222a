"""What the controls of A-dec break: the caps, or the alphas of the flows."""

from __future__ import annotations

import numpy as np

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.alpha_sweep.dec_runs import DecompositionSettings, decomposed

HUNDRED = 100.0


def twice_as_wide(psi: np.ndarray) -> np.ndarray:
    """The cap of twice the half angle."""
    return np.cos(np.minimum(2 * np.arccos(psi), np.pi))


def wrong_cap(run: Run, checkpoint: Checkpoint) -> Result:
    """Both terms of a cap twice as wide."""
    settings = run.read(DecompositionSettings)
    return decomposed(settings, run.seed, settings.alphas, aligning=twice_as_wide, fitting=twice_as_wide)


def two_caps(run: Run, checkpoint: Checkpoint) -> Result:
    """OA of the cap and OF of one twice as wide."""
    settings = run.read(DecompositionSettings)
    return decomposed(settings, run.seed, settings.alphas, fitting=twice_as_wide)


def stuck(run: Run, checkpoint: Checkpoint) -> Result:
    """Every flow from the smallest alpha."""
    settings = run.read(DecompositionSettings)
    return decomposed(settings, run.seed, np.full(settings.alpha_count, settings.alphas[0]))


def hundredfold(run: Run, checkpoint: Checkpoint) -> Result:
    """Every flow from a hundred times the alpha that is told."""
    settings = run.read(DecompositionSettings)
    return decomposed(settings, run.seed, HUNDRED * settings.alphas)
