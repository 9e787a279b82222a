"""RKC2: its stability and order as published, and the flow it follows against scipy's."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from earlyalign.data.linear_model import conditioned_gaussian, draw, gaussian
from earlyalign.dynamics import squared_loss
from earlyalign.dynamics.chebyshev import coefficients, longest_step, stages_for
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


def test_flow_agrees_with_scipy_away_from_kinks():
    rng = np.random.default_rng(0)
    data = draw(conditioned_gaussian(3, 0.3), 60, 0.05, rng)
    net = dominated_init(6, 3, 0.1, rng)
    times = (5.0, 20.0, 60.0)

    def field(_, flat):
        return squared_loss.velocity(TwoLayer.from_flat(flat, 3), data.inputs, data.labels).flat()

    exact = solve_ivp(field, (0, 60), net.flat(), t_eval=times, rtol=1e-10, atol=1e-12, method="RK45").y.T
    distances = []
    for rtol in (1e-3, 1e-5, 1e-7):
        found = settle(net, data.inputs, data.labels, times, rtol=rtol, floor=1e-5)
        distances.append(
            max(np.abs(state.flat() - reference).max() for state, reference in zip(found.nets, exact))
        )
    assert distances[0] > 3 * distances[1] > 9 * distances[2]
    assert distances[2] < 1e-4


def test_the_loss_falls_and_rest_is_recognised():
    rng = np.random.default_rng(2)
    data = draw(conditioned_gaussian(3, 0.2), 400, 0.2, rng)
    found = settle(dominated_init(20, 3, 0.05, rng), data.inputs, data.labels, (100.0, 300_000.0))
    assert found.converged
    assert np.all(np.diff(found.trace[:, 1]) <= 1e-9)
    limit = two_ols(data.inputs, data.labels, data.teacher)
    np.testing.assert_allclose(found.net.predict(data.inputs), limit.predict(data.inputs), atol=1e-6)


def test_the_floor_hardly_moves_what_the_flow_does():
    rng = np.random.default_rng(3)
    data, net = draw(gaussian(5), 100, 0.2, rng), gaussian_init(50, 5, 1e-7, rng)
    coarse, fine = (
        settle(net, data.inputs, data.labels, (50.0,), floor=floor).trace[-1, 1] for floor in (1.0, 0.05)
    )
    assert coarse == pytest.approx(fine, rel=0.05)


def test_times_must_increase():
    rng = np.random.default_rng(0)
    data, net = draw(gaussian(2), 5, 0.2, rng), gaussian_init(3, 2, 0.1, rng)
    with pytest.raises(ValueError, match="increase"):
        settle(net, data.inputs, data.labels, (2.0, 1.0))


def test_a_step_out_of_range_is_taken_again_shorter():
    rng = np.random.default_rng(0)
    data, net = draw(gaussian(3), 30, 0.2, rng), gaussian_init(20, 3, 1e2, rng)
    found = settle(net, data.inputs, data.labels, (1.0,), floor=1.0)
    assert np.isfinite(found.trace).all()
    assert found.trace[-1, 0] == pytest.approx(1.0)
    assert found.trace[-1, 1] < found.trace[0, 1]
