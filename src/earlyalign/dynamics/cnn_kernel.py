"""Forward and backward pass of the five-layer convolutional network, in vectors over the samples of a batch.

Activations are (place, channel, sample): any width and image size fill whole vectors, and neighbours outside the image
are left out rather than multiplied as zeros. Weights are as torch has them, all layers one after another. A network's
numbers depend on nothing but its own weights and samples, bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numba import njit

from earlyalign.dynamics.lanes import COLUMNS, LANES, ROWS, VECTORS, aligned, descend, padded, weighted_sums

TAPS = 9
"""Places of a 3 x 3 filter."""

POOLED = (False, True, True, False)
"""After which convolutions the maximum over 2 x 2 places is taken, as in `FiveLayerCNN`."""

ZERO, LEAST = np.float32(0), np.float32(-np.inf)


class Network(NamedTuple):
    """weights   all layers, each (outputs, inputs, 3, 3) or (classes, channels), one after another
    starts    of each layer in `weights`
    channels  of the images and after each convolution
    sides     of what goes into each convolution, in pixels
    classes   how many
    maps      of each convolution, see `neighbours`
    """

    weights: np.ndarray
    starts: tuple[int, ...]
    channels: tuple[int, ...]
    sides: tuple[int, ...]
    classes: int
    maps: tuple[tuple[np.ndarray, ...], ...]


class Room(NamedTuple):
    """Activations for `lanes` samples at a time, and below them the loss's derivatives by each.

    ins, outs  of the convolutions, (places, channels, lanes); without pooling one's outs are the next one's ins
    features   (channels, lanes), the largest over the last convolution's places
    logits     (classes, lanes)
    """

    lanes: int
    ins: tuple[np.ndarray, ...]
    outs: tuple[np.ndarray, ...]
    features: np.ndarray
    logits: np.ndarray
    ins_slopes: tuple[np.ndarray, ...]
    outs_slopes: tuple[np.ndarray, ...]
    features_slopes: np.ndarray
    logits_slopes: np.ndarray


class Samples(NamedTuple):
    """inputs (n, places * colours), labels (n,), and offsets (n, classes) to be taken off a network's logits."""

    inputs: np.ndarray
    labels: np.ndarray
    offsets: np.ndarray


def network(parts: Sequence[np.ndarray], side: int) -> Network:
    """Of the weights of each layer, copied, for images side x side."""
    sizes = [part.size for part in parts]
    weights = aligned(sum(sizes))
    weights[:] = np.concatenate([part.ravel() for part in parts])
    starts = (0, *(int(end) for end in np.cumsum(sizes)[:-1]))
    channels = (parts[0].shape[1], *(part.shape[0] for part in parts[:4]))
    sides = side, side, side // 2, side // 4
    return Network(weights, starts, channels, sides, len(parts[4]), tuple(map(neighbours, sides)))


def room(net: Network, batch: int) -> Room:
    """For batches of that size."""
    lanes = padded(batch)
    ins, outs = ([], []), ([], [])
    for layer, side in enumerate(net.sides):
        for into, out in zip(ins, outs):
            kept = layer and not POOLED[layer - 1]
            into.append(out[-1] if kept else aligned(side**2 * net.channels[layer] * lanes))
            out.append(aligned(side**2 * net.channels[layer + 1] * lanes))
    ends = [aligned(size * lanes) for size in (net.channels[4], net.classes) * 2]
    return Room(lanes, tuple(ins[0]), tuple(outs[0]), *ends[:2], tuple(ins[1]), tuple(outs[1]), *ends[2:])


