"""RKC2: its stability and order as published, and the flow it follows against scipy's."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from earlyalign.data.linear_model import conditioned_gaussian, draw, gaussian
from earlyalign.dynamics import squared_loss
from earlyalign.dynamics.chebyshev import coefficients, longest_step, stages_for
from earlyalign.dynamics.descent import descend
from earlyalign.dynamics.stabilized import settle
from earlyalign.networks.two_layer import TwoLayer, dominated_init, gaussian_init
from earlyalign.theory.ols import two_ols


def _step_linear(rate: float, span: float, stages: int) -> float:
    """One RKC2 step of y' = rate * y from y = 1."""
    mu, nu, mu_tilde, gamma_tilde = coefficients(stages)
    before, now = 1.0, 1 + mu_tilde[1] * span * rate
    for j in range(2, stages + 1):
        after = (
            (1 - mu[j] - nu[j])
            + mu[j] * now
            + nu[j] * before
            + span * rate * (mu_tilde[j] * now + gamma_tilde[j])
        )
        before, now = now, after
    return now


@pytest.mark.parametrize("stages", [2, 3, 5, 12, 40])
def test_second_order_whatever_the_stages(stages):
    spans = np.array([0.04, 0.02, 0.01])
    errors = [abs(_step_linear(-1.0, span, stages) - np.exp(-span)) for span in spans]
    order = np.polyfit(np.log(spans), np.log(errors), 1)[0]
    assert order == pytest.approx(3, abs=0.1)  # of one step: second order globally


@pytest.mark.parametrize("radius", [0.5, 3.0, 40.0, 900.0])
def test_chosen_stages_are_stable_and_half_of_them_is_not(radius):
    span = min(1.0, longest_step(radius))
    stages = stages_for(span, radius)
    inside = [abs(_step_linear(-rate, span, stages)) for rate in np.linspace(0, radius, 200)]
    assert max(inside) <= 1 + 1e-9
    if stages >= 6:
        assert abs(_step_linear(-radius, span, stages // 2)) > 1


def test_longest_step_needs_the_most_stages():
    assert stages_for(longest_step(7.0), 7.0) == stages_for(1e9, 7.0)


def _errors(net, data, times, tolerances, exact):
    """Largest distance from `exact` at the times, weights relative to their neuron's norm, for each tolerance."""
    found = []
    for tolerance in tolerances:
        nets = settle(net, data.inputs, data.labels, times, tolerance).nets
        gaps = [state.flat() - flat for state, flat in zip(nets, exact)]
        sizes = [np.linalg.norm(flat.reshape(-1, data.inputs.shape[1] + 1), axis=1) for flat in exact]
        found.append(
            max(
                (np.linalg.norm(gap.reshape(len(size), -1), axis=1) / size).max()
                for gap, size in zip(gaps, sizes)
            )
        )
    return np.array(found)


def _euler(net, data, times, step):
    """The weights at `times`, by explicit Euler steps extrapolated from `step` and half of it to step 0."""
    coarse, fine = (
        [descend(net, data.inputs, data.labels, length, round(time / length)).net.flat() for time in times]
        for length in (step, step / 2)
    )
    return [2 * better - worse for worse, better in zip(coarse, fine)]


def test_flow_agrees_with_scipy_where_neurons_cross_walls():
    rng = np.random.default_rng(0)
    data = draw(conditioned_gaussian(3, 0.3), 60, 0.05, rng)
    net = dominated_init(6, 3, 0.1, rng)
    times = (5.0, 20.0, 60.0)

    def field(_, flat):
        return squared_loss.velocity(TwoLayer.from_flat(flat, 3), data.inputs, data.labels).flat()

    exact = solve_ivp(field, (0, 60), net.flat(), t_eval=times, rtol=1e-10, atol=1e-12, method="RK45").y.T
    tolerances = np.array([1e-2, 1e-3, 1e-4, 1e-5])
    errors = _errors(net, data, times, tolerances, exact)
    assert np.polyfit(np.log(tolerances), np.log(errors), 1)[0] > 0.8
    assert errors[-1] < 1e-4


def test_the_loss_falls_and_rest_is_recognised():
    rng = np.random.default_rng(2)
    data = draw(conditioned_gaussian(3, 0.2), 400, 0.2, rng)
    found = settle(dominated_init(20, 3, 0.05, rng), data.inputs, data.labels, (100.0, 300_000.0))
    assert found.converged
    assert np.all(np.diff(found.trace[:, 1]) <= 1e-9)
    limit = two_ols(data.inputs, data.labels, data.teacher)
    np.testing.assert_allclose(found.net.predict(data.inputs), limit.predict(data.inputs), atol=1e-6)


def test_the_error_falls_with_the_tolerance_where_neurons_slide():
    data, net = _sliding()
    found = settle(net, data.inputs, data.labels, (20.0,), 1e-4).net
    heights = np.abs(data.inputs @ (found.inner / np.linalg.norm(found.inner, axis=1, keepdims=True)).T)
    assert np.sum(heights.min(axis=0) < 1e-9) >= 3  # these neurons are on walls
    tolerances = np.array([1e-2, 1e-3, 1e-4, 1e-5])
    finest = settle(net, data.inputs, data.labels, (20.0,), 1e-7).net.flat()
    errors = _errors(net, data, (20.0,), tolerances, [finest])
    assert np.polyfit(np.log(tolerances), np.log(errors), 1)[0] > 0.7
    assert errors[-1] < 3e-5


def test_sliding_neurons_are_where_small_euler_steps_chatter_to():
    data, net = _sliding()
    found = [1e-5]
    coarse, fine = (
        _errors(net, data, (20.0,), found, _euler(net, data, (20.0,), step)) for step in (8e-3, 1e-3)
    )
    assert fine < 0.5 * coarse
    assert fine < 5e-4


def _sliding():
    rng = np.random.default_rng(3)
    return draw(gaussian(3), 25, 0.5, rng), gaussian_init(12, 3, 1e-3, rng)


def test_times_must_increase():
    rng = np.random.default_rng(0)
    data, net = draw(gaussian(2), 5, 0.2, rng), gaussian_init(3, 2, 0.1, rng)
    with pytest.raises(ValueError, match="increase"):
        settle(net, data.inputs, data.labels, (2.0, 1.0))
    with pytest.raises(ValueError, match="tolerance"):
        settle(net, data.inputs, data.labels, (2.0,), tolerance=0.0)


def test_small_neurons_are_followed_as_well_as_large_ones():
    rng = np.random.default_rng(4)
    data, net = draw(gaussian(4), 80, 0.2, rng), gaussian_init(8, 4, 1e-2, rng)
    small = TwoLayer(net.inner.copy(), net.outer.copy())
    small.inner[3:] *= 1e-7
    small.outer[3:] *= 1e-7
    coarse, fine = (settle(small, data.inputs, data.labels, (6.0,), tol).net for tol in (1e-3, 1e-5))
    assert np.linalg.norm(fine.inner[3:], axis=1).max() < 1e-5
    growth = np.log(np.linalg.norm(coarse.inner, axis=1) / np.linalg.norm(fine.inner, axis=1))
    assert np.abs(growth).max() < 5e-3


def test_a_step_out_of_range_is_taken_again_shorter():
    rng = np.random.default_rng(0)
    data, net = draw(gaussian(3), 30, 0.2, rng), gaussian_init(20, 3, 1e2, rng)
    found = settle(net, data.inputs, data.labels, (1.0,))
    assert np.isfinite(found.trace).all()
    assert found.trace[-1, 0] == pytest.approx(1.0)
    assert found.trace[-1, 1] < found.trace[0, 1]
