"""Activations: sigma and sigma' as compiled scalar functions, and sigma on arrays.

These are the definitions, to the rounding of their arguments. The mini-batch kernels have their own vector forms of
them (`earlyalign.dynamics.lane_activations`), which are tested against these.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numba import njit
from scipy.special import ndtr

Scalar = Callable[[float], float]
OnArrays = Callable[[np.ndarray], np.ndarray]

_INVERSE_SQRT_2 = 0.7071067811865476
_INVERSE_SQRT_2_PI = 0.3989422804014327


@njit(inline="always")
def relu(s):
    """sigma(s) = max(s, 0)."""
    return max(s, type(s)(0))


@njit(inline="always")
def relu_slope(s):
    """sigma'(s), with sigma'(0) = 0: the element of the subdifferential [0, 1] that torch takes too."""
    return type(s)(1) if s > 0 else type(s)(0)


@njit(inline="always")
def gelu(s):
    """sigma(s) = s Phi(s), Phi the Gaussian distribution function (the exact GeLU, not its tanh approximation)."""
    one = type(s)
    return s * one(0.5) * math.erfc(-s * one(_INVERSE_SQRT_2))


@njit(inline="always")
def gelu_slope(s):
    """sigma'(s) = Phi(s) + s phi(s)."""
    one = type(s)
    density = one(_INVERSE_SQRT_2_PI) * math.exp(-s * s * one(0.5))
    return one(0.5) * math.erfc(-s * one(_INVERSE_SQRT_2)) + s * density


def registry(**pairs: tuple[Scalar, Scalar]) -> dict[str, tuple[Scalar, Scalar]]:
    """Name -> (sigma, sigma'). Raises ValueError for sigma(0) != 0: neurons and samples that fill up a block are zero
    and must add nothing."""
    for name, (sigma, _) in pairs.items():
        at_zero = sigma.py_func(0.0)
        if at_zero != 0:
            raise ValueError(f"activation {name!r} has sigma(0) = {at_zero}; it must be 0")
    return pairs


ACTIVATIONS = registry(relu=(relu, relu_slope), gelu=(gelu, gelu_slope))
"""Name -> (sigma, sigma')."""

_ON_ARRAYS: dict[str, OnArrays] = {"relu": lambda s: np.maximum(s, 0.0), "gelu": lambda s: s * ndtr(s)}


def named(name: str) -> tuple[Scalar, Scalar]:
    """sigma and sigma' of the activation `name`. Raises ValueError for an unknown one."""
    _check(name)
    return ACTIVATIONS[name]


def on_arrays(name: str) -> OnArrays:
    """sigma of the activation `name`, entry by entry. Raises ValueError for an unknown one."""
    _check(name)
    return _ON_ARRAYS[name]


def _check(name: str) -> None:
    if name not in ACTIVATIONS:
        raise ValueError(f"unknown activation {name!r}; allowed: {', '.join(ACTIVATIONS)}")