@cache
def neighbours(side: int) -> tuple[np.ndarray, ...]:
    """Pairs of an output's place and an input's in a 3 x 3 convolution of a side x side image, edges left out.

    Three lists, each with the starts of its runs: by output (starts, inputs, taps), by input (starts, outputs, taps), by
    tap (starts, outputs, inputs). All int64.
    """
    rows, columns = np.divmod(np.arange(side * side), side)
    pairs = [
        (place, (row + tap // 3 - 1) * side + column + tap % 3 - 1, tap)
        for place, (row, column) in enumerate(zip(rows, columns))
        for tap in range(TAPS)
        if 0 <= row + tap // 3 - 1 < side and 0 <= column + tap % 3 - 1 < side
    ]
    outputs, inputs, taps = np.array(pairs, np.int64).T
    back, by_tap = np.argsort(inputs, kind="stable"), np.argsort(taps, kind="stable")
    found = (
        _starts(outputs, side * side), inputs, taps,
        _starts(inputs[back], side * side), outputs[back], taps[back],
        _starts(taps[by_tap], TAPS), outputs[by_tap], inputs[by_tap],
    )  # fmt: skip
    return tuple(np.ascontiguousarray(part) for part in found)


def _starts(ordered: np.ndarray, count: int) -> np.ndarray:
    return np.searchsorted(ordered, np.arange(count + 1)).astype(np.int64)


@njit(cache=True)
def _sums(out, x, weights, places, taps, at, strides, counts, floor, rows, lanes):
    """`weighted_sums` for any number of rows and lanes."""
    o, v, w, t = at
    for lane in range(0, lanes, VECTORS * LANES):
        vectors = min(VECTORS, (lanes - lane) // LANES)
        row = 0
        while row < rows:
            here = o + row * strides[0] + lane, v + lane, w + row * strides[3], t
            if rows - row >= ROWS:
                if vectors == 3:
                    weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, ROWS, 3)
                elif vectors == 2:
                    weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, ROWS, 2)
                else:
                    weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, ROWS, 1)
                row += ROWS
            else:
                if vectors == 3:
                    weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, 1, 3)
                elif vectors == 2:
                    weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, 1, 2)
                else:
                    weighted_sums(out, x, weights, places, taps, here, strides, counts, floor, 1, 1)
                row += 1


@njit(cache=True)
def _steps(weights, y, x, y_places, x_places, at, strides, counts, rate, rows, columns):
    """`descend` for any number of rows and columns."""
    w, u, v, t = at
    for row in range(0, rows - rows % ROWS, ROWS):
        for column in range(0, columns - columns % COLUMNS, COLUMNS):
            here = w + row * strides[0] + column * strides[1], u + row * strides[3], v + column * strides[3], t
            descend(weights, y, x, y_places, x_places, here, strides, counts, rate, ROWS, COLUMNS)
        if columns % COLUMNS:
            column = columns - 1
            here = w + row * strides[0] + column * strides[1], u + row * strides[3], v + column * strides[3], t
            descend(weights, y, x, y_places, x_places, here, strides, counts, rate, ROWS, 1)
    for row in range(rows - rows % ROWS, rows):
        for column in range(columns):
            here = w + row * strides[0] + column * strides[1], u + row * strides[3], v + column * strides[3], t
            descend(weights, y, x, y_places, x_places, here, strides, counts, rate, 1, 1)


@njit(cache=True)
def forward(net, room):
    """Logits of the images in room.ins[0]; every activation is kept."""
    whole = np.zeros(1, np.int64)
    lanes = room.lanes
    for layer in range(4):
        before, after = net.channels[layer], net.channels[layer + 1]
        out, starts, inputs, taps = room.outs[layer], net.maps[layer][0], net.maps[layer][1], net.maps[layer][2]
        strides = lanes, before * lanes, lanes, before * TAPS, TAPS
        for place in range(net.sides[layer] ** 2):
            at = place * after * lanes, 0, net.starts[layer], starts[place]
            counts = starts[place + 1] - starts[place], before
            _sums(out, room.ins[layer], net.weights, inputs, taps, at, strides, counts, ZERO, after, lanes)
        if POOLED[layer]:
            _pool(room.ins[layer + 1], out, net.sides[layer], after * lanes)
    last = net.channels[4]
    _largest(room.features, room.outs[3], net.sides[3] ** 2, last * lanes)
    at, strides = (0, 0, net.starts[4], 0), (lanes, 0, lanes, last, 1)
    _sums(
        room.logits, room.features, net.weights, whole, whole, at, strides, (1, last), LEAST, net.classes, lanes
    )


