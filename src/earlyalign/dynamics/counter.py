"""A counter-based random generator for kernels: the k-th draw is a pure function of (seed, k).

SplitMix64 (Steele, Lea & Flood 2014): the state is seed + k * gamma, so nothing has to be carried along, and a run
that stops after any step goes on as if it had not.
"""

from __future__ import annotations

import numpy as np
from numba import int64, njit, uint64

_GAMMA = np.uint64(0x9E3779B97F4A7C15)


@njit(inline="always")
def mix(z):
    """SplitMix64's finaliser: 64 bits to 64 bits, bijective."""
    z = (z ^ (z >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> uint64(27))) * uint64(0x94D049BB133111EB)
    return z ^ (z >> uint64(31))


@njit(inline="always")
def uniform_index(seed, k, n):
    """The k-th draw of stream `seed`: an index in {0, …, n−1}, uniform up to n / 2^32."""
    bits = mix(uint64(seed) + (uint64(k) + uint64(1)) * _GAMMA)
    return (int64(bits >> uint64(32)) * int64(n)) >> int64(32)


@njit
def batch_indices(seed, step, batch_size, n):
    """(batch_size,) the samples of one step of SGD: i.i.d. uniform, with replacement."""
    indices = np.empty(batch_size, np.int64)
    for b in range(batch_size):
        indices[b] = uniform_index(seed, step * batch_size + b, n)
    return indices
