"""Faulty works of the items on the sweep over alpha, for their controls, and the runs that some of them concern."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from earlyalign.data.gaussian_mixture import Mixture
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.over_alignment.alpha_sweep import fig4_runs
from earlyalign.over_alignment.alpha_sweep.dec_runs import DecompositionSettings, decomposed
from earlyalign.over_alignment.alpha_sweep.fig4_runs import GeometrySettings, plane, projected
from earlyalign.over_alignment.alpha_sweep.runs import draw_sample, draw_start, swept
from earlyalign.over_alignment.alpha_sweep.scale_runs import ScaleSettings

HUNDRED = 100.0


def fig4_wrong_plane(run: Run, checkpoint: Checkpoint) -> Result:
    """A-fig4 in a random plane."""
    settings = run.read(GeometrySettings)
    pair = np.random.default_rng([run.seed, 5]).standard_normal((2, settings.d))
    return projected(settings, run.seed, fig4_runs.draw_sample(settings, run.seed), plane(*pair))


def fig4_stuck_rich(run: Run, checkpoint: Checkpoint) -> Result:
    """A-fig4 from the smallest alpha, whatever the run says."""
    return fig4_runs.compute(_starting_at(run, "alpha_low"), checkpoint)


def fig4_stuck_lazy(run: Run, checkpoint: Checkpoint) -> Result:
    """A-fig4 from the largest alpha, whatever the run says."""
    return fig4_runs.compute(_starting_at(run, "alpha_high"), checkpoint)


def starts_above(run: Run) -> bool:
    return run.config["alpha"] != run.config["alpha_low"]


def starts_below(run: Run) -> bool:
    return run.config["alpha"] != run.config["alpha_high"]


def _starting_at(run: Run, end: str) -> Run:
    return replace(run, config={**run.config, "alpha": run.config[end]})


def twice_as_wide(psi: np.ndarray) -> np.ndarray:
    """The cap of twice the half angle."""
    return np.cos(np.minimum(2 * np.arccos(psi), np.pi))


def dec_wrong_cap(run: Run, checkpoint: Checkpoint) -> Result:
    """A-dec, both terms of a cap twice as wide."""
    settings = run.read(DecompositionSettings)
    return decomposed(settings, run.seed, settings.alphas, aligning=twice_as_wide, fitting=twice_as_wide)


def dec_two_caps(run: Run, checkpoint: Checkpoint) -> Result:
    """A-dec, OA of the cap and OF of one twice as wide."""
    settings = run.read(DecompositionSettings)
    return decomposed(settings, run.seed, settings.alphas, fitting=twice_as_wide)


def dec_stuck(run: Run, checkpoint: Checkpoint) -> Result:
    """A-dec, every flow from the smallest alpha."""
    settings = run.read(DecompositionSettings)
    return decomposed(settings, run.seed, np.full(settings.alpha_count, settings.alphas[0]))


def dec_hundredfold(run: Run, checkpoint: Checkpoint) -> Result:
    """A-dec, every flow from a hundred times the alpha that is told."""
    settings = run.read(DecompositionSettings)
    return decomposed(settings, run.seed, HUNDRED * settings.alphas)


def scale_copies(run: Run, checkpoint: Checkpoint) -> Result:
    """A-scale, n counting copies of the same samples and the width copies of the same neurons."""
    settings = run.read(ScaleSettings)
    sample = copied_sample(settings, run.seed)
    starts = [copied_start(settings, alpha, run.seed) for alpha in settings.alphas]
    return swept(settings, run.seed, sample, starts, sample)


def has_copies(run: Run) -> bool:
    config = run.config
    return (config["n"], config["width"]) != (config["base_n"], config["base_width"])


def copied_sample(settings: ScaleSettings, seed: int) -> Mixture:
    """Copies of the same `base_n` samples."""
    few, times = draw_sample(replace(settings, n=settings.base_n), seed), settings.n // settings.base_n
    return replace(few, inputs=np.tile(few.inputs, (times, 1)), labels=np.tile(few.labels, times))


def copied_start(settings: ScaleSettings, alpha: float, seed: int) -> TwoLayer:
    """Copies of the same `base_width` neurons, shrunk so that the function does not change."""
    times = settings.width // settings.base_width
    few = draw_start(replace(settings, width=settings.base_width), alpha / np.sqrt(times), seed)
    return TwoLayer(np.tile(few.inner, (times, 1)), np.tile(few.outer, times))


def scale_other_sample(run: Run, checkpoint: Checkpoint) -> Result:
    """A-scale, what a sample tells of itself being told by another one."""
    settings = run.read(ScaleSettings)
    sample, other = (draw_sample(settings, seed) for seed in (run.seed, run.seed + 1_000_000))
    starts = [draw_start(settings, alpha, run.seed) for alpha in settings.alphas]
    return swept(settings, run.seed, sample, starts, other)
