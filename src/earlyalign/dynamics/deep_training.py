"""Training as Paper A states it: plain SGD until 99 % of the training set is right, then the peak of the test accuracy.

No momentum, augmentation, decay or schedule. A run ends in one of three ways and says which, so that one that did
not get there is never taken for one that did.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from earlyalign.data.images import Images

Samples = tuple[torch.Tensor, torch.Tensor]
"""Inputs (n, ...) float and labels (n,) int64."""

EVALUATED = ("step", "train_loss", "train_accuracy", "test_loss", "test_accuracy")
"""Columns of a trace."""

_EVALUATION_BATCH = 1000


class Status(StrEnum):
    """How a run ended: at the training accuracy asked for, out of budget, or in numbers that are not finite."""

    REACHED = "reached"
    UNFINISHED = "unfinished"
    DIVERGED = "diverged"


@dataclass(frozen=True)
class Stop:
    """When a run ends.

    train_accuracy  the share of the training set that must be right, 0.99 in the paper
    epochs          the budget, in passes over the training set
    batch           samples a step; the last batch of an epoch may be smaller
    spacing         epochs between two evaluations, as a share of those gone by: 0 evaluates after each, 0.05 after each
                    of the first twenty and then ever less often. The end of the budget is always evaluated

    Raises ValueError for an accuracy outside (0, 1], a budget or batch below 1, or a spacing that is not in [0, 1].
    """

    epochs: int
    batch: int = 128
    train_accuracy: float = 0.99
    spacing: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.train_accuracy <= 1:
            raise ValueError(f"train_accuracy = {self.train_accuracy} must lie in (0, 1]")
        if self.epochs < 1 or self.batch < 1:
            raise ValueError(f"epochs = {self.epochs} and batch = {self.batch} must be at least 1")
        if not 0 <= self.spacing <= 1:
            raise ValueError(f"spacing = {self.spacing} must lie in [0, 1]")

    def after(self, epoch: int) -> int:
        """The next epoch to evaluate at, once `epoch` was evaluated."""
        return epoch + max(1, int(self.spacing * epoch))


@dataclass(frozen=True)
class Training:
    """What a run came to.

    status  how it ended
    step    updates made; of a diverged run, the update whose loss was the first not to be finite, counted from 1
    trace   one entry before the first update and one an evaluated epoch, by the names in `EVALUATED`
    """

    status: Status
    step: int
    trace: Mapping[str, np.ndarray]

    @property
    def peak_accuracy(self) -> float:
        """The highest test accuracy on the way: what the paper compares."""
        return float(self.trace["test_accuracy"].max())

    @property
    def final_accuracy(self) -> float:
        """The test accuracy at the end."""
        return float(self.trace["test_accuracy"][-1])

    @property
    def validation_stopped_accuracy(self) -> float:
        """The test accuracy where the test loss was least: stopping by validation risk (Table 1)."""
        return float(self.trace["test_accuracy"][np.nanargmin(self.trace["test_loss"])])


def step_size(eta: float, c: float, depth: float = 2) -> float:
    """The step that goes with output multiplier c: eta * c**(-2/depth).

    For depth 2 it is the paper's eta / c. For a network homogeneous of degree L = depth, multiplier c with this step
    makes the very steps that initialisation scaled by c**(1/L) makes with step eta.

    Raises ValueError unless all three are positive and finite.
    """
    for name, value in (("step", eta), ("c", c), ("depth", depth)):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name} = {value} must be a positive, finite number")
    return eta * c ** (-2 / depth)


def tensors(images: Images) -> Samples:
    """Images as tensors."""
    return torch.from_numpy(images.inputs), torch.from_numpy(images.labels)


def plain_sgd(model: nn.Module, step: float) -> torch.optim.SGD:
    """SGD as the paper runs it: no momentum, no decay."""
    return torch.optim.SGD(model.parameters(), step)


class Trainee(Protocol):
    """A network with its samples and its rule of descent, as `follow` trains it."""

    def weights(self) -> Sequence[Any]:
        """Copies of all weights, as arrays or tensors."""

    def epoch(self, order: torch.Tensor) -> tuple[int, bool]:
        """One pass over the training samples in that order: the updates begun, and whether every loss was finite. At
        the first that is not, the pass ends."""

    def evaluate(self) -> tuple[float, float, float, float]:
        """Mean loss and accuracy on the training sample, then on the test sample."""


def follow(trainee: Trainee, n: int, stop: Stop, seed: int) -> Training:
    """Train on n samples until `stop`. `seed` fixes the order of batches.

    Evaluated is before the first step and after each epoch, or as `stop.spacing` says. A network whose weights an
    evaluated epoch left exactly as they were (all its neurons are dead, say) does not move again: its run ends there,
    unfinished.
    """
    order = torch.Generator().manual_seed(seed)
    trace = [(0, *trainee.evaluate())]
    step, due = 0, 1
    for epoch in range(1, stop.epochs + 1):
        before = trainee.weights() if epoch >= due else None
        begun, finite = trainee.epoch(torch.randperm(n, generator=order))
        step += begun
        if not finite:
            return _ended(Status.DIVERGED, step, trace)
        if before is None and epoch < stop.epochs:
            continue
        due = stop.after(epoch)
        trace.append((step, *trainee.evaluate()))
        if not math.isfinite(trace[-1][1]):
            return _ended(Status.DIVERGED, step, trace)
        if trace[-1][2] >= stop.train_accuracy:
            return _ended(Status.REACHED, step, trace)
        if before is not None and all((old == new).all() for old, new in zip(before, trainee.weights())):
            break
    return _ended(Status.UNFINISHED, step, trace)


def train_until(
    model: nn.Module, optimizer: torch.optim.Optimizer, train: Samples, test: Samples, stop: Stop, seed: int
) -> Training:
    """Train `model` in place with cross-entropy; it must give logits (n, classes). See `follow`.

    `seed` fixes the order of batches and whatever the model draws (dropout); the caller's random state is left as it
    was. Batches go to the device of the model's parameters. Accuracy and loss are evaluated in eval mode on the whole
    of both samples.
    """
    device = next(model.parameters()).device
    train, test = (tuple(part.to(device) for part in samples) for samples in (train, test))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return follow(_Module(model, optimizer, train, test, stop.batch), len(train[1]), stop, seed)


@dataclass(frozen=True)
class _Module:
    """A torch module as a trainee."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    train: Samples
    test: Samples
    batch: int

    def weights(self) -> list[torch.Tensor]:
        return [weights.detach().clone() for weights in self.model.parameters()]

    def epoch(self, order: torch.Tensor) -> tuple[int, bool]:
        self.model.train()
        inputs, labels = self.train
        for step, batch in enumerate(order.split(self.batch), 1):
            loss = functional.cross_entropy(self.model(inputs[batch]), labels[batch])
            if not torch.isfinite(loss):
                return step, False
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return step, True

    def evaluate(self) -> tuple[float, float, float, float]:
        self.model.eval()
        return *evaluate(self.model, self.train), *evaluate(self.model, self.test)


@torch.no_grad()
def evaluate(model: nn.Module, samples: Samples) -> tuple[float, float]:
    """Mean cross-entropy and accuracy of `model`, in whatever mode it is."""
    loss = right = 0.0
    for inputs, labels in zip(*(part.split(_EVALUATION_BATCH) for part in samples), strict=True):
        logits = model(inputs)
        loss += functional.cross_entropy(logits, labels, reduction="sum").item()
        right += (logits.argmax(dim=1) == labels).sum().item()
    return loss / len(samples[1]), right / len(samples[1])


def _ended(status: Status, step: int, trace: Sequence[tuple[float, ...]]) -> Training:
    columns = np.array(trace, dtype=float).T
    return Training(status, step, dict(zip(EVALUATED, columns, strict=True)))
