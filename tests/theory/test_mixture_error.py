"""The network's test error: against single inputs, against closed forms, and its own standard error."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from earlyalign.theory.mixture_error import lines, network_error


def network(h: int, d: int, seed: int):
    rng = np.random.default_rng(seed)
    outer = rng.choice([-1.0, 1.0], h) * rng.uniform(0.5, 1.5, h)
    return rng.standard_normal((h, d)) + outer[:, None] * np.eye(d)[0], outer


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_share_of_misclassified_inputs(seed):
    rng, (inner, outer) = np.random.default_rng(seed), network(12, 5, seed)
    s, kappa, sigma, count = np.eye(5)[0], 1.2, 0.9, 400_000
    labels = rng.choice([-1.0, 1.0], count)
    inputs = kappa * labels[:, None] * s + sigma * rng.standard_normal((count, 5))
    share = np.mean(labels * (np.maximum(inputs @ inner.T, 0) @ outer) <= 0)
    exact = network_error(inner, outer, s, kappa, sigma, lines(4096, s, sigma, rng)).error
    assert abs(share - exact) < 4 * np.sqrt(share / count)


def test_a_linear_network_has_the_error_of_its_direction():
    rng = np.random.default_rng(0)
    s, v = np.eye(6)[0], np.array([0.8, 0.3, 0.3, 0.2, 0.2, 0.3])
    v /= np.linalg.norm(v)
    measured = network_error(np.array([v, -v]), np.array([1.0, -1.0]), s, 2.0, 1.0, lines(4096, s, 1.0, rng))
    assert measured.silent == 0
    assert measured.error == pytest.approx(ndtr(-2.0 * v[0]), rel=2e-3)


def test_lengths_of_neurons_cancel():
    inner, outer = network(9, 4, 1)
    offsets = lines(256, np.eye(4)[0], 1.0, np.random.default_rng(0))
    ratio = np.random.default_rng(2).uniform(0.1, 10, 9)
    told = [
        network_error(w, v, np.eye(4)[0], 2.0, 1.0, offsets).error
        for w, v in ((inner, outer), (inner * ratio[:, None], outer / ratio))
    ]
    assert told[0] == pytest.approx(told[1], rel=1e-12)


def test_silence_is_told_from_error():
    offsets = lines(64, np.eye(3)[0], 1.0, np.random.default_rng(0))
    silent = network_error(np.eye(3), np.zeros(3), np.eye(3)[0], 2.0, 1.0, offsets)
    one = network_error(np.eye(3)[:1], np.ones(1), np.eye(3)[0], 2.0, 1.0, offsets)
    assert (silent.wrong, silent.silent) == pytest.approx((0, 1))
    assert (one.wrong, one.silent) == pytest.approx((ndtr(-2.0) / 2, 0.5))


def test_the_standard_error_of_some_hundred_lines_is_small():
    s, (inner, outer) = np.eye(20)[0], network(50, 20, 3)
    told = [
        network_error(inner, outer, s, 2.0, 1.0, lines(512, s, 1.0, np.random.default_rng(seed))).error
        for seed in range(12)
    ]
    single = np.sqrt(np.mean(told) / 512)
    assert np.std(told, ddof=1) < single / 4


def test_an_unbalanced_number_of_lines_is_refused():
    with pytest.raises(ValueError, match="powers of two"):
        lines(100, np.eye(3)[0], 1.0, np.random.default_rng(0))
