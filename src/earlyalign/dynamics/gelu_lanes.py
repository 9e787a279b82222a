"""GeLU on lanes: s Phi(s), exactly and not by tanh, and its slope, to float32 rounding.

With z = |s|, phi the Gaussian density and q = Phi(-z) = phi * (Mills' ratio of z),

    sigma = max(s, 0) - z q,    sigma' = 1/2 + sign(s) (1/2 - q + z phi),

so that one exponential and one quotient serve both, and the tails keep their relative accuracy.
"""

from __future__ import annotations

from earlyalign.dynamics.lanes import Lanes

_HALF_LOG2_E = 0.7213475204444817
_LARGEST_SQUARE = 138.6
_ROUND = 1.5 * 2**23
"""Added to a float32 it leaves an integer in the lowest bits."""

_POWER = (
    *(0.3989423089875278, 0.2765256316942627, 0.0958343922265345),
    *(0.022144142105276876, 0.0038599825275409845, 0.0005296546267720719),
)
"""2^x / sqrt(2 pi) on [-1/2, 1/2], least largest relative error, 7.5e-8; the constant term first."""

_SHRINK = 0.3
_MILLS = (0.29983353, 0.30317438, 0.24745224, 0.33197884, -0.15270465, 0.53675246, -0.40527028, 0.0920975)
"""Mills' ratio over t, in powers of t = 1 / (1 + 0.3 z); least largest relative error over z >= 0, 9e-8."""


def density(s: Lanes) -> Lanes:
    """phi(s): a power of two times a polynomial in what is left of the exponent. It is not below 2^-102, far below
    every rounding, which keeps denormal numbers away."""
    square = (s * s).least(_LARGEST_SQUARE)
    moved = square * -_HALF_LOG2_E + _ROUND
    rest = square * -_HALF_LOG2_E - (moved - _ROUND)
    return (_polynomial(rest, _POWER).bits + (moved.bits << 23)).floats


def tail(s: Lanes, phi: Lanes) -> Lanes:
    """Phi(-|s|) from phi(s)."""
    t = 1.0 / (s.magnitude * _SHRINK + 1.0)
    return phi * (t * _polynomial(t, _MILLS))


def value_and_slope(s: Lanes, phi: Lanes, q: Lanes) -> tuple[Lanes, Lanes]:
    """sigma(s) and sigma'(s)."""
    z = s.magnitude
    below = q - z * phi
    return s.most(0.0) - z * q, s.pick_by_sign(below, 1.0 - below)


def _polynomial(at: Lanes, coefficients: tuple[float, ...]) -> Lanes:
    value = at.of(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        value = value * at + c
    return value
