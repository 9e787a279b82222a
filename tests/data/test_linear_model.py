"""The linear data model: moments, the conditioned law, refusals."""

import numpy as np
import pytest

from earlyalign.data.linear_model import conditioned_gaussian, draw, gaussian, unit_teacher


def test_labels_are_teacher_plus_noise_of_the_given_variance():
    data = draw(gaussian(4), 100_000, 0.2, np.random.default_rng(0))
    noise = data.labels - data.inputs @ data.teacher
    assert noise.var() == pytest.approx(0.2, rel=0.02)
    assert abs(np.corrcoef(noise, data.inputs[:, 0])[0, 1]) < 0.02


def test_conditioned_inputs_keep_their_margin_and_are_symmetric():
    beta = np.array([0.6, 0.8, 0.0])
    inputs = conditioned_gaussian(3, 0.4, beta)(50_000, np.random.default_rng(0))
    assert len(inputs) == 50_000
    assert np.all(np.abs(inputs @ beta) >= 0.4 * np.linalg.norm(inputs, axis=1))
    assert np.abs(inputs.mean(axis=0)).max() < 0.02


@pytest.mark.parametrize("c", [-0.1, 1.0, 2.0])
def test_a_margin_nobody_meets_is_refused(c):
    with pytest.raises(ValueError, match="must lie in"):
        conditioned_gaussian(3, c)


def test_empty_samples_and_negative_noise_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="at least 1"):
        draw(gaussian(2), 0, 0.2, rng)
    with pytest.raises(ValueError, match="negative"):
        draw(gaussian(2), 3, -0.2, rng)
    assert np.array_equal(unit_teacher(3), [1, 0, 0])
