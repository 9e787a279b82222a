"""When a run of a sweep ends, by other rules than the training accuracy, and runs that train in a way of their own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import GeneratorType
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from earlyalign.dynamics import deep_training
from earlyalign.dynamics.deep_training import EVALUATED, Samples, Status, Training, evaluate
from earlyalign.errors import UserError

BY = ("accuracy", "risk", "epochs", "validation")

OwnTraining = Callable[[nn.Module, float, int], Any]
"""``train(model, step, seed)``; `sweep` says what it must keep to."""

Row = tuple[float, ...]


@dataclass(frozen=True)
class Stop(deep_training.Stop):
    """When a run ends, and which validation accuracy it is judged by.

    by  "accuracy": at `train_accuracy`; judged by the peak, as in the paper. "risk": once the training loss is at most
        `risk`; judged by the peak. "epochs": after `epochs`, whatever was reached; judged by the accuracy at the end.
        "validation": once the validation loss has not fallen for `patience` epochs, or after `epochs`; judged by the
        accuracy where that loss was least. The last two suit label noise, and tasks that never reach 99 %
    epochs, batch, train_accuracy, spacing  as in `earlyalign.dynamics.deep_training.Stop`

    Raises UserError for a rule that is not among these, a risk that is missing or not positive, or a patience below 1.
    """

    by: str = "accuracy"
    risk: float | None = None
    patience: int = 10

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.by not in BY:
            raise UserError(f"unknown rule to stop by, {self.by!r}; allowed: {', '.join(BY)}")
        if (self.by == "risk") != (self.risk is not None) or not 0 < (self.risk or 1) < math.inf:
            raise UserError('by="risk" goes with risk=, the training loss to reach, positive and finite')
        if self.patience < 1:
            raise UserError(f"patience = {self.patience} must be at least 1")

    def met(self, epochs: Sequence[int], trace: Sequence[Row]) -> bool:
        """Whether a run with that trace, evaluated at those epochs, is done before its budget is."""
        _, train_loss, train_accuracy, _, _ = trace[-1]
        if self.by == "accuracy":
            return train_accuracy >= self.train_accuracy
        if self.risk is not None:
            return train_loss <= self.risk
        if self.by == "epochs":
            return False
        return epochs[-1] - epochs[int(np.argmin([row[3] for row in trace]))] >= self.patience

    @property
    def spent(self) -> Status:
        """How a run ends whose budget does."""
        return Status.REACHED if self.by in ("epochs", "validation") else Status.UNFINISHED


def score_of(stop: deep_training.Stop) -> str:
    """The column of a sweep's table by which runs are compared."""
    columns = {"epochs": "final_accuracy", "validation": "validation_stopped_accuracy"}
    return columns.get(getattr(stop, "by", "accuracy"), "peak_accuracy")


def train_by(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    train: Samples,
    validation: Samples,
    stop: Stop,
    seed: int,
) -> Training:
    """As `deep_training.train_until`, for any rule of `Stop`."""
    device = next(model.parameters()).device
    inputs, labels = (part.to(device) for part in train)
    held_out = tuple(part.to(device) for part in validation)
    order = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        epochs, trace = [0], [_row(model, 0, (inputs, labels), held_out)]
        step, due = 0, 1
        for epoch in range(1, stop.epochs + 1):
            model.train()
            for batch in torch.randperm(len(labels), generator=order).split(stop.batch):
                step += 1
                loss = functional.cross_entropy(model(inputs[batch]), labels[batch])
                if not torch.isfinite(loss):
                    return _training(Status.DIVERGED, step, trace)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            if epoch < due and epoch < stop.epochs:
                continue
            due = stop.after(epoch)
            epochs.append(epoch)
            trace.append(_row(model, step, (inputs, labels), held_out))
            if not math.isfinite(trace[-1][1]):
                return _training(Status.DIVERGED, step, trace)
            if stop.met(epochs, trace):
                return _training(Status.REACHED, step, trace)
    return _training(stop.spent, step, trace)


def train_with(
    function: OwnTraining, model: nn.Module, step: float, validation: Samples, seed: int
) -> Training:
    """Let the user's function train, and evaluate on the validation sample before it, whenever it yields, and after.

    Updates are counted as yields. Training loss and accuracy are not known (NaN).
    """
    device = next(model.parameters()).device
    held_out = tuple(part.to(device) for part in validation)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        trace = [_row(model, 0, None, held_out)]
        made = function(model.train(), step, seed)
        passes = made if isinstance(made, GeneratorType) else iter(())
        reached = None if passes is made else made
        while True:
            try:
                next(passes)
            except StopIteration as ended:
                reached = ended.value if passes is made else reached
                break
            trace.append(_row(model, len(trace), None, held_out))
            model.train()
        trace.append(_row(model, len(trace), None, held_out))
    if not (reached is None or isinstance(reached, bool)):
        raise UserError(
            f"train(model, step, seed) gave {type(reached).__name__}: it must give None or True if it trained to its "
            "end, False if it did not get there, or yield after each epoch"
        )
    diverged = not math.isfinite(trace[-1][3])
    status = Status.DIVERGED if diverged else Status.UNFINISHED if reached is False else Status.REACHED
    return _training(status, len(trace) - 1, trace)


def _row(model: nn.Module, step: int, train: Samples | None, held_out: Samples) -> Row:
    model.eval()
    return (
        step,
        *((math.nan, math.nan) if train is None else evaluate(model, train)),
        *evaluate(model, held_out),
    )


def _training(status: Status, step: int, trace: Sequence[Row]) -> Training:
    columns: Iterator[np.ndarray] = iter(np.array(trace, dtype=float).T)
    return Training(status, step, dict(zip(EVALUATED, columns, strict=True)))
