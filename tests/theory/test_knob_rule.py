"""The critical scale against zeta, and the angle that a sample tells of itself."""

from __future__ import annotations

import numpy as np
import pytest

from earlyalign.data.gaussian_mixture import draw_mixture
from earlyalign.theory.knob_rule import critical_scale, estimated_angle
from earlyalign.theory.phase_one import zeta


@pytest.mark.parametrize("phi", [0.2, 0.6, 1.2])
def test_at_the_critical_scale_the_guaranteed_cap_reaches_the_truth(phi):
    alpha = critical_scale(phi, 20, 50, 30.0, 6.0, 1.4)
    assert np.arccos(np.sqrt(zeta(alpha, 20, 50, 6.0, 1.4, 30.0))) == pytest.approx(phi)


def test_the_angle_is_found_without_knowing_the_truth():
    rng = np.random.default_rng(0)
    samples = [draw_mixture(40, 20, 2.0, 1.0, rng) for _ in range(300)]
    told = np.array([estimated_angle(sample.inputs, sample.labels) for sample in samples])
    true = np.array([sample.phi for sample in samples])
    assert abs(np.mean(told - true)) < 0.02
    assert np.std(told - true) < 0.12


def test_a_sample_of_pure_noise_is_at_right_angles():
    rng = np.random.default_rng(1)
    told = [
        estimated_angle(sample.inputs, sample.labels)
        for sample in (draw_mixture(40, 200, 0.0, 1.0, rng) for _ in range(20))
    ]
    assert np.median(told) > np.radians(60)


def test_one_sample_is_too_few():
    with pytest.raises(ValueError, match="two samples"):
        estimated_angle(np.ones((1, 3)), np.ones(1))
