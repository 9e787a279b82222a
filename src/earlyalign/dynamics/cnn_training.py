"""Training of the five-layer convolutional network without a framework in between: an epoch is one call.

At eight channels and twenty samples a framework spends most of a step on calls and on what its convolutions prepare.
The numbers are those of torch up to the rounding of float32, and depend on the network and its samples alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numba import njit

from earlyalign.dynamics.cnn_kernel import (
    LEAST,
    Network,
    Room,
    backward,
    forward,
    network,
    parts_of,
    room,
)
from earlyalign.dynamics.compiled import compiled
from earlyalign.dynamics.deep_training import Samples as Tensors
from earlyalign.dynamics.deep_training import Stop, Training, follow
from earlyalign.dynamics.pooling import ZERO
from earlyalign.networks.cnn import FiveLayerCNN


class Samples(NamedTuple):
    """inputs (n, places * colours), labels (n,), and offsets (n, classes) to be taken off a network's logits."""

    inputs: np.ndarray
    labels: np.ndarray
    offsets: np.ndarray


class CompiledCNN:
    """A `FiveLayerCNN` without biases under plain SGD, as `follow` trains it.

    model      its weights are copied; `write_back` puts them into a model again
    c          output multiplier
    centred    train c (f - f_0), with f_0 the network as it is now
    step       of SGD
    batch      samples a step
    train, test  images (n, colours, side, side) and labels (n,)

    Raises ValueError for a network with biases, for images that are not square with a side that is a multiple of 4,
    or for a label that is no class.
    """

    def __init__(
        self,
        model: FiveLayerCNN,
        c: float,
        centred: bool,
        step: float,
        batch: int,
        train: Tensors,
        test: Tensors,
    ) -> None:
        if any(name.endswith("bias") for name, _ in model.named_parameters()):
            raise ValueError("a network with biases is not compiled")
        side = _side(train[0])
        parts = [part.detach().contiguous().numpy() for part in model.parameters()]
        self.net = network(parts, side)
        self.room = room(self.net, batch)
        self.batch, self.step, self.scale = batch, np.float32(step), np.float32(c)
        self.train, self.test = (
            _samples(self.net, self.room, tensors, centred, side) for tensors in (train, test)
        )

    def weights(self) -> list[np.ndarray]:
        """A copy of all weights, as one array."""
        return [self.net.weights.copy()]

    def epoch(self, order: torch.Tensor) -> tuple[int, bool]:
        """One pass over the training samples in that order: the updates begun, and whether every loss was finite."""
        return _epoch(self.net, self.room, self.train, order.numpy(), self.batch, self.step, self.scale)

    def evaluate(self) -> tuple[float, float, float, float]:
        """Mean loss and accuracy on the training sample, then on the test sample."""
        return *self._evaluate(self.train), *self._evaluate(self.test)

    def _evaluate(self, samples: Samples) -> tuple[float, float]:
        n = len(samples.labels)
        loss, right = _evaluate(self.net, self.room, samples, np.arange(n), self.scale)
        return loss / n, right / n

    def write_back(self, model: FiveLayerCNN) -> None:
        """The weights as they are now, into `model`."""
        with torch.no_grad():
            for held, part in zip(model.parameters(), parts_of(self.net), strict=True):
                held.copy_(torch.from_numpy(part))


def train_cnn(
    model: FiveLayerCNN,
    c: float,
    centred: bool,
    step: float,
    train: Tensors,
    test: Tensors,
    stop: Stop,
    seed: int,
) -> Training:
    """What `train_until` does to `model` under an output multiplier and plain SGD, and what it raises: see
    `CompiledCNN`."""
    compiled = CompiledCNN(model, c, centred, step, stop.batch, train, test)
    ended = follow(compiled, len(train[1]), stop, seed)
    compiled.write_back(model)
    return ended


