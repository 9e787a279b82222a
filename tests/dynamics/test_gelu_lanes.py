"""GeLU's vector form against the C library's erfc and exp in float64: over the whole range, and in the tails."""

import numpy as np
import pytest
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from scipy.special import ndtr

from earlyalign.dynamics.gelu_lanes import density, tail, value_and_slope
from earlyalign.dynamics.lanes import LANES, Memory, index

EPSILON = 2.0**-23


@intrinsic
def _apply(typing, source, phi, below, value, slope, vectors):
    def generate(context, build, signature, values):
        kinds = zip(signature.args[:5], values)
        source, *outputs = (Memory(build, context.make_array(k)(context, build, v).data) for k, v in kinds)
        with cgutils.for_range(build, values[5]) as loop:
            at = build.mul(loop.index, index(LANES))
            s = source.load(at)
            phi = density(s)
            q = tail(s, phi)
            for memory, lanes in zip(outputs, (phi, q, *value_and_slope(s, phi, q))):
                memory.store(at, lanes)
        return context.get_dummy_value()

    return types.void(source, phi, below, value, slope, vectors), generate


@njit
def _run(source, phi, below, value, slope):
    _apply(source, phi, below, value, slope, len(source) // LANES)


def evaluate(at):
    """phi(s), Phi(-|s|), sigma(s) and sigma'(s) at float32 numbers, as many as fill whole vectors."""
    outputs = [np.empty_like(at) for _ in range(4)]
    _run(at, *outputs)
    return outputs


def _points(low, high, count=1 << 18):
    return np.linspace(low, high, count).astype(np.float32)


def _exact_density(s):
    return np.exp(-(s**2) / 2) / np.sqrt(2 * np.pi)


def test_value_and_slope_are_right_to_float32_rounding_everywhere():
    """Two units in the last place; torch's own float32 GeLU is within 2.1."""
    ends = np.float32([0, -0.0, 1e4, -1e4, 1e15, -1e15, 3, -3])
    at = np.concatenate([_points(-14, 14), _points(-1e-3, 1e-3), ends])
    exact = at.astype(np.float64)
    _, _, value, slope = evaluate(at)
    error = np.abs(value - exact * ndtr(exact))
    assert np.all(error <= 2 * EPSILON * np.abs(exact))
    curve = np.where(np.abs(exact) < 40, exact * _exact_density(np.clip(exact, -40, 40)), 0.0)
    assert np.abs(slope - (ndtr(exact) + curve)).max() <= 2 * EPSILON


def test_tails_keep_their_relative_accuracy():
    """Rounding s^2 in the exponent costs up to s^2 / 2 units; the rest stays within five, as far as 11 deviations."""
    at = _points(0, 11)
    exact = at.astype(np.float64)
    phi, below, _, _ = evaluate(at)
    allowed = EPSILON * (5 + exact**2 / 2)
    assert np.all(np.abs(phi / _exact_density(exact) - 1) <= allowed)
    assert np.all(np.abs(below / ndtr(-exact) - 1) <= allowed)


def test_far_tails_vanish_and_carry_no_garbage():
    at = np.float32([12, -12, 20, -20, 1e10, -1e10, 1e19, -1e19])
    phi, below, value, slope = evaluate(at)
    assert np.all(phi < 1e-30)
    assert np.all(below < 1e-30)
    assert np.array_equal(value[::2], at[::2])
    assert np.abs(value[1::2]).max() < 1e-29
    assert np.array_equal(slope > 0.5, at > 0)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_slope_is_the_derivative_of_the_value(seed):
    at = np.random.default_rng(seed).uniform(-6, 6, 4096).astype(np.float32)
    step = np.float32(2.0**-6)
    above, below = evaluate(at + step)[2], evaluate(at - step)[2]
    np.testing.assert_allclose((above - below) / ((at + step) - (at - step)), evaluate(at)[3], atol=1e-4)
