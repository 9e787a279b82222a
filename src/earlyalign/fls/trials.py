"""One training run of a sweep, and its name in the store."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import threadpoolctl
import torch
from torch import nn
from torch.nn import functional
from torch.nn.parameter import is_lazy

from earlyalign.dynamics.deep_training import Samples, Stop, Training, step_size, train_until
from earlyalign.errors import UserError
from earlyalign.fls import stopping
from earlyalign.fls.checks import MakeOptimizer, evaluating
from earlyalign.fls.samples import fitted
from earlyalign.fls.stopping import OwnTraining, train_by, train_with
from earlyalign.fls.user_source import Source, digest_of
from earlyalign.networks.output_multiplier import OutputMultiplier
from earlyalign.runs.code_hash import closure_hash
from earlyalign.runs.provenance import numeric_versions
from earlyalign.runs.store import pack
from earlyalign.runs.tasks import Shared

_PROBED = 64


@dataclass(frozen=True)
class Setting(Shared):
    """What all trials of a sweep share.

    make_model      ``make_model()`` gives a fresh network; torch's random state is seeded before it is called
    make_optimizer  ``make_optimizer(parameters, step)``
    train           inputs and labels, or a training function of the user's own
    validation      inputs and labels
    depth           L of the step rule eta c**(-2/L)
    stop            when a run ends
    centred         c (f - f_0) instead of c f
    """

    make_model: Callable[[], nn.Module]
    make_optimizer: MakeOptimizer
    train: Samples | OwnTraining
    validation: Samples
    depth: float
    stop: Stop
    centred: bool

    @property
    def probe(self) -> Samples:
        """A sample to look at the network with."""
        return self.validation if callable(self.train) else self.train

    def model(self, seed: int) -> nn.Module:
        """The network that `seed` starts from, its lazy layers made. The caller's random state is left as it was.

        Raises UserError if it is no network, or has nothing to train.
        """
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = self.make_model()
            if not isinstance(network, nn.Module):
                raise UserError(f"make_model() gives {type(network).__name__}, not a torch.nn.Module")
            if any(map(is_lazy, network.parameters())):
                with evaluating(network), torch.no_grad():
                    network(fitted(self.probe, network)[0][:_PROBED])
        if not any(weights.requires_grad for weights in network.parameters()):
            raise UserError("the model has no parameters to train")
        return network


@dataclass(frozen=True)
class Trial:
    """One run: multiplier, step before the rule, seed of initialisation and batches."""

    c: float
    step: float
    seed: int


@dataclass(frozen=True)
class TrialTask:
    """A trial as an engine takes it, with what its name promises: threads, and the kind of device."""

    setting: Setting
    trial: Trial
    key: str
    threads: int
    device: str

    @property
    def label(self) -> str:
        """The trial in words: multiplier, step and seed."""
        return f"c={self.trial.c:g} step={self.trial.step:g} seed={self.trial.seed}"

    @property
    def call(self) -> tuple[Callable[..., bytes], Setting, Trial, int, str]:
        """`compute` and its arguments, for an executor."""
        return compute, self.setting, self.trial, self.threads, self.device


def compute(setting: Setting, trial: Trial, threads: int, device: str) -> bytes:
    """Train with so many threads, and give the packed row of the sweep's table.

    Raises RuntimeError if the network lies on another kind of device here than where it was named.
    """
    started = time.perf_counter()
    with threadpoolctl.threadpool_limits(limits=threads):
        network = setting.model(trial.seed)
        if (actual := device_of(network)) != device:
            raise RuntimeError(
                f"make_model() gives a network on {actual} here, on {device} where it was named"
            )
        row = _train(setting, trial, network)
    return pack({"trial": row}, time.perf_counter() - started)


def device_of(network: nn.Module) -> str:
    """Where its parameters lie, such as ``cpu``."""
    return next(network.parameters()).device.type


def _train(setting: Setting, trial: Trial, network: nn.Module) -> dict[str, float | int | str]:
    model = OutputMultiplier(network, trial.c, setting.centred)
    step = step_size(trial.step, trial.c, setting.depth)
    ended = _ended(setting, trial, model, step)
    return {
        "c": trial.c,
        "step": trial.step,
        "scaled_step": step,
        "seed": trial.seed,
        "status": str(ended.status),
        "updates": ended.step,
        "train_accuracy": ended.trace["train_accuracy"][-1],
        "peak_accuracy": ended.peak_accuracy,
        "final_accuracy": ended.final_accuracy,
        "validation_stopped_accuracy": ended.validation_stopped_accuracy,
    }


def _ended(setting: Setting, trial: Trial, model: nn.Module, step: float) -> Training:
    validation = fitted(setting.validation, model)
    if callable(setting.train):
        return train_with(setting.train, model, step, validation, trial.seed)
    train = fitted(setting.train, model)
    optimizer = setting.make_optimizer(model.parameters(), step)
    if isinstance(setting.stop, stopping.Stop) and setting.stop.by != "accuracy":
        return train_by(model, optimizer, train, validation, setting.stop, trial.seed)
    return train_until(model, optimizer, train, validation, setting.stop, trial.seed)


class Namer:
    """Names of trials: hashes of everything that decides their numbers.

    A network made by the user's code is named by what it is: its layers, initial weights, logits and gradients on a
    first batch. Besides enters what decides how it goes on: the source of the user's functions and classes, with the
    values that it reaches (`user_source`).

    unseen  what that source reaches and cannot be compared, such as an open file. Never seen are files, environment
            variables and compiled code
    """

    def __init__(self, setting: Setting, threads: int) -> None:
        self.setting = setting
        self._starts: dict[int, str] = {}
        parameter = nn.Parameter(torch.zeros(1))
        optimizer = setting.make_optimizer([parameter], 1.0)
        source = Source()
        train = () if callable(setting.train) else setting.train
        for name, part in (("make_model", setting.make_model), ("make_optimizer", setting.make_optimizer)):
            source.add(part, name)
        if callable(setting.train):
            source.add(setting.train, "train")
        source.add(type(optimizer), "optimizer")
        source.add_network(setting.model(0), "model")
        self.unseen = tuple(dict.fromkeys(source.unseen))
        self._shared = {
            "data": digest_of(*train, *setting.validation),
            "optimizer": f"{type(optimizer).__qualname__} {sorted(optimizer.defaults.items())}",
            "depth": setting.depth,
            "stop": repr(setting.stop),
            "centred": setting.centred,
            "source": closure_hash(__name__),
            "user": source.hexdigest(),
            "versions": numeric_versions(),
            "threads": threads,
        }

    def key(self, trial: Trial) -> str:
        """The name of a trial in the store: a hash of the setting, the network at its start and the trial."""
        if trial.seed not in self._starts:
            self._starts[trial.seed] = self._fingerprint(trial.seed)
        identity = {**self._shared, "start": self._starts[trial.seed], "trial": repr(trial)}
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    def _fingerprint(self, seed: int) -> str:
        model = self.setting.model(seed)
        device = device_of(model)
        inputs, labels = (part[:_PROBED].to(device) for part in fitted(self.setting.probe, model))
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            weights = [
                value.detach().clone() for value in model.state_dict().values() if torch.is_tensor(value)
            ]
            logits = model.train()(inputs)
            functional.cross_entropy(logits.float(), labels).backward()
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        return f"{model!r} {device} {digest_of(*weights, logits, *gradients)}"
