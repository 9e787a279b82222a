"""Faulty works of A-fls, for its controls, and the runs that each concerns."""

from __future__ import annotations

from dataclasses import replace

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.over_alignment.knob.runs import (
    BIASES,
    FLOW,
    NORMALISED,
    PAPER,
    PLAIN,
    TURNING,
    GapSettings,
    TurningSettings,
    descent_gap,
    flow_gap,
    kernel_turn,
)


def compares(run: Run) -> bool:
    return run.config["case"] != TURNING


def step_not_rescaled(run: Run, checkpoint: Checkpoint) -> Result:
    """The multiplier is changed, and the step of the descent and the clock of the flow are not."""
    settings = run.read(GapSettings)
    if settings.case == FLOW:
        return {"gaps": {"gap": flow_gap(settings, run.seed, clock=1.0)}}
    return {"gaps": {"gap": descent_gap(settings, run.seed, settings.step)}}


def is_deep(run: Run) -> bool:
    return run.config["case"] in (PLAIN, PAPER) and run.config["depth"] != 2


def two_layers(run: Run, checkpoint: Checkpoint) -> Result:
    """Two layers are trained, whatever the depth."""
    settings = replace(run.read(GapSettings), depth=2)
    return {"gaps": {"gap": descent_gap(settings, run.seed, settings.multiplied_step)}}


def is_not_homogeneous(run: Run) -> bool:
    return run.config["case"] in (BIASES, NORMALISED)


def no_biases_no_batch_norm(run: Run, checkpoint: Checkpoint) -> Result:
    """A plain network is trained."""
    settings = replace(run.read(GapSettings), case=PLAIN)
    return {"gaps": {"gap": descent_gap(settings, run.seed, settings.multiplied_step)}}


def turns(run: Run) -> bool:
    return run.config["case"] == TURNING


def alpha_reversed(run: Run, checkpoint: Checkpoint) -> Result:
    """The flow starts at 1e-3 / alpha."""
    settings = run.read(TurningSettings)
    return {"turning": {"turned": kernel_turn(replace(settings, alpha=1e-3 / settings.alpha), run.seed)}}
