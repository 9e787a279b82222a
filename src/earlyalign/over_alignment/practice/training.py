"""The engine room of the practice items: train one network on one sample at one multiplier and step.

Plain SGD, no momentum, augmentation, decay or schedule, until 99 % of the training set is right, as Paper A trains.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import nn

from earlyalign.data.generated_images import Generator, generated_split
from earlyalign.data.image_tasks import image_split
from earlyalign.data.images import Images, Split
from earlyalign.dynamics.cnn_training import train_cnn
from earlyalign.dynamics.deep_training import Stop, plain_sgd, step_size, tensors, train_until
from earlyalign.errors import UserError
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.cnn import CNN_DEPTH, FiveLayerCNN, he_init
from earlyalign.networks.output_multiplier import OutputMultiplier
from earlyalign.networks.resnet import ResNet
from earlyalign.networks.vgg import VGG19, VGG19_DEPTH

PRECISION = "float32"

PAPER_DEPTH, LAZY_DEPTH = 2, 1
"""The rule eta / c is eta c^(-2/L) for two layers, eta / c^2 that for one."""


KEPT_PIXELS = 500_000
"""Largest pair of samples that a process keeps: 6 MB each."""


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Train once; see `params.Grid` and `params.Case` for the config.

    ends   status ("reached", "unfinished", "diverged"), updates, the share of the training set that is right at the end
           ("fitted"), and test accuracies in [0, 1]: at the peak, where the test loss was least ("stopped"), after
           the first epoch ("first"), at the end ("final")

    Raises UserError where the device is not there.
    """
    config = run.config
    device = available(str(config["device"]))
    split = samples(run)
    log2_c = 0 if config["knob"] == "off" else int(config["log2_c"])
    c = 2.0**log2_c
    model, depth = network(run, split.train)
    stop = Stop(
        int(config["epochs"]), int(config["batch"]), float(config["train_accuracy"]), float(config["spacing"])
    )
    step, centred, pair = (
        step_of(run, c, depth),
        bool(config["centred"]),
        map(tensors, (split.train, split.test)),
    )
    if isinstance(model, FiveLayerCNN) and device.type == "cpu":
        ended = train_cnn(model, c, centred, step, *pair, stop, run.seed)
    else:
        wrapped = OutputMultiplier(model.to(device, memory_format=torch.channels_last), c, centred)
        ended = train_until(wrapped, plain_sgd(wrapped, step), *pair, stop, run.seed)
    return {
        "ends": {
            "status": str(ended.status),
            "updates": ended.step,
            "fitted": ended.trace["train_accuracy"][-1],
            "peak": ended.peak_accuracy,
            "stopped": ended.validation_stopped_accuracy,
            "first": ended.trace["test_accuracy"][:2][-1],
            "final": ended.final_accuracy,
        }
    }


def available(device: str) -> torch.device:
    """The device of that name. Raises UserError if torch does not see it."""
    if device == "cuda" and not torch.cuda.is_available():
        raise UserError("device = 'cuda', but torch sees no GPU here; allowed: cpu")
    return torch.device(device)


def step_of(run: Run, c: float, depth: int) -> float:
    """The step of a run at multiplier c, by its rule; `depth` is the network's layers with weights."""
    rule = run.config["step_rule"]
    lazy = rule == "two-sided" and c > 1
    return step_size(
        float(run.config["step"]), c, PAPER_DEPTH if rule == "paper" else LAZY_DEPTH if lazy else depth
    )


def samples(run: Run) -> Split:
    """The training and test sample of a run: one seed, one pair, whatever the multiplier and step."""
    config = run.config
    sizes = int(config["samples"]), int(config["test_samples"])
    if config["task"] == "generator":
        split = _generated(
            *sizes, int(config["edim"]), run.seed, int(config["side"]), str(config["classes_in"])
        )
    else:
        split = image_split(
            str(config["task"]), *sizes, config["edim"], run.seed, sha256=config.get("images")
        )
    if config["knob"] != "labels":
        return split
    shuffled = np.random.default_rng(run.seed).permutation(split.train.labels)
    return Split(Images(split.train.inputs, shuffled, split.train.classes), split.test)


def _generated(n_train: int, n_test: int, edim: int, seed: int, side: int, classes_in: str) -> Split:
    """A generator's samples. Small ones are kept for a while: the runs of a row ask for the same again and again."""
    kept = (n_train + n_test) * side**2 <= KEPT_PIXELS
    return (_kept if kept else _kept.__wrapped__)(n_train, n_test, edim, seed, side, classes_in)


@lru_cache(maxsize=32)
def _kept(n_train: int, n_test: int, edim: int, seed: int, side: int, classes_in: str) -> Split:
    return generated_split(n_train, n_test, edim, seed, Generator(side=side, classes_in=classes_in))


def network(run: Run, train: Images) -> tuple[nn.Module, int]:
    """The initial network of a run, and how many layers with weights it has."""
    name, width = str(run.config["network"]), int(run.config["width"])
    colours = train.inputs.shape[1]
    if name == "cnn":
        model, depth = FiveLayerCNN(width, train.classes, colours), CNN_DEPTH
    elif name.startswith("vgg19"):
        model, depth = VGG19(width, train.classes, colours, batch_norm=name.endswith("_bn")), VGG19_DEPTH
    else:
        layers = int(name.removeprefix("resnet"))
        model, depth = ResNet(layers, width, train.classes, colours), layers
    return he_init(model, run.seed), depth
