"""Activations as compiled scalar functions, inlined into the fused kernels: sigma and sigma'."""

from __future__ import annotations

from collections.abc import Callable

from numba import njit

Scalar = Callable[[float], float]


@njit(inline="always")
def relu(s):
    """sigma(s) = max(s, 0)."""
    return max(s, type(s)(0))


@njit(inline="always")
def relu_slope(s):
    """sigma'(s), with sigma'(0) = 0: the element of the subdifferential [0, 1] that torch takes too."""
    return type(s)(1) if s > 0 else type(s)(0)


ACTIVATIONS: dict[str, tuple[Scalar, Scalar]] = {"relu": (relu, relu_slope)}
"""Name -> (sigma, sigma')."""
