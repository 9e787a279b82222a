"""The bounds of Appendix F with their constants: against solved equations, and where they are attained."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from earlyalign.theory.growth import (
    alignment_bound,
    decay_modes,
    excess_loss,
    fast_growth_bound,
    growth_matrix,
    path_bound,
    polyak_constant,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def gram(rng):
    rows = rng.standard_normal((50, 3))
    return rows.T @ rows / 100


@pytest.mark.parametrize("deviation", [0.0, 0.05, 0.2])
def test_the_comparison_solution_solves_its_equation(deviation):
    speed, start, times = 0.5, np.array([-0.2, 0.1]), np.linspace(0, 8, 30)
    solved = solve_ivp(
        lambda _, u: speed * (1 - 2 * deviation / speed - u**2),
        (0, 8),
        start,
        t_eval=times,
        rtol=1e-10,
        atol=1e-12,
    )
    assert np.allclose(alignment_bound(times, speed, deviation, start), solved.y.T, atol=1e-8)


def test_a_pull_that_is_off_by_half_leaves_no_bound():
    with pytest.raises(ValueError, match="leaves no bound"):
        alignment_bound(np.array([0.0]), 0.5, 0.25, np.array([0.0]))


def test_the_growth_matrix_is_its_sum(rng):
    inner, outer = rng.standard_normal((4, 3)), rng.standard_normal(4)
    summed = sum(a**2 * np.eye(3) + np.outer(w, w) for w, a in zip(inner, outer))
    assert np.allclose(growth_matrix(inner, outer), summed)
    assert growth_matrix(inner[None], outer[None]).shape == (1, 3, 3)


def test_the_excess_is_the_loss_above_its_minimum(rng):
    inputs, labels = rng.standard_normal((40, 3)), rng.standard_normal(40)
    best = np.linalg.lstsq(inputs, labels, rcond=None)[0]
    loss = lambda beta: np.mean((inputs @ beta - labels) ** 2) / 2  # noqa: E731
    beta = rng.standard_normal(3)
    assert excess_loss(inputs.T @ inputs / 40, beta - best) == pytest.approx(loss(beta) - loss(best))


def test_the_polyak_constant_bounds_and_is_attained(rng, gram):
    mass, values, vectors = 0.7, *np.linalg.eigh(gram)
    quotient = lambda gap: mass * np.sum((gram @ gap) ** 2) / excess_loss(gram, gap)  # noqa: E731
    assert min(quotient(gap) for gap in rng.standard_normal((200, 3))) >= polyak_constant(gram, mass)
    assert quotient(vectors[:, 0]) == pytest.approx(polyak_constant(gram, mass))
    assert polyak_constant(gram, mass) == pytest.approx(2 * values[0] * mass)


def test_each_mode_decays_at_its_rate(rng, gram):
    growth = growth_matrix(rng.standard_normal((4, 3)), rng.standard_normal(4))
    rates, modes = decay_modes(gram, growth)
    start = rng.standard_normal(3)
    end = solve_ivp(lambda _, gap: -growth @ gram @ gap, (0, 1), start, rtol=1e-10, atol=1e-13).y[:, -1]
    assert np.allclose(end @ modes, np.exp(-rates) * (start @ modes), atol=1e-8)
    assert np.sum((start @ modes) ** 2) / 2 == pytest.approx(excess_loss(gram, start))


def test_the_fast_growth_bound_is_the_time_of_the_slowest_descent():
    least, epsilon2, epsilon3 = 0.4, 0.1, 0.2
    gram = least * np.eye(2)
    start = np.array([1.0, 0.0])
    time = fast_growth_bound(gram, excess_loss(gram, start), epsilon2, epsilon3)
    assert np.exp(-least * epsilon2 * time) == pytest.approx(epsilon3)
    assert fast_growth_bound(gram, 1e-9, epsilon2, epsilon3) == 0


def test_the_path_of_one_parabola_meets_its_bound():
    curvature, start = 3.0, 0.8
    assert path_bound(curvature * start**2 / 2, 2 * curvature) == pytest.approx(start)
