"""Least squares against its normal equations, and the limit of Theorem 4.1 as a function."""

import numpy as np
import pytest

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.theory.ols import least_squares, population_risk, two_ols


def test_normal_equations_hold():
    data = draw(gaussian(4), 50, 0.3, np.random.default_rng(0))
    residual = data.labels - data.inputs @ least_squares(data.inputs, data.labels)
    np.testing.assert_allclose(data.inputs.T @ residual, 0, atol=1e-12)


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match="do not determine"):
        least_squares(np.ones((3, 4)), np.ones(3))


def test_two_ols_predicts_with_the_estimator_of_each_side():
    data = draw(gaussian(3), 200, 0.3, np.random.default_rng(1))
    both = two_ols(data.inputs, data.labels, data.teacher)
    upper = data.inputs @ data.teacher >= 0
    assert np.allclose(both.plus, least_squares(data.inputs[upper], data.labels[upper]))
    far = np.array([[10.0, 0.1, 0.1], [-10.0, 0.1, 0.1]])
    np.testing.assert_allclose(both.predict(far), [far[0] @ both.plus, far[1] @ both.minus])
    assert not np.allclose(both.plus, both.minus)


def test_population_risk_is_what_fresh_samples_say():
    rng = np.random.default_rng(2)
    beta, data = np.array([0.5, 0.2]), draw(gaussian(2), 400_000, 0.3, rng)
    fresh = np.mean((data.labels - data.inputs @ beta) ** 2)
    assert population_risk(beta, data.teacher, 0.3) == pytest.approx(fresh, rel=0.01)
