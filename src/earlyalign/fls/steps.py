"""The step that goes with a multiplier."""

from __future__ import annotations

from typing import TypeVar

import torch

from earlyalign.dynamics.deep_training import step_size
from earlyalign.fls.checks import remade, warn_unless_covariant

Scaled = TypeVar("Scaled", float, torch.optim.Optimizer)


def scaled_step(optimizer_or_lr: Scaled, c: float, depth: float = 2) -> Scaled:
    """The step eta brought to c**(-2/depth) eta, for a number or, in place, for every group of an optimizer.

    depth 2 is the paper's rule eta / c. For a network that is homogeneous of degree L in its weights (L layers,
    rectifiers, no biases after the first layer, no normalisation), depth L makes c the same knob as the initial scale
    c**(1/L), exactly.

    Warns with NotScaleCovariant for an optimizer whose step does not scale with the gradient. Raises ValueError
    unless the step, c and depth are positive and finite.
    """
    if not isinstance(optimizer_or_lr, torch.optim.Optimizer):
        return step_size(float(optimizer_or_lr), c, depth)
    steps = [step_size(float(group["lr"]), c, depth) for group in optimizer_or_lr.param_groups]
    warn_unless_covariant(remade(optimizer_or_lr))
    for group, step in zip(optimizer_or_lr.param_groups, steps, strict=True):
        group["lr"] = step
    return optimizer_or_lr
