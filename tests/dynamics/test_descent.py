"""Full-batch descent: its steps are the gradient's, and it knows a saddle from rest."""

import numpy as np
import pytest

from earlyalign.data.linear_model import conditioned_gaussian, draw
from earlyalign.dynamics.descent import descend
from earlyalign.dynamics.squared_loss import loss
from earlyalign.networks.torch_twin import descent_direction
from earlyalign.networks.two_layer import TwoLayer, dominated_init


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    data = draw(conditioned_gaussian(3, 0.2), 300, 0.2, rng)
    return dominated_init(10, 3, 0.01, rng), data.inputs, data.labels


def test_one_step_is_the_gradient_that_torch_finds(problem):
    net, inputs, labels = problem
    moved, gradient = descend(net, inputs, labels, 0.1, 1).net, descent_direction(net, inputs, labels)
    np.testing.assert_allclose(moved.flat(), net.flat() + 0.1 * gradient.flat(), rtol=1e-14, atol=1e-18)


def test_outer_ratio_speeds_up_the_outer_layer_alone(problem):
    net, inputs, labels = problem
    plain, fast = (descend(net, inputs, labels, 0.1, 1, outer_ratio=ratio).net for ratio in (1.0, 3.0))
    np.testing.assert_array_equal(plain.inner, fast.inner)
    np.testing.assert_allclose(fast.outer - net.outer, 3 * (plain.outer - net.outer), rtol=1e-9)


def test_the_small_gradient_at_the_start_does_not_count_as_rest(problem):
    net, inputs, labels = problem
    tiny = TwoLayer(net.inner * 1e-6, net.outer * 1e-6)
    end = descend(tiny, inputs, labels, 0.4, 2000, gradient_tolerance=1e-6)
    assert end.at_rest
    assert end.gradient_norm <= 1e-6
    assert loss(end.net, inputs, labels) < loss(net, inputs, labels) / 2


def test_running_out_of_steps_is_said(problem):
    end = descend(*problem, step=0.1, steps=3, gradient_tolerance=1e-12)
    assert (end.steps, end.at_rest) == (3, False)


def test_a_step_must_be_positive(problem):
    with pytest.raises(ValueError, match="step = 0"):
        descend(*problem, step=0.0, steps=1)
