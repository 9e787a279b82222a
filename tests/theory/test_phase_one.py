"""Phase 1's closed forms: the bound solves its comparison equation, zeta vanishes where it should, ends are ordered."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from earlyalign.data.gaussian_mixture import draw_mixture
from earlyalign.theory.phase_one import alignment_bound, alignment_end, growth_end, vacuous_from, zeta

SIZES = {"n": 20, "h": 50, "x_max": 5.0, "w_max": 1.3, "x_plus_norm": 30.0}


def test_the_bound_solves_the_comparison_equation():
    value, pull, start = 0.7, 12.0, 0.05
    times = np.linspace(start, 0.6, 30)
    solved = solve_ivp(
        lambda _, u: pull * (value - u**2), (start, 0.6), [0.0], t_eval=times, rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(alignment_bound(times, start, pull, value), solved.y[0], atol=1e-8)


def test_the_bound_is_silent_before_its_start_and_where_zeta_is_not_positive():
    assert np.isnan(alignment_bound(0.1, 0.2, 10.0, 0.5))
    assert np.isnan(alignment_bound(0.3, 0.2, 10.0, -0.5))
    assert alignment_bound(0.2, 0.2, 10.0, 0.5) == 0


def test_zeta_is_one_at_zero_and_vanishes_where_it_says():
    edge = vacuous_from(**SIZES)
    assert zeta(0.0, **SIZES) == 1
    assert zeta(edge, **SIZES) == pytest.approx(0.0, abs=1e-12)
    assert zeta(edge / 2, **SIZES) == pytest.approx(0.5)


def test_the_conservative_end_comes_first_and_both_are_zero_for_large_starts():
    for seed in range(5):
        sample = draw_mixture(12, 6, 2.0, 1.0, np.random.default_rng(seed))
        pull = np.linalg.norm(sample.x_plus)
        for alpha in (1e-6, 1e-3, 0.05):
            assert 0 < growth_end(alpha, 12, 40, sample.x_max) < alignment_end(alpha, 40, pull)
    assert growth_end(1.0, 12, 40, 3.0) == alignment_end(1.0, 40, 3.0) == 0
