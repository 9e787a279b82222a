"""What the controls of A-fig4 break: the plane, or the start of every flow but one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.alpha_sweep import fig4_runs
from earlyalign.over_alignment.alpha_sweep.fig4_runs import GeometrySettings, plane, projected


def wrong_plane(run: Run, checkpoint: Checkpoint) -> Result:
    """In a random plane."""
    settings = run.read(GeometrySettings)
    pair = np.random.default_rng([run.seed, 5]).standard_normal((2, settings.d))
    return projected(settings, run.seed, fig4_runs.draw_sample(settings, run.seed), plane(*pair))


def stuck_rich(run: Run, checkpoint: Checkpoint) -> Result:
    """From the smallest alpha, whatever the run says."""
    return fig4_runs.compute(_starting_at(run, "alpha_low"), checkpoint)


def stuck_lazy(run: Run, checkpoint: Checkpoint) -> Result:
    """From the largest alpha, whatever the run says."""
    return fig4_runs.compute(_starting_at(run, "alpha_high"), checkpoint)


def starts_above(run: Run) -> bool:
    return run.config["alpha"] != run.config["alpha_low"]


def starts_below(run: Run) -> bool:
    return run.config["alpha"] != run.config["alpha_high"]


def _starting_at(run: Run, end: str) -> Run:
    return replace(run, config={**run.config, "alpha": run.config[end]})
