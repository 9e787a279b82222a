"""Gradient flow: exact solutions, events and the order of what it neglects."""

import numpy as np
import pytest

from earlyalign.data.linear_model import conditioned_gaussian, draw
from earlyalign.dynamics.descent import descend
from earlyalign.dynamics.flow import Event, gradient_flow, square_loss
from earlyalign.dynamics.squared_loss import loss
from earlyalign.networks.two_layer import TwoLayer, dominated_init


def one_neuron(output: float = 1e-4):
    """A balanced neuron on one sample x = 1, y = 1: its output u = a w obeys the logistic u' = 2 u (1 - u)."""
    weight = np.sqrt(output)
    return TwoLayer(np.array([[weight]]), np.array([weight])), np.array([[1.0]]), np.array([1.0])


def logistic(time, start):
    return start / (start + (1 - start) * np.exp(-2 * time))


@pytest.mark.parametrize("method", ["RK45", "DOP853"])
def test_one_neuron_follows_the_logistic_curve(method):
    net, inputs, labels = one_neuron()
    times = np.linspace(0.5, 10, 20)
    path = gradient_flow(net, square_loss(inputs, labels), 10.0, times, rtol=1e-10, method=method)
    outputs = [now.predict(inputs)[0] for now in path.nets]
    np.testing.assert_allclose(outputs, logistic(times, 1e-4), rtol=1e-7)


def test_an_event_is_found_between_steps_and_can_end_the_flow():
    net, inputs, labels = one_neuron()
    half = Event(lambda now: now.predict(inputs)[0] - 0.5, terminal=True)
    path = gradient_flow(net, square_loss(inputs, labels), 50.0, events=[half], rtol=1e-10)
    expected = np.log((1 - 1e-4) / 1e-4) / 2
    assert path.end == pytest.approx(expected, rel=1e-6)
    assert path.event_times[0] == pytest.approx([expected], rel=1e-6)
    assert path.last.predict(inputs)[0] == pytest.approx(0.5, rel=1e-6)


def test_an_event_of_the_other_direction_is_not_seen():
    net, inputs, labels = one_neuron()
    falling = Event(lambda now: now.predict(inputs)[0] - 0.5, direction=-1.0)
    assert gradient_flow(net, square_loss(inputs, labels), 10.0, events=[falling]).event_times[0].size == 0


def test_descent_converges_to_the_flow_at_first_order():
    rng = np.random.default_rng(3)
    data = draw(conditioned_gaussian(3, 0.3), 400, 0.2, rng)
    net = dominated_init(6, 3, 0.1, rng)
    exact = gradient_flow(net, square_loss(data.inputs, data.labels), 4.0, rtol=1e-9).last.flat()
    steps = np.array([0.1, 0.05, 0.025, 0.0125])
    errors = [
        np.linalg.norm(descend(net, data.inputs, data.labels, s, round(4 / s)).net.flat() - exact)
        for s in steps
    ]
    order = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert order == pytest.approx(1.0, abs=0.1)


def test_the_loss_falls_along_the_flow():
    rng = np.random.default_rng(4)
    data = draw(conditioned_gaussian(2, 0.2), 300, 0.2, rng)
    path = gradient_flow(dominated_init(8, 2, 0.05, rng), square_loss(data.inputs, data.labels), 20.0)
    losses = [loss(now, data.inputs, data.labels) for now in path.nets]
    assert np.all(np.diff(losses) <= 1e-9)
    assert losses[-1] < losses[0] / 2


def test_times_outside_the_trajectory_are_refused():
    net, inputs, labels = one_neuron()
    path = gradient_flow(net, square_loss(inputs, labels), 1.0)
    with pytest.raises(ValueError, match="outside"):
        path.at(1.5)
    with pytest.raises(ValueError, match="horizon"):
        gradient_flow(net, square_loss(inputs, labels), 0.0)
