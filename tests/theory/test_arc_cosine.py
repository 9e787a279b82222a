"""The arc-cosine formula against samples and against cases that are known."""

import numpy as np
import pytest

from earlyalign.networks.two_layer import gaussian_init
from earlyalign.theory.arc_cosine import relu_gram, second_moment


def test_known_angles():
    e = np.eye(2)
    np.testing.assert_allclose(relu_gram(e, e), [[0.5, 1 / (2 * np.pi)], [1 / (2 * np.pi), 0.5]])
    assert relu_gram(e[:1], -e[:1])[0, 0] == pytest.approx(0, abs=1e-12)
    assert relu_gram(e[:1], 0 * e[:1])[0, 0] == 0


def test_second_moment_is_what_samples_say():
    rng = np.random.default_rng(0)
    net = gaussian_init(7, 4, 1.0, rng)
    sampled = np.mean(net.predict(rng.standard_normal((400_000, 4))) ** 2)
    assert second_moment(net.inner, net.outer) == pytest.approx(sampled, rel=0.02)
