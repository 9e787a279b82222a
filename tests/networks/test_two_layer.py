"""The network and its initialisations: what each promises, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from earlyalign.networks.two_layer import TwoLayer, dominated_init, gaussian_init


def test_flat_and_back():
    net = gaussian_init(7, 3, 1.0, np.random.default_rng(0))
    again = TwoLayer.from_flat(net.flat(), 3)
    assert np.array_equal(net.inner, again.inner)
    assert np.array_equal(net.outer, again.outer)


def test_prediction_is_positively_homogeneous():
    net = gaussian_init(7, 3, 1.0, np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((5, 3))
    np.testing.assert_allclose(net.predict(3.5 * x), 3.5 * net.predict(x))


@given(st.integers(2, 60), st.integers(1, 8), st.floats(1e-4, 1.0), st.floats(1.0, 3.0), st.integers(0, 99))
def test_dominated_init_dominates_and_has_both_signs(m, d, scale, power, seed):
    net = dominated_init(m, d, scale, np.random.default_rng(seed), power)
    assert np.all(np.abs(net.outer) >= np.linalg.norm(net.inner, axis=1))
    assert 0 < net.positive.sum() < m
    np.testing.assert_allclose(np.abs(net.outer), scale / np.sqrt(m))


def test_gaussian_init_has_the_variance_it_was_given():
    net = gaussian_init(4000, 5, 0.04, np.random.default_rng(0))
    assert net.flat().var() == pytest.approx(0.04, rel=0.05)


@pytest.mark.parametrize("bad", [{"init_scale": 0.0}, {"init_scale": 2.0}, {"power": 0.5}])
def test_dominated_init_refuses_what_breaks_domination(bad):
    with pytest.raises(ValueError, match="must"):
        dominated_init(4, 2, **{"init_scale": 0.1, "power": 2.0, **bad}, rng=np.random.default_rng(0))


def test_width_and_dimension_must_be_positive():
    with pytest.raises(ValueError, match="at least 1"):
        gaussian_init(0, 2, 1.0, np.random.default_rng(0))


def test_prediction_follows_its_activation_and_refuses_an_unknown_one():
    net = gaussian_init(7, 3, 1.0, np.random.default_rng(0))
    x = np.random.default_rng(1).standard_normal((5, 3))
    before = x @ net.inner.T
    np.testing.assert_allclose(net.predict(x, "relu"), np.maximum(before, 0) @ net.outer)
    np.testing.assert_allclose(net.predict(x, "gelu"), (before * ndtr(before)) @ net.outer)
    with pytest.raises(ValueError, match="unknown activation 'swish'"):
        net.predict(x, "swish")
