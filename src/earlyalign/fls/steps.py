"""The step that goes with a multiplier."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, TypeVar

import torch
from torch.optim.lr_scheduler import LRScheduler

from earlyalign.dynamics.deep_training import step_size
from earlyalign.fls.checks import of_groups, warn_unless_covariant

Scaled = TypeVar("Scaled", float, torch.optim.Optimizer)

SCHEDULED = ("initial_lr", "max_lr", "min_lr")
"""What schedulers keep in an optimizer's groups, and start from."""


class StepMayReturn(UserWarning):
    """A scheduler that was made before the step was scaled may go back to the step that it remembers."""


def scaled_step(
    optimizer_or_lr: Scaled, c: float, depth: float = 2, scheduler: LRScheduler | None = None
) -> Scaled:
    """The step eta brought to c**(-2/depth) eta, for a number or, in place, for every group of an optimizer.

    depth 2 is the paper's rule eta / c. For a network that is homogeneous of degree L in its weights (L layers,
    rectifiers, no biases after the first layer, no normalisation), depth L makes c the same knob as the initial scale
    c**(1/L), exactly.

    What schedulers keep in the groups is scaled, too. Best make a scheduler after this call; one that was made before
    has a copy of the steps that it starts from: give it as `scheduler`, and they are scaled in it (a least step such as
    eta_min is left). Without it, StepMayReturn is warned.

    Warns with NotScaleCovariant for an optimizer whose step does not scale with the gradient, in any group. Raises
    ValueError unless the step, c and depth are positive and finite.
    """
    factor = step_size(1.0, c, depth)
    if not isinstance(optimizer_or_lr, torch.optim.Optimizer):
        return step_size(float(optimizer_or_lr), c, depth)
    for group in optimizer_or_lr.param_groups:
        step_size(float(group["lr"]) or 1.0, c, depth)
    warn_unless_covariant(*of_groups(optimizer_or_lr))
    if scheduler is None and any("initial_lr" in group for group in optimizer_or_lr.param_groups):
        warnings.warn(
            "the optimizer has had a scheduler: one that is still used goes back to the step it started from unless it "
            "is given as scheduler=, or made anew after this call",
            StepMayReturn,
            stacklevel=2,
        )
    for group in optimizer_or_lr.param_groups:
        for name in {"lr", *SCHEDULED} & set(group):
            group[name] = _times(group[name], factor)
    for part in _parts(scheduler):
        for name in ("base_lrs", "_last_lr", "max_lrs"):
            if name in vars(part):
                setattr(part, name, [_times(step, factor) for step in getattr(part, name)])
    return optimizer_or_lr


def _times(step: Any, factor: float) -> Any:
    """The scaled step. A tensor stays the tensor that it was, for the optimizer holds on to it."""
    return step.mul_(factor) if isinstance(step, torch.Tensor) else step * factor


def _parts(scheduler: LRScheduler | None) -> Iterator[LRScheduler]:
    """A scheduler and those that it is made of."""
    if scheduler is not None:
        yield scheduler
        for part in getattr(scheduler, "_schedulers", ()):
            yield from _parts(part)
