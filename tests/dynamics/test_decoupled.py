"""The two autonomous systems of (23): their moments against sums over samples, their field against the full flow's."""

from __future__ import annotations

import numpy as np
import pytest

from earlyalign.data.assumption_laws import whitened
from earlyalign.data.linear_model import draw
from earlyalign.dynamics.decoupled import decoupled, half_space
from earlyalign.dynamics.squared_loss import velocity
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.theory.ols import least_squares


@pytest.fixture
def sample():
    return draw(whitened(3, 0.3), 200, 0.2, np.random.default_rng(0))


def halves(sample):
    upper = sample.inputs @ sample.teacher >= 0
    return half_space(sample.inputs, sample.labels, upper), half_space(sample.inputs, sample.labels, ~upper)


def test_the_moments_are_sums_over_the_half(sample):
    plus, _ = halves(sample)
    gram = sum(np.outer(x, x) for x in sample.inputs[plus.seen]) / sample.n
    moment = sum(y * x for x, y in zip(sample.inputs[plus.seen], sample.labels[plus.seen])) / sample.n
    assert np.allclose(plus.gram, gram, rtol=1e-12)
    assert np.allclose(plus.moment, moment, rtol=1e-12)
    assert plus.speed == pytest.approx(np.linalg.norm(moment))


def test_the_estimator_is_least_squares_on_the_half_and_feels_no_pull(sample):
    for half in halves(sample):
        kept = half.seen
        assert np.allclose(
            half.estimator, least_squares(sample.inputs[kept], sample.labels[kept]), rtol=1e-10
        )
        assert np.linalg.norm(half.pull(half.estimator)) < 1e-14


def _net(teacher, positive, length):
    inner = length * np.where(positive[:, None], teacher, -teacher)
    return TwoLayer(inner, np.where(positive, 0.4, -0.3))


def test_in_their_cones_neurons_move_as_in_the_full_flow(sample):
    positive = np.array([True, True, False])
    net = _net(sample.teacher, positive, 0.2)
    full = velocity(net, sample.inputs, sample.labels)
    apart = decoupled(*halves(sample), positive)(net)
    assert np.allclose(full.flat(), apart.flat(), atol=1e-14)


def test_outside_its_cone_a_neuron_moves_otherwise(sample):
    positive = np.array([True, True, False])
    net = _net(sample.teacher, positive, 0.2)
    turned = TwoLayer(net.inner * np.array([[-1.0], [1.0], [1.0]]), net.outer)
    full = velocity(turned, sample.inputs, sample.labels)
    apart = decoupled(*halves(sample), positive)(turned)
    assert np.abs(full.flat() - apart.flat()).max() > 1e-2
