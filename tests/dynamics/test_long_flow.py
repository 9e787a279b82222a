"""The flow over long horizons: against scipy's, its order over crossings and slides, small neurons, rest, bad steps."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from earlyalign.data.linear_model import conditioned_gaussian, draw, gaussian
from earlyalign.dynamics import squared_loss
from earlyalign.dynamics.full_batch import FullBatch
from earlyalign.dynamics.long_flow import settle
from earlyalign.networks.two_layer import TwoLayer, dominated_init, gaussian_init
from earlyalign.theory.ols import two_ols

STEPS = np.array([0.2, 0.1, 0.05, 0.025])


def neuron_errors(net, exact):
    """(m,) distance of every neuron from where `exact` has it, over its norm there."""
    ours, theirs = (np.column_stack([each.inner, each.outer]) for each in (net, exact))
    return np.linalg.norm(ours - theirs, axis=1) / np.linalg.norm(theirs, axis=1)


def order(errors):
    return np.polyfit(np.log(STEPS[: len(errors)]), np.log(errors), 1)[0]


def test_the_flow_is_scipys_and_of_second_order_where_no_neuron_meets_a_wall():
    rng = np.random.default_rng(0)
    data = draw(conditioned_gaussian(3, 0.3), 60, 0.05, rng)
    net = TwoLayer(np.outer(np.linspace(0.05, 0.2, 6), data.teacher), np.linspace(0.1, 0.3, 6))

    def field(_, flat):
        return squared_loss.velocity(TwoLayer.from_flat(flat, 3), data.inputs, data.labels).flat()

    exact = solve_ivp(field, (0, 8), net.flat(), rtol=1e-11, atol=1e-13, method="DOP853").y[:, -1]
    exact = TwoLayer.from_flat(exact, 3)
    errors = [
        neuron_errors(settle(net, data.inputs, data.labels, (8.0,), step, double=True).net, exact).max()
        for step in STEPS
    ]
    assert order(errors) == pytest.approx(2.0, abs=0.2)
    assert errors[-1] < 1e-4


def test_errors_fall_in_proportion_to_the_step_where_neurons_cross_and_slide():
    rng = np.random.default_rng(3)
    data, net = draw(gaussian(3), 25, 0.5, rng), gaussian_init(12, 3, 1e-3, rng)
    asked = net, data.inputs, data.labels, (12.0,)
    exact = settle(*asked, 2e-4, double=True).net
    heights = np.abs(data.inputs @ (exact.inner / np.linalg.norm(exact.inner, axis=1, keepdims=True)).T)
    assert np.sum(heights.min(axis=0) < 1e-3) >= 3, "some neurons are held at walls"
    errors = [neuron_errors(settle(*asked, step, double=True).net, exact).mean() for step in STEPS]
    assert order(errors) > 0.7
    assert errors[-1] < 5e-3


def test_small_neurons_are_followed_as_well_as_large_ones():
    rng = np.random.default_rng(4)
    data, net = draw(gaussian(4), 80, 0.2, rng), gaussian_init(8, 4, 1e-2, rng)
    small = TwoLayer(net.inner.copy(), net.outer.copy())
    small.inner[3:] *= 1e-7
    small.outer[3:] *= 1e-7
    coarse, fine = (settle(small, data.inputs, data.labels, (6.0,), step).net for step in (0.1, 0.005))
    assert np.linalg.norm(fine.inner[3:], axis=1).max() < 1e-5
    growth = np.log(np.linalg.norm(coarse.inner, axis=1) / np.linalg.norm(fine.inner, axis=1))
    assert np.abs(growth).max() < 5e-3


def test_single_products_give_the_flow_of_double_ones():
    rng = np.random.default_rng(5)
    data, net = draw(gaussian(5), 3000, 0.2, rng), gaussian_init(37, 5, 1e-5, rng)
    single, double = (
        settle(net, data.inputs, data.labels, (20.0, 60.0), double=double) for double in (False, True)
    )
    for ours, theirs in zip(single.nets, double.nets):
        assert np.median(neuron_errors(ours, theirs)) < 1e-4
    assert single.trace[-1, 1] == pytest.approx(double.trace[-1, 1], rel=1e-4)


@pytest.mark.parametrize("double", [False, True])
def test_a_step_is_told_by_the_loss_and_the_gradient_at_its_start(double):
    rng = np.random.default_rng(6)
    data, net = draw(gaussian(4), 130, 0.2, rng), gaussian_init(19, 4, 0.1, rng)
    loss, norm = FullBatch(net, data.inputs, data.labels, double).advance(0.01, 0.0, 1)[0]
    assert loss == pytest.approx(np.mean((net.predict(data.inputs) - data.labels) ** 2) / 2, rel=1e-5)
    exact = squared_loss.velocity(net, data.inputs, data.labels).flat()
    assert norm == pytest.approx(np.linalg.norm(exact), rel=1e-5)


def test_the_loss_falls_and_rest_is_recognised():
    rng = np.random.default_rng(2)
    data = draw(conditioned_gaussian(3, 0.3), 400, 0.2, rng)
    start = dominated_init(16, 3, 0.05, rng)
    settled = settle(start, data.inputs, data.labels, (100.0, 2000.0), gradient_tolerance=1e-8, double=True)
    assert settled.converged
    assert settled.trace[-1, 2] <= 1e-8
    assert np.all(np.diff(settled.trace[:, 1]) <= 1e-9)
    limit = two_ols(data.inputs, data.labels, data.teacher)
    np.testing.assert_allclose(settled.net.predict(data.inputs), limit.predict(data.inputs), atol=1e-6)


def test_balances_are_kept():
    rng = np.random.default_rng(7)
    data, net = draw(gaussian(3), 50, 0.2, rng), gaussian_init(10, 3, 0.05, rng)
    end = settle(net, data.inputs, data.labels, (30.0,), 0.05, double=True).net
    before, after = (each.outer**2 - np.sum(each.inner**2, axis=1) for each in (net, end))
    np.testing.assert_allclose(after, before, atol=1e-4)
    assert np.abs(end.outer).max() > 0.5


def test_times_must_increase_and_steps_be_positive():
    rng = np.random.default_rng(0)
    data, net = draw(gaussian(2), 5, 0.2, rng), gaussian_init(3, 2, 0.1, rng)
    with pytest.raises(ValueError, match="increase"):
        settle(net, data.inputs, data.labels, (2.0, 1.0))
    with pytest.raises(ValueError, match="step"):
        settle(net, data.inputs, data.labels, (2.0,), step=0.0)
    with pytest.raises(ValueError, match="shape"):
        settle(net, data.inputs, data.labels[:-1], (2.0,))


def test_a_step_that_is_too_long_is_taken_again_shorter():
    rng = np.random.default_rng(0)
    data, net = draw(gaussian(3), 30, 0.2, rng), gaussian_init(20, 3, 1e2, rng)
    settled = settle(net, data.inputs, data.labels, (1.0,), step=10.0)
    assert np.isfinite(settled.trace).all()
    assert settled.trace[-1, 0] == pytest.approx(1.0)
    assert settled.trace[-1, 1] < settled.trace[0, 1]


def test_what_cannot_fall_is_an_error():
    inputs, labels = np.array([[1.0], [2.0]]), np.array([1.0, np.inf])
    with pytest.raises(ArithmeticError, match="no step is short enough"):
        settle(TwoLayer(np.ones((1, 1)), np.ones(1)), inputs, labels, (1.0,))
