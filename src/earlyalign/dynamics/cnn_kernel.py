"""Forward and backward pass of the five-layer convolutional network, in vectors over the samples of a batch.

Activations are (place, channel, sample): any width and image size fill whole vectors, and neighbours outside the image
are left out rather than multiplied as zeros. The classifier is a convolution over one place. A network's numbers
depend on nothing but its own weights and samples, bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit

from earlyalign.dynamics.pooling import ZERO, mask, maximum, pool, share, unpool
from earlyalign.dynamics.register_product import LANES, aligned, padded, weighted_sums

LAYERS = 5
PLAIN, POOL, MAXIMUM, LAST = range(4)
AFTER = (PLAIN, POOL, POOL, MAXIMUM, LAST)
"""What comes after a layer, as in `FiveLayerCNN`: nothing, the maximum over 2 x 2 places, that over all, the loss."""

LEAST = np.float32(-np.inf)


class Network(NamedTuple):
    """weights   of all layers one after another, each (taps, outputs, inputs), inputs filled up to whole vectors
    starts    of each layer in `weights`, and their end
    channels  of the images and after each layer
    sides     of what goes into each layer, in pixels
    maps      of each layer, see `neighbours`
    """

    weights: np.ndarray
    starts: tuple[int, ...]
    channels: tuple[int, ...]
    sides: tuple[int, ...]
    maps: tuple[tuple[np.ndarray, ...], ...]


class Room(NamedTuple):
    """Activations for `lanes` samples at a time, and the loss's derivatives by each.

    ins, outs  of the layers, (places, channels, lanes); where nothing comes between, one's outs are the next one's ins
    turned     the ins of one layer as (places, lanes, channels), channels filled up to whole vectors with zeros
    gradient   of one layer's weights
    """

    lanes: int
    ins: tuple[np.ndarray, ...]
    outs: tuple[np.ndarray, ...]
    ins_slopes: tuple[np.ndarray, ...]
    outs_slopes: tuple[np.ndarray, ...]
    turned: np.ndarray
    gradient: np.ndarray


def network(parts: Sequence[np.ndarray], side: int) -> Network:
    """Of the weights of each layer as torch has them, copied, for images side x side."""
    filled = [_filled(part) for part in parts]
    starts = (0, *(int(end) for end in np.cumsum([part.size for part in filled])))
    weights = aligned(starts[-1])
    weights[:] = np.concatenate([part.ravel() for part in filled])
    channels = (parts[0].shape[1], *(len(part) for part in parts))
    sides = side, side, side // 2, side // 4, 1
    maps = (*(neighbours(one, 3) for one in sides[:-1]), neighbours(1, 1))
    return Network(weights, starts, channels, sides, maps)


def parts_of(net: Network) -> list[np.ndarray]:
    """The weights of each layer as torch has them."""
    parts = []
    for layer, (before, after) in enumerate(pairwise(net.channels)):
        flat = net.weights[net.starts[layer] : net.starts[layer + 1]]
        taps = flat.reshape(-1, after, padded(before))[:, :, :before].transpose(1, 2, 0)
        parts.append(taps.reshape(after, before, 3, 3) if taps.shape[2] > 1 else taps[:, :, 0])
    return parts


def _filled(part: np.ndarray) -> np.ndarray:
    taps = part.reshape(*part.shape[:2], -1).transpose(2, 0, 1)
    return np.pad(taps, ((0, 0), (0, 0), (0, padded(part.shape[1]) - part.shape[1])))


def room(net: Network, batch: int) -> Room:
    """For batches of that size."""
    lanes = padded(batch)
    (ins, outs), (ins_slopes, outs_slopes) = (_activations(net, lanes) for _ in range(2))
    turned = max(side**2 * padded(before) * lanes for side, before in zip(net.sides, net.channels))
    largest = max(end - start for start, end in pairwise(net.starts))
    return Room(lanes, ins, outs, ins_slopes, outs_slopes, aligned(turned), aligned(largest))


def _activations(net: Network, lanes: int) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """The ins and the outs of all layers."""
    ins: list[np.ndarray] = []
    outs: list[np.ndarray] = []
    for layer, side in enumerate(net.sides):
        kept = layer and AFTER[layer - 1] == PLAIN
        ins.append(outs[-1] if kept else aligned(side**2 * net.channels[layer] * lanes))
        outs.append(aligned(side**2 * net.channels[layer + 1] * lanes))
    return tuple(ins), tuple(outs)


@cache
def neighbours(side: int, reach: int) -> tuple[np.ndarray, ...]:
    """Pairs of an output's place and an input's under a filter reach x reach on an image side x side, edges left out.

    Three lists, each with the starts of its runs: by output (starts, inputs, taps), by input (starts, outputs, taps),
    by tap (starts, outputs, inputs). All int64.
    """
    pairs = []
    for place in range(side**2):
        for tap in range(reach**2):
            row, column = place // side + tap // reach - reach // 2, place % side + tap % reach - reach // 2
            if 0 <= row < side and 0 <= column < side:
                pairs.append((place, row * side + column, tap))
    outputs, inputs, taps = np.array(pairs, np.int64).T
    back, by_tap = np.argsort(inputs, kind="stable"), np.argsort(taps, kind="stable")
    lists = (
        _starts(outputs, side**2), inputs, taps,
        _starts(inputs[back], side**2), outputs[back], taps[back],
        _starts(taps[by_tap], reach**2), outputs[by_tap], inputs[by_tap],
    )  # fmt: skip
    return tuple(np.ascontiguousarray(part) for part in lists)


def _starts(ordered: np.ndarray, count: int) -> np.ndarray:
    return np.searchsorted(ordered, np.arange(count + 1)).astype(np.int64)


@njit
def _sums(out, x, weights, places, taps, at, strides, counts, floor, rows, lanes):
    """`weighted_sums` for any number of rows and lanes, in tiles of up to twelve vectors: with what feeds them they
    fill sixteen registers."""
    o, v, w, t = at
    lane = 0
    while lane < lanes:
        left = (lanes - lane) // LANES
        vectors = 3 if left == 3 or left > 4 else 2 if left > 1 else 1
        row = 0
        while row < rows:
            here = o + row * strides[0] + lane, v + lane, w + row * strides[4], t
            height = 8 if vectors == 1 and rows - row >= 8 else 4 if rows - row >= 4 else 1
            if vectors == 3 and height == 4:
                weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, 4, 3)
            elif vectors == 2 and height == 4:
                weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, 4, 2)
            elif height == 8:
                weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, 8, 1)
            elif height == 4:
                weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, 4, 1)
            elif vectors == 3:
                weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, 1, 3)
            elif vectors == 2:
                weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, 1, 2)
            else:
                weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, 1, 1)
            row += height
        lane += vectors * LANES


@njit
def forward(net, room):
    """Logits, in room.outs[-1], of the images in room.ins[0]; every activation is kept."""
    lanes = room.lanes
    for layer in range(LAYERS):
        before, after, side = net.channels[layer], net.channels[layer + 1], net.sides[layer]
        wide = _wide(before)
        maps, out = net.maps[layer], room.outs[layer]
        starts, inputs, taps = maps[0], maps[1], maps[2]
        strides = lanes, before * lanes, lanes, after * wide, wide, 1
        floor = LEAST if AFTER[layer] == LAST else ZERO
        for place in range(side * side):
            at = place * after * lanes, 0, net.starts[layer], starts[place]
            counts = starts[place + 1] - starts[place], before
            _sums(out, room.ins[layer], net.weights, inputs, taps, at, strides, counts, floor, after, lanes)
        if AFTER[layer] == POOL:
            pool(room.ins[layer + 1], out, side, after * lanes)
        elif AFTER[layer] == MAXIMUM:
            maximum(room.ins[layer + 1], out, side * side, after * lanes)


@njit
def backward(net, room, rate, count):
    """One step of size `rate` on every weight, down the slopes in room.outs_slopes[-1], of which the first `count`
    lanes are samples."""
    lanes, gradient = room.lanes, room.gradient
    for layer in range(LAYERS - 1, -1, -1):
        before, after, side = net.channels[layer], net.channels[layer + 1], net.sides[layer]
        slopes, outs, maps = room.outs_slopes[layer], room.outs[layer], net.maps[layer]
        wide = _wide(before)
        if AFTER[layer] == PLAIN:
            mask(slopes, outs)
        elif AFTER[layer] == POOL:
            unpool(slopes, room.ins_slopes[layer + 1], outs, room.ins[layer + 1], side, after * lanes)
        elif AFTER[layer] == MAXIMUM:
            share(slopes, room.ins_slopes[layer + 1], outs, room.ins[layer + 1], side * side, after * lanes)
        if layer:
            starts, outputs, taps = maps[3], maps[4], maps[5]
            strides = lanes, after * lanes, lanes, after * wide, 1, wide
            into = room.ins_slopes[layer]
            for place in range(side * side):
                at = place * before * lanes, 0, net.starts[layer], starts[place]
                counts = starts[place + 1] - starts[place], after
                _sums(into, slopes, net.weights, outputs, taps, at, strides, counts, LEAST, before, lanes)
        _turn(room.turned, room.ins[layer], side * side, before, wide, lanes, count)
        starts, outputs, inputs = maps[6], maps[7], maps[8]
        strides = wide, lanes * wide, wide, after * lanes, lanes, 1
        for tap in range(len(starts) - 1):
            at = tap * after * wide, 0, 0, starts[tap]
            counts = starts[tap + 1] - starts[tap], count
            _sums(gradient, room.turned, slopes, inputs, outputs, at, strides, counts, LEAST, after, wide)
        weights = net.weights[net.starts[layer] : net.starts[layer + 1]]
        for k in range(len(weights)):
            weights[k] -= rate * gradient[k]


@njit
def _wide(count):
    """`padded`, compiled."""
    return -(-count // LANES) * LANES


@njit
def _turn(turned, values, places, channels, wide, lanes, count):
    """(places, channels, lanes) to (places, lanes, channels), the first `count` lanes."""
    for place in range(places):
        for channel in range(wide):
            start = (place * channels + channel) * lanes
            row = values[start : start + count] if channel < channels else values[:0]
            to = turned[place * lanes * wide + channel : (place + 1) * lanes * wide]
            for lane in range(count):
                to[lane * wide] = row[lane] if channel < channels else ZERO
