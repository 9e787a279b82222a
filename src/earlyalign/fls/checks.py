"""What must hold before a sweep means anything: logits come out, labels fit, and the optimizer's step scales."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset

from earlyalign.data.images import Images
from earlyalign.dynamics.deep_training import Samples, tensors
from earlyalign.errors import UserError

MakeOptimizer = Callable[[Iterable[nn.Parameter], float], torch.optim.Optimizer]
"""``make_optimizer(parameters, step)``; ``torch.optim.SGD`` is one."""

_TOLERANCE = 1e-4
_PROBED = 64


class NotScaleCovariant(UserWarning):
    """The optimizer's step does not grow in proportion to the gradient, so the step rule of c does not hold for
    it."""


def as_samples(data: Any, name: str) -> Samples:
    """`data` as inputs (n, ...) and labels (n,): Images, a pair of arrays or tensors, or a torch Dataset of pairs.

    Inputs become single precision, unless they are tensors in double. Raises UserError for anything else, an empty
    sample, or labels that are not whole numbers from 0 on.
    """
    if isinstance(data, Images):
        return tensors(data)
    if isinstance(data, Dataset):
        data = tuple(torch.stack([torch.as_tensor(row[part]) for row in data]) for part in (0, 1))
    try:
        inputs, labels = (
            part if isinstance(part, torch.Tensor) else torch.as_tensor(np.asarray(part)) for part in data
        )
    except (TypeError, ValueError) as error:
        raise UserError(
            f"{name} must be (inputs, labels), Images or a torch Dataset of such pairs"
        ) from error
    if labels.ndim != 1 or len(inputs) != len(labels) or not len(labels):
        raise UserError(
            f"{name}: inputs {tuple(inputs.shape)} and labels {tuple(labels.shape)} are not (n, ...) and (n,)"
        )
    if labels.is_floating_point() or labels.is_complex() or labels.min() < 0:
        raise UserError(f"{name}: labels must be whole numbers from 0 on")
    double = inputs.dtype == torch.float64 and isinstance(data[0], torch.Tensor)
    return inputs if double else inputs.float(), labels.long()


def check_logits(model: nn.Module, samples: Samples) -> None:
    """Raise UserError unless `model` maps inputs to logits (n, classes) with a class for every label.

    Probabilities and log-probabilities are recognised: multiplying them by c is another loss, not another feature
    learning strength.
    """
    device = next(model.parameters()).device
    inputs, labels = (part[:_PROBED].to(device) for part in samples)
    was_training = model.training
    with torch.no_grad():
        found = model.eval()(inputs)
    model.train(was_training)
    if not isinstance(found, torch.Tensor) or not found.is_floating_point():
        raise UserError(f"the model's output is {type(found).__name__}, not a tensor of logits (n, classes)")
    if found.ndim != 2 or len(found) != len(labels) or found.shape[1] < 2:
        raise UserError(
            f"the model's output has shape {tuple(found.shape)}, not (n, classes) with two classes or more"
        )
    if samples[1].max() >= found.shape[1]:
        raise UserError(
            f"the model has {found.shape[1]} classes, but there is a label {samples[1].max().item()}"
        )
    values = found.double()
    if (values >= 0).all() and ((values.sum(dim=1) - 1).abs() < _TOLERANCE).all():
        raise UserError("the model's output are probabilities, not logits: take off its softmax")
    if (values.logsumexp(dim=1).abs() < _TOLERANCE).all():
        raise UserError("the model's output are log-probabilities, not logits: take off its log_softmax")


def scale_gap(make_optimizer: MakeOptimizer) -> float:
    """How far updates depend on the gradient's scale: 0 if gradients k g with step eta / k move as g with eta.

    Three steps on two numbers are made both ways; the largest relative difference of where they end comes back.
    Raises UserError for an optimizer that must evaluate the loss itself, such as L-BFGS.
    """

    def end(scale: float) -> torch.Tensor:
        weights = nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
        optimizer = make_optimizer([weights], 0.1 / scale)
        for gradient in ([0.5, 1.0], [-0.2, 0.7], [0.1, -0.4]):
            weights.grad = scale * torch.tensor(gradient, dtype=torch.float64)
            optimizer.step()
        return weights.detach()

    try:
        start = torch.tensor([1.0, -2.0], dtype=torch.float64)
        plain = end(1.0)
        return float((end(16.0) - plain).abs().max() / (plain - start).abs().max())
    except TypeError as error:
        raise UserError(
            f"the optimizer cannot be made as make_optimizer(parameters, step) and stepped without a closure: {error}"
        ) from error


def warn_unless_covariant(make_optimizer: MakeOptimizer) -> None:
    """Warn with NotScaleCovariant if `scale_gap` is not zero, and say what then does not hold."""
    if scale_gap(make_optimizer) < _TOLERANCE:
        return
    made = make_optimizer([nn.Parameter(torch.zeros(1))], 0.1)
    name = type(made).__name__
    if made.defaults.get("weight_decay") and scale_gap(without_decay(made)) < _TOLERANCE:
        reason = (
            "its weight decay is multiplied by the step, so it weakens as c grows and strengthens as c falls"
        )
    else:
        reason = "its step does not grow with the gradient, so c and the step are two knobs, not one"
    warnings.warn(
        f"{name} is not scale-covariant: {reason}. The step rule c**(-2/L), the equivalence of c with the initial "
        "scale, and the rule for other sizes do not hold; compare values of c only over a grid of steps",
        NotScaleCovariant,
        stacklevel=3,
    )


def remade(optimizer: torch.optim.Optimizer, **changes) -> MakeOptimizer:
    """A maker of optimizers of this one's class with its settings, some of them changed."""
    known = inspect.signature(type(optimizer)).parameters
    settings = {name: value for name, value in optimizer.defaults.items() if name in known and name != "lr"}
    return lambda parameters, step: type(optimizer)(parameters, lr=step, **{**settings, **changes})


def without_decay(optimizer: torch.optim.Optimizer) -> MakeOptimizer:
    return remade(optimizer, weight_decay=0.0)
