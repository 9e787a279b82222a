"""The rescaled early phase: tanh in one cell, independence of the scale, the time that is available."""

from __future__ import annotations

import numpy as np
import pytest

from earlyalign.dynamics.early_alignment import align, alignment_time
from earlyalign.networks.two_layer import TwoLayer, dominated_init

POINTS = np.array([[1.0, 0.2], [1.0, -0.3], [0.8, 0.1]])
LABELS = np.array([1.0, 2.0, 0.5])
PULL = LABELS @ POINTS / 3
LENGTH = float(np.linalg.norm(PULL))


def test_inside_one_cell_the_neuron_follows_tanh():
    net = TwoLayer(0.1 * PULL[None] / LENGTH, np.ones(1))
    times = np.linspace(0, 4, 9)
    path = align(net, POINTS, LABELS, 1e-10, times, rtol=1e-8)
    u = path.inner_norm[:, 0] / path.outer[:, 0]
    np.testing.assert_allclose(u, np.tanh(LENGTH * times + np.arctanh(0.1)), atol=1e-6)


def test_directions_do_not_depend_on_the_scale_while_it_is_small():
    net = dominated_init(20, 2, 1.0, np.random.default_rng(0), power=1.0)
    times = np.linspace(0, 3, 5)
    small, smaller = (align(net, POINTS, LABELS, scale, times, rtol=1e-7) for scale in (1e-6, 1e-12))
    assert np.abs(small.directions - smaller.directions).max() < 1e-4


def test_a_large_scale_feels_the_network_s_own_output():
    net = dominated_init(20, 2, 1.0, np.random.default_rng(0), power=1.0)
    times = np.linspace(0, 3, 5)
    small, large = (align(net, POINTS, LABELS, scale, times, rtol=1e-7) for scale in (1e-6, 1.0))
    assert np.abs(small.outer[-1] - large.outer[-1]).max() > 0.1


def test_output_weights_grow_by_no_more_than_the_time_allows():
    net = dominated_init(20, 2, 1.0, np.random.default_rng(1), power=1.0)
    times = np.linspace(0, alignment_time(LENGTH, 1e-8, 0.5), 5)
    path = align(net, POINTS, LABELS, 1e-8, times)
    assert np.abs(path.outer[-1] / path.outer[0]).max() <= 1e-8**-0.5


@pytest.mark.parametrize("bad", [(0.0, 1e-3, 0.5), (1.0, 2.0, 0.5), (1.0, 1e-3, 1.0)])
def test_alignment_time_refuses_what_makes_no_sense(bad):
    with pytest.raises(ValueError, match="need"):
        alignment_time(*bad)