@njit(cache=True)
def backward(net, room, rate):
    """One step of size `rate` on every weight, down the slopes in room.logits_slopes."""
    whole = np.zeros(1, np.int64)
    lanes, last = room.lanes, net.channels[4]
    slopes, weights = room.logits_slopes, net.weights
    at, strides = (0, 0, net.starts[4], 0), (lanes, 0, lanes, 1, last)
    _sums(
        room.features_slopes, slopes, weights, whole, whole, at, strides, (1, net.classes), LEAST, last, lanes
    )
    at, strides = (net.starts[4], 0, 0, 0), (last, 1, 0, lanes, 0)
    _steps(weights, slopes, room.features, whole, whole, at, strides, (1, lanes), rate, net.classes, last)
    _share(
        room.outs_slopes[3], room.features_slopes, room.outs[3], room.features, net.sides[3] ** 2, last * lanes
    )
    for layer in range(3, -1, -1):
        before, after = net.channels[layer], net.channels[layer + 1]
        slopes, maps = room.outs_slopes[layer], net.maps[layer]
        if layer:
            starts, outputs, taps = maps[3], maps[4], maps[5]
            strides = lanes, after * lanes, lanes, TAPS, before * TAPS
            found = room.ins_slopes[layer]
            for place in range(net.sides[layer] ** 2):
                at = place * before * lanes, 0, net.starts[layer], starts[place]
                counts = starts[place + 1] - starts[place], after
                _sums(found, slopes, weights, outputs, taps, at, strides, counts, LEAST, before, lanes)
        starts, outputs, inputs = maps[6], maps[7], maps[8]
        strides = before * TAPS, TAPS, after * lanes, lanes, before * lanes
        for tap in range(TAPS):
            at = net.starts[layer] + tap, 0, 0, starts[tap]
            counts = starts[tap + 1] - starts[tap], lanes
            _steps(weights, slopes, room.ins[layer], outputs, inputs, at, strides, counts, rate, after, before)
        if layer:
            below, found = room.outs_slopes[layer - 1], room.outs[layer - 1]
            if POOLED[layer - 1]:
                side = net.sides[layer - 1]
                _unpool(below, room.ins_slopes[layer], found, room.ins[layer], side, before * lanes)
            else:
                _mask(below, found)


@njit(cache=True)
def _pool(pooled, found, side, row):
    """The largest of each 2 x 2 places; what is not a number wins."""
    half = side // 2
    for place in range(half * half):
        corner = (place // half) * 2 * side + (place % half) * 2
        for at in range(row):
            best = found[corner * row + at]
            for other in (corner + 1, corner + side, corner + side + 1):
                rival = found[other * row + at]
                best = best if rival <= best or best != best else rival
            pooled[place * row + at] = best


@njit(cache=True)
def _unpool(slopes, pooled_slopes, found, pooled, side, row):
    """To the first of 2 x 2 places that has the maximum, if that is positive."""
    half = side // 2
    for place in range(half * half):
        corner = (place // half) * 2 * side + (place % half) * 2
        a, b, c, d = corner * row, (corner + 1) * row, (corner + side) * row, (corner + side + 1) * row
        for at in range(row):
            best = pooled[place * row + at]
            given = pooled_slopes[place * row + at] if best > ZERO else ZERO
            first, second, third = found[a + at] == best, found[b + at] == best, found[c + at] == best
            slopes[a + at] = given if first else ZERO
            slopes[b + at] = given if second and not first else ZERO
            slopes[c + at] = given if third and not (first or second) else ZERO
            slopes[d + at] = ZERO if first or second or third else given


@njit(cache=True)
def _largest(largest, found, places, row):
    """The largest over all places; what is not a number wins."""
    for at in range(row):
        largest[at] = found[at]
    for place in range(1, places):
        for at in range(row):
            best, rival = largest[at], found[place * row + at]
            largest[at] = best if rival <= best or best != best else rival


@njit(cache=True)
def _share(slopes, total, found, largest, places, row):
    """Evenly among the places that have the maximum, if that is positive."""
    for at in range(row):
        ties = 0
        for place in range(places):
            ties += found[place * row + at] == largest[at]
        given = total[at] / np.float32(max(ties, 1)) if largest[at] > ZERO else ZERO
        for place in range(places):
            slopes[place * row + at] = given if found[place * row + at] == largest[at] else ZERO


@njit(cache=True)
def _mask(slopes, found):
    for at in range(len(found)):
        slopes[at] = slopes[at] if found[at] > ZERO else ZERO