def _side(images: torch.Tensor) -> int:
    height, width = images.shape[2:]
    if height != width or height % 4:
        raise ValueError(f"images of {height} x {width} pixels: sides must be equal and a multiple of 4")
    return height


def _samples(net: Network, space: Room, tensors: Tensors, centred: bool, side: int) -> Samples:
    images, labels = tensors
    n = len(labels)
    if int(labels.min()) < 0 or int(labels.max()) >= net.channels[-1]:
        raise ValueError(f"labels must lie in 0..{net.channels[-1] - 1}")
    inputs = np.ascontiguousarray(images.permute(0, 2, 3, 1).reshape(n, -1).numpy(), np.float32)
    samples = Samples(inputs, labels.numpy(), np.zeros((n, net.channels[-1]), np.float32))
    if centred:
        chunks = np.split(np.arange(n), range(space.lanes, n, space.lanes))
        starts = [_logits(net, space, samples, rows) for rows in chunks]
        samples.offsets[:] = np.concatenate(starts)
    return samples


def _logits(net: Network, space: Room, data: Samples, rows: np.ndarray) -> np.ndarray:
    """The network's logits (k, classes) of k <= lanes samples."""
    _evaluate(net, space, data, rows, np.float32(1))
    return space.outs[-1].reshape(-1, space.lanes)[:, : len(rows)].T.copy()


@njit
def _load(images, inputs, samples, lanes):
    """Images (place, colour) as the lanes of `images`; further lanes are black."""
    size = inputs.shape[1]
    for lane in range(lanes):
        if lane < len(samples):
            source = inputs[samples[lane]]
            for at in range(size):
                images[at * lanes + lane] = source[at]
        else:
            for at in range(size):
                images[at * lanes + lane] = ZERO


@njit
def _judge(room, data, samples, classes, scale):
    """Summed cross-entropy of scale * (logits - offsets) and how many are right; the slopes of the mean go to the
    room."""
    total, right, lanes = 0.0, 0, room.lanes
    logits, slopes = room.outs[4], room.outs_slopes[4]
    share = scale / np.float32(len(samples))
    slopes[:] = ZERO
    for lane in range(len(samples)):
        label, offsets = data.labels[samples[lane]], data.offsets[samples[lane]]
        best, chosen = LEAST, 0
        for k in range(classes):
            value = scale * (logits[k * lanes + lane] - offsets[k])
            logits[k * lanes + lane] = value
            if value > best:
                best, chosen = value, k
        mass = ZERO
        for k in range(classes):
            power = np.exp(logits[k * lanes + lane] - best)
            slopes[k * lanes + lane] = power
            mass += power
        total += np.log(mass) + best - logits[label * lanes + lane]
        right += chosen == label
        for k in range(classes):
            at = k * lanes + lane
            slopes[at] = share * (slopes[at] / mass - np.float32(k == label))
    return total, right


def _epoch(net, room, data, order, batch, rate, scale):
    """Steps begun, and whether every loss was finite; at the first that is not, the epoch ends."""
    steps = 0
    for first in range(0, len(order), batch):
        samples = order[first : first + batch]
        _load(room.ins[0], data.inputs, samples, room.lanes)
        forward(net, room)
        loss, _ = _judge(room, data, samples, net.channels[5], scale)
        steps += 1
        if not np.isfinite(loss):
            return steps, False
        backward(net, room, rate, len(samples))
    return steps, True


def _evaluate(net, room, data, order, scale):
    """Summed cross-entropy over the samples in `order`, and how many are right."""
    loss, right = 0.0, 0
    for first in range(0, len(order), room.lanes):
        samples = order[first : first + room.lanes]
        _load(room.ins[0], data.inputs, samples, room.lanes)
        forward(net, room)
        more, met = _judge(room, data, samples, net.channels[5], scale)
        loss += more
        right += met
    return loss, right


_epoch, _evaluate = (compiled(kernel, freedom="none") for kernel in (_epoch, _evaluate))
