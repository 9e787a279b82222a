"""The checker of Assumption 4.1: its closed forms, its verdicts, and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import genpareto

from earlyalign.data.assumption_laws import LAWS, axis_variances, law, whitened_margin
from earlyalign.data.linear_model import conditioned_gaussian, unit_teacher
from earlyalign.theory.assumption41 import (
    Outcome,
    check,
    example_deviation,
    example_slope,
    isotropy,
    isotropy_bound,
    symmetry,
    tail_shape,
)

D, C, N, LEVEL = 4, 0.2, 20_000, 1e-3


def outcomes(name, seed=0):
    tested = law(name, D, C, noise_variance=0.2, input_dof=5.0, noise_dof=2.1)
    rng = np.random.default_rng(seed)
    inputs, labels = tested.sample(N, rng)
    return tested, check(inputs, labels, tested.teacher, tested.margin, rng, LEVEL)


@pytest.mark.parametrize("name", LAWS)
def test_a_law_fails_the_condition_that_it_is_built_to_break(name):
    tested, conditions = outcomes(name)
    refuted = [one.number for one in conditions if one.outcome is Outcome.REFUTED]
    assert refuted == ([] if tested.breaks is None else [tested.breaks])


@pytest.mark.parametrize("d", [2, 3, 6])
def test_the_variances_of_the_example_are_those_of_a_sample(d):
    x = conditioned_gaussian(d, 0.3)(200_000, np.random.default_rng(d))
    along, across = axis_variances(d, 0.3)
    spread = (x**2).std(axis=0) / np.sqrt(len(x))
    assert np.all(
        np.abs((x**2).mean(axis=0) - [along] + np.r_[0, np.full(d - 1, along - across)]) < 4 * spread
    )


@pytest.mark.parametrize("d", [2, 3, 5, 40])
def test_the_deviation_starts_at_its_slope(d):
    assert example_deviation(d, 1e-6) / 1e-6 == pytest.approx(example_slope(d), rel=1e-4)


def test_in_three_dimensions_the_deviation_is_c_plus_c_squared():
    for c in (0.01, 0.2, 0.7):
        assert example_deviation(3, c) == pytest.approx(c + c**2, rel=1e-10)


def test_the_example_meets_condition_4_in_the_plane_only():
    grid = np.geomspace(1e-4, 0.5, 30)
    assert all(example_deviation(2, c) < isotropy_bound(c) for c in grid)
    assert all(example_deviation(d, c) > isotropy_bound(c) for d in (3, 4, 8, 100) for c in grid)


def test_the_slope_grows_like_the_square_root_of_the_dimension():
    assert example_slope(4000) == pytest.approx(np.sqrt(2 * 4000 / np.pi), rel=1e-3)


def test_the_reference_law_keeps_its_margin_and_is_isotropic():
    tested, _ = outcomes("reference")
    x, _ = tested.sample(200_000, np.random.default_rng(1))
    worst = np.min(np.abs(x[:, 0]) / np.linalg.norm(x, axis=1))
    assert whitened_margin(D, C) <= worst < whitened_margin(D, C) * 1.01
    assert np.linalg.norm(x.T @ x / len(x) - np.eye(D), ord=2) < 5 * np.sqrt(D / len(x))


def test_symmetry_keeps_its_level():
    rng = np.random.default_rng(0)
    p_values = [symmetry(rng.standard_normal((200, 2)), rng, 0.1).measured for _ in range(60)]
    assert np.mean(np.array(p_values) <= 0.1) < 0.25
    assert np.mean(np.array(p_values) <= 0.5) > 0.25


def test_isotropy_is_undecided_where_the_sample_is_too_small():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1000, 3)) * [np.sqrt(1.2), 1, 1]
    assert isotropy(x, unit_teacher(3), 0.2, rng, LEVEL).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize("shape", [-0.2, 0.0, 0.4])
def test_tail_shape_recovers_that_of_a_pareto_tail(shape):
    values = genpareto(shape).rvs(40_000, random_state=np.random.default_rng(3))
    estimate, error = tail_shape(values)
    assert abs(estimate - shape) < 4 * error
    assert error < 0.04


def test_few_samples_are_refused():
    x = np.ones((10, 2))
    with pytest.raises(ValueError, match="too few"):
        check(x, np.ones(10), unit_teacher(2), 0.1, np.random.default_rng(0), LEVEL)


def test_laws_refuse_what_they_cannot_be():
    with pytest.raises(ValueError, match="unknown law"):
        law("uniform", 3, 0.1, 0.2, 5.0, 2.1)
    with pytest.raises(ValueError, match="noise_dof"):
        law("reference", 3, 0.1, 0.2, 5.0, 5.0)
    with pytest.raises(ValueError, match="d = 1"):
        axis_variances(1, 0.1)
