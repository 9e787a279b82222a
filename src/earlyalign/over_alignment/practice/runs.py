"""Train one network on one sample at one multiplier and step.

Plain SGD, no momentum, augmentation, decay or schedule, until 99 % of the training set is right, as Paper A trains.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True)
class Settings:
    """The config of a run: a `params.Case`, what `params.Grid` shares, one multiplier 2^log2_c and one step.

    images  checksum of the images, None for a task that reads no files
    """

    side: int
    test_samples: int
    step_rule: str
    centred: bool
    batch: int
    epochs: int
    spacing: float
    train_accuracy: float
    device: str
    task: str
    edim: int | None
    classes_in: str
    network: str
    width: int
    samples: int
    log2_c: int
    step: float
    images: str | None

    @property
    def c(self) -> float:
        return 2.0**self.log2_c

    @staticmethod
    def of(run: Run) -> Settings:
        """The settings of a run, whose config names images only where they are read from files."""
        return Run({"images": None, **run.config}, run.seed).read(Settings)


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Train once.

    ends   status ("reached", "unfinished", "diverged"), updates, the share of the training set that is right at the end
           ("fitted"), and test accuracies in [0, 1]: at the peak, where the test loss was least ("stopped"), after
           the first epoch ("first"), at the end ("final")

    Raises UserError where the device is not there.
    """
    return train(Settings.of(run), run.seed)


def train(settings: Settings, seed: int) -> Result:
    """What `compute` gives for these settings and this seed."""
    device = available(settings.device)
    split = samples(settings, seed)
    model, depth = network(settings, split.train, seed)
    step = step_of(settings, depth)
    stop = Stop(settings.epochs, settings.batch, settings.train_accuracy, settings.spacing)
    train, test = tensors(split.train), tensors(split.test)
    if isinstance(model, FiveLayerCNN) and device.type == "cpu":
        ended = train_cnn(model, settings.c, settings.centred, step, train, test, stop, seed)
    else:
        held = model.to(device, memory_format=torch.channels_last)
        wrapped = OutputMultiplier(held, settings.c, settings.centred)
        ended = train_until(wrapped, plain_sgd(wrapped, step), train, test, stop, seed)
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


def step_of(settings: Settings, depth: int) -> float:
    """The step at the multiplier, by the rule; `depth` is the network's layers with weights."""
    rule, c = settings.step_rule, settings.c
    lazy = rule == "two-sided" and c > 1
    return step_size(settings.step, c, PAPER_DEPTH if rule == "paper" else LAZY_DEPTH if lazy else depth)


def samples(settings: Settings, seed: int) -> Split:
    """The training and test sample: one seed, one pair, whatever the multiplier and step."""
    sizes = settings.samples, settings.test_samples
    if settings.task == "generator":
        assert settings.edim is not None, "a case of a generator says it"
        return _generated(*sizes, settings.edim, seed, settings.side, settings.classes_in)
    return image_split(settings.task, *sizes, settings.edim, seed, sha256=settings.images)


def _generated(n_train: int, n_test: int, edim: int, seed: int, side: int, classes_in: str) -> Split:
    """A generator's samples. Small ones are kept for a while: the runs of a row ask for the same again and again."""
    kept = (n_train + n_test) * side**2 <= KEPT_PIXELS
    return (_kept if kept else _kept.__wrapped__)(n_train, n_test, edim, seed, side, classes_in)


@lru_cache(maxsize=32)
def _kept(n_train: int, n_test: int, edim: int, seed: int, side: int, classes_in: str) -> Split:
    return generated_split(n_train, n_test, edim, seed, Generator(side=side, classes_in=classes_in))


def network(settings: Settings, train: Images, seed: int) -> tuple[nn.Module, int]:
    """The initial network, and how many layers with weights it has."""
    name, width = settings.network, settings.width
    colours = train.inputs.shape[1]
    if name == "cnn":
        model, depth = FiveLayerCNN(width, train.classes, colours), CNN_DEPTH
    elif name.startswith("vgg19"):
        model, depth = VGG19(width, train.classes, colours, batch_norm=name.endswith("_bn")), VGG19_DEPTH
    else:
        layers = int(name.removeprefix("resnet"))
        model, depth = ResNet(layers, width, train.classes, colours), layers
    return he_init(model, seed), depth
