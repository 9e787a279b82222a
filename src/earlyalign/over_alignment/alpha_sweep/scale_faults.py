"""What the controls of A-scale break: samples and neurons are copies, or the sample is another one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from earlyalign.data.gaussian_mixture import Mixture
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.over_alignment.alpha_sweep.runs import draw_sample, draw_start, swept
from earlyalign.over_alignment.alpha_sweep.scale_runs import ScaleSettings


def copies(run: Run, checkpoint: Checkpoint) -> Result:
    """Of n, base_n are samples and the rest their copies; likewise neurons."""
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


def other_sample(run: Run, checkpoint: Checkpoint) -> Result:
    """What a sample tells of itself being told by another one."""
    settings = run.read(ScaleSettings)
    sample, other = (draw_sample(settings, seed) for seed in (run.seed, run.seed + 1_000_000))
    starts = [draw_start(settings, alpha, run.seed) for alpha in settings.alphas]
    return swept(settings, run.seed, sample, starts, other)
