"""Maxima over places and their slopes, over rows of channels and samples: places come first, and a row is contiguous.

Everything here follows a rectifier, so a maximum that is not positive passes nothing back.
"""

from __future__ import annotations

import numpy as np
from numba import njit

ZERO = np.float32(0)


@njit
def _block(values, place, side, row):
    """The four places, each a row, under a place of the pooled image."""
    half = side // 2
    a = ((place // half) * 2 * side + (place % half) * 2) * row
    c = a + side * row
    return (
        values[a : a + row],
        values[a + row : a + 2 * row],
        values[c : c + row],
        values[c + row : c + 2 * row],
    )


@njit
def _larger(best, rival):
    """What is not a number wins."""
    return best if rival <= best or best != best else rival


@njit
def pool(pooled, values, side, row):
    """The largest of each 2 x 2 places."""
    for place in range((side // 2) ** 2):
        first, second, third, fourth = _block(values, place, side, row)
        out = pooled[place * row : (place + 1) * row]
        for at in range(row):
            out[at] = _larger(_larger(first[at], second[at]), _larger(third[at], fourth[at]))


@njit
def unpool(slopes, pooled_slopes, values, pooled, side, row):
    """To the first of 2 x 2 places that has the maximum, if that is positive."""
    for place in range((side // 2) ** 2):
        first, second, third, _ = _block(values, place, side, row)
        to_first, to_second, to_third, to_fourth = _block(slopes, place, side, row)
        start, end = place * row, (place + 1) * row
        largest, given = pooled[start:end], pooled_slopes[start:end]
        for at in range(row):
            left = given[at] if largest[at] > ZERO else ZERO
            to_first[at] = left if first[at] == largest[at] else ZERO
            left = ZERO if first[at] == largest[at] else left
            to_second[at] = left if second[at] == largest[at] else ZERO
            left = ZERO if second[at] == largest[at] else left
            to_third[at] = left if third[at] == largest[at] else ZERO
            to_fourth[at] = ZERO if third[at] == largest[at] else left


@njit
def maximum(largest, values, places, row):
    """The largest over all places."""
    for at in range(row):
        largest[at] = values[at]
    for place in range(1, places):
        here = values[place * row : (place + 1) * row]
        for at in range(row):
            largest[at] = _larger(largest[at], here[at])


@njit
def share(slopes, total, values, largest, places, row):
    """Evenly among the places that have the maximum, if that is positive."""
    ties = np.zeros(row, np.float32)
    for place in range(places):
        here = values[place * row : (place + 1) * row]
        for at in range(row):
            ties[at] += np.float32(1) if here[at] == largest[at] else ZERO
    for place in range(places):
        here, out = values[place * row : (place + 1) * row], slopes[place * row : (place + 1) * row]
        for at in range(row):
            holds = largest[at] > ZERO and here[at] == largest[at]
            out[at] = total[at] / ties[at] if holds else ZERO


@njit
def mask(slopes, values):
    """Slopes become zero, in place, where `values` are not positive."""
    for at in range(len(values)):
        slopes[at] = slopes[at] if values[at] > ZERO else ZERO
