"""What must hold before a sweep means anything: logits come out, labels fit, and the optimizer's step scales."""

from __future__ import annotations

import contextlib
import copy
import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import nn

from earlyalign.dynamics.deep_training import Samples
from earlyalign.errors import UserError
from earlyalign.fls.samples import fitted

MakeOptimizer = Callable[[Iterable[nn.Parameter], float], torch.optim.Optimizer]
"""``make_optimizer(parameters, step)``; ``torch.optim.SGD`` is one."""

_TOLERANCE = 1e-4
_PROBED = 64


class NotScaleCovariant(UserWarning):
    """The optimizer's step does not grow in proportion to the gradient, so the step rule of c does not hold for
    it."""


@contextlib.contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """`model` in eval mode for a while; then every module has its own mode back."""
    modes = {module: module.training for module in every_module(model)}
    try:
        model.eval()
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def every_module(model: nn.Module) -> list[nn.Module]:
    """All modules, those that a wrapper keeps out of its members included."""
    hidden = [value for value in vars(model).values() if isinstance(value, nn.Module)]
    return [*model.modules(), *(module for part in hidden for module in part.modules())]


def _device(model: nn.Module) -> torch.device:
    first = next(model.parameters(), None)
    if first is None:
        raise UserError("the model has no parameters: there is nothing to train")
    return first.device


def check_logits(model: nn.Module, samples: Samples) -> None:
    """Raise UserError unless `model` maps inputs to logits (n, classes) with a class for every label.

    Probabilities and log-probabilities are recognised: multiplying them by c is another loss, not another feature
    learning strength.
    """
    inputs, labels = (part[:_PROBED].to(_device(model)) for part in fitted(samples, model))
    with evaluating(model), torch.no_grad():
        try:
            logits = model(inputs)
        except (RuntimeError, TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
            raise UserError(
                f"the model cannot take inputs {tuple(inputs.shape)} of {inputs.dtype}: "
                f"{type(error).__name__}: {' '.join(str(error).split())}"
            ) from error
    if not isinstance(logits, torch.Tensor) or not logits.is_floating_point():
        raise UserError(f"the model's output is {type(logits).__name__}, not a tensor of logits (n, classes)")
    if logits.ndim != 2 or len(logits) != len(labels) or logits.shape[1] < 2:
        raise UserError(
            f"the model's output has shape {tuple(logits.shape)}, not (n, classes) with two classes or more"
        )
    if samples[1].max() >= logits.shape[1]:
        raise UserError(
            f"the model has {logits.shape[1]} classes, but there is a label {samples[1].max().item()}"
        )
    values = logits.double()
    if (values >= 0).all() and ((values.sum(dim=1) - 1).abs() < _TOLERANCE).all():
        raise UserError("the model's output are probabilities, not logits: take off its softmax")
    if (values.logsumexp(dim=1).abs() < _TOLERANCE).all():
        raise UserError("the model's output are log-probabilities, not logits: take off its log_softmax")


def check_last_batch(model: nn.Module, samples: Samples, batch: int) -> None:
    """Raise UserError if an epoch ends with one sample and `model`, a fresh one, cannot train on it (BatchNorm)."""
    if batch > 1 and len(samples[1]) % batch != 1:
        return
    inputs = fitted(samples, model)[0][:1].to(_device(model))
    with torch.random.fork_rng(), torch.no_grad():
        try:
            copy.deepcopy(model).train()(inputs)
        except ValueError as error:
            raise UserError(
                f"with {len(samples[1])} samples in batches of {batch} an epoch ends with a batch of one, which this "
                f"model cannot train on ({' '.join(str(error).split())}): choose another batch"
            ) from error


def scale_gap(make_optimizer: MakeOptimizer) -> float:
    """How far updates depend on the gradient's scale: 0 if gradients k g with step eta / k move as g with eta.

    Three steps on two numbers are made both ways; the largest relative difference of where they end comes back,
    infinity if nothing moved.
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
        moved = float((plain - start).abs().max())
        return float((end(16.0) - plain).abs().max()) / moved if moved else float("inf")
    except TypeError as error:
        raise UserError(
            f"the optimizer cannot be made as make_optimizer(parameters, step) and stepped without a closure: {error}"
        ) from error


def warn_unless_covariant(*makers: MakeOptimizer) -> None:
    """Warn with NotScaleCovariant of the first maker whose `scale_gap` is not zero, and say what then does not hold."""
    faulty = next((make for make in makers if scale_gap(make) >= _TOLERANCE), None)
    if faulty is None:
        return
    made = faulty([nn.Parameter(torch.zeros(1))], 0.1)
    name = type(made).__name__
    if made.param_groups[0].get("weight_decay") and scale_gap(without_decay(made)) < _TOLERANCE:
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
    """A maker of optimizers of this one's class with its settings, some of them changed; others are not its own."""
    known = inspect.signature(type(optimizer)).parameters
    settings = {
        name: value
        for name, value in {**optimizer.defaults, **changes}.items()
        if name in known and name not in ("lr", "params")
    }
    return lambda parameters, step: type(optimizer)(parameters, lr=step, **settings)


def of_groups(optimizer: torch.optim.Optimizer) -> list[MakeOptimizer]:
    """A maker for each parameter group, with the group's own settings."""
    return [remade(optimizer, **group) for group in optimizer.param_groups]


def without_decay(optimizer: torch.optim.Optimizer) -> MakeOptimizer:
    """A maker of optimizers as this one is, with weight decay off."""
    return remade(optimizer, weight_decay=0.0)
