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

from earlyalign.dynamics.deep_training import Samples, Stop, step_size, train_until
from earlyalign.fls.checks import MakeOptimizer
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
    train, validation  inputs and labels
    depth           L of the step rule eta c**(-2/L)
    stop            when a run ends
    centred         c (f - f_0) instead of c f
    """

    make_model: Callable[[], nn.Module]
    make_optimizer: MakeOptimizer
    train: Samples
    validation: Samples
    depth: float
    stop: Stop
    centred: bool

    def model(self, seed: int) -> nn.Module:
        """The network that `seed` starts from. The caller's random state is left as it was."""
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return self.make_model()


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
        return f"c={self.trial.c:g} step={self.trial.step:g} seed={self.trial.seed}"

    @property
    def call(self) -> tuple[Callable[..., bytes], Setting, Trial, int, str]:
        return compute, self.setting, self.trial, self.threads, self.device


def compute(setting: Setting, trial: Trial, threads: int, device: str) -> bytes:
    """Train with so many threads, and give the packed row of the sweep's table.

    Raises RuntimeError if the network lies on another kind of device here than where it was named.
    """
    started = time.perf_counter()
    with threadpoolctl.threadpool_limits(limits=threads):
        network = setting.model(trial.seed)
        if (found := device_of(network)) != device:
            raise RuntimeError(
                f"make_model() gives a network on {found} here, on {device} where it was named"
            )
        row = _train(setting, trial, network)
    return pack({"trial": row}, time.perf_counter() - started)


def device_of(network: nn.Module) -> str:
    """Where its parameters lie, such as ``cpu``."""
    return next(network.parameters()).device.type


def _train(setting: Setting, trial: Trial, network: nn.Module) -> dict[str, float | int | str]:
    model = OutputMultiplier(network, trial.c, setting.centred)
    step = step_size(trial.step, trial.c, setting.depth)
    optimizer = setting.make_optimizer(model.parameters(), step)
    ended = train_until(model, optimizer, setting.train, setting.validation, setting.stop, trial.seed)
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


class Namer:
    """Names of trials: hashes of everything that decides their numbers.

    A network made by the user's code is named by what it is and not by what it is called: its layers, initial
    weights, logits and gradients on a first batch. So a changed model is another model, wherever its source may be.
    """

    def __init__(self, setting: Setting, threads: int) -> None:
        self.setting = setting
        self._starts: dict[int, str] = {}
        parameter = nn.Parameter(torch.zeros(1))
        optimizer = setting.make_optimizer([parameter], 1.0)
        self._shared = {
            "data": _digest(*setting.train, *setting.validation),
            "optimizer": f"{type(optimizer).__qualname__} {sorted(optimizer.defaults.items())}",
            "depth": setting.depth,
            "stop": repr(setting.stop),
            "centred": setting.centred,
            "source": closure_hash(__name__),
            "versions": numeric_versions(),
            "threads": threads,
        }

    def key(self, trial: Trial) -> str:
        if trial.seed not in self._starts:
            self._starts[trial.seed] = self._fingerprint(trial.seed)
        identity = {**self._shared, "start": self._starts[trial.seed], "trial": repr(trial)}
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    def _fingerprint(self, seed: int) -> str:
        model = self.setting.model(seed)
        device = device_of(model)
        inputs, labels = (part[:_PROBED].to(device) for part in self.setting.train)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            weights = [value.detach().clone() for value in model.state_dict().values()]
            logits = model.train()(inputs)
            functional.cross_entropy(logits, labels).backward()
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        return f"{model!r} {device} {_digest(*weights, logits, *gradients)}"


def _digest(*values: torch.Tensor) -> str:
    digest = hashlib.sha256()
    for value in values:
        digest.update(f"{value.dtype}{tuple(value.shape)}".encode())
        digest.update(value.detach().cpu().reshape(-1).contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
