"""Activations as compiled scalar functions, inlined into the fused kernels: sigma and sigma'.

They are written in plain arithmetic, without calls into a mathematics library, so that loops over neurons become vector
code.
"""

from __future__ import annotations

from collections.abc import Callable

from numba import njit

Scalar = Callable[[float], float]

_INVERSE_SQRT_2 = 0.7071067811865476
_INVERSE_SQRT_2_PI = 0.3989422804014327
_ERF_END = 3.832506856900711
"""Beyond it erf is 1 in float32."""


@njit(inline="always")
def relu(s):
    """sigma(s) = max(s, 0)."""
    return max(s, type(s)(0))


@njit(inline="always")
def relu_slope(s):
    """sigma'(s), with sigma'(0) = 0: the element of the subdifferential [0, 1] that torch takes too."""
    return type(s)(1) if s > 0 else type(s)(0)


@njit(inline="always")
def erf32(x):
    """The error function to float32 rounding: a rational approximation in x^2, clamped where it is 1.

    Coefficients as used by Eigen and XLA for float32.
    """
    one = type(x)
    x = min(max(x, one(-_ERF_END)), one(_ERF_END))
    u = x * x
    top = one(-2.72614225801306e-10)
    top = top * u + one(2.77068142495902e-08)
    top = top * u + one(-2.10102402082508e-06)
    top = top * u + one(-5.69250639462346e-05)
    top = top * u + one(-7.34990630326855e-04)
    top = top * u + one(-2.95459980854025e-03)
    top = top * u + one(-1.60960333262415e-02)
    bottom = one(-1.45660718464996e-05)
    bottom = bottom * u + one(-2.13374055278905e-04)
    bottom = bottom * u + one(-1.68282697438203e-03)
    bottom = bottom * u + one(-7.37332916720468e-03)
    bottom = bottom * u + one(-1.42647390514189e-02)
    return x * top / bottom


@njit(inline="always")
def gauss32(s):
    """exp(-s^2 / 2) to a few units of float32 rounding: a Taylor polynomial of the 64th root, squared six times."""
    one = type(s)
    u = min(s * s, one(60)) * one(-0.5 / 64)
    p = one(1 / 720)
    p = p * u + one(1 / 120)
    p = p * u + one(1 / 24)
    p = p * u + one(1 / 6)
    p = p * u + one(1 / 2)
    p = p * u + one(1)
    p = p * u + one(1)
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    p = p * p
    return p * p


@njit(inline="always")
def gelu(s):
    """sigma(s) = s Phi(s), Phi the Gaussian distribution function (the exact GeLU, not its tanh approximation)."""
    one = type(s)
    return s * one(0.5) * (one(1) + erf32(s * one(_INVERSE_SQRT_2)))


@njit(inline="always")
def gelu_slope(s):
    """sigma'(s) = Phi(s) + s phi(s)."""
    one = type(s)
    return one(0.5) * (one(1) + erf32(s * one(_INVERSE_SQRT_2))) + s * one(_INVERSE_SQRT_2_PI) * gauss32(s)


ACTIVATIONS: dict[str, tuple[Scalar, Scalar]] = {"relu": (relu, relu_slope), "gelu": (gelu, gelu_slope)}
"""Name -> (sigma, sigma')."""
