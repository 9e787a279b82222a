"""Optima and exponents read off curves, and gains judged on seeds that did not choose them."""

from __future__ import annotations

import numpy as np

from earlyalign.over_alignment.alpha_sweep.statistics import crossed, exponent, held_out, optima, vertices


def test_the_vertex_of_a_parabola_is_found():
    logs = np.linspace(-4, 0, 9)
    np.testing.assert_allclose(vertices(logs, (logs - np.array([[-1.7], [-2.2]])) ** 2 + 3), [-1.7, -2.2])
    np.testing.assert_allclose(vertices(logs, logs[None]), [-4])


def test_a_law_of_optima_is_read_with_its_exponent():
    rng, alphas, sizes = np.random.default_rng(0), np.geomspace(1e-3, 1, 13), np.array([10, 20, 40])
    told = []
    for size in sizes:
        curve = (np.log(alphas) - np.log(0.8 / size)) ** 2
        told.append(optima(alphas, curve + 0.3 * rng.standard_normal((60, 13))))
    slope, low, high = exponent(sizes, told)
    assert low <= slope <= high
    assert low <= -1 <= high
    assert high - low < 0.4


def test_gains_are_judged_where_they_were_not_chosen():
    errors = np.zeros((6, 3))
    errors[::2, 1] = -1.0
    gain = held_out(np.array([1.0, 2.0, 3.0]), errors)
    assert gain.best == 2.0
    assert np.all(gain.left == 0) and np.all(gain.right == 0)
    assert crossed(errors).sum() == 0


def test_noise_gains_nothing_on_average():
    errors = np.random.default_rng(1).standard_normal((4000, 8))
    gain = held_out(np.arange(1.0, 9.0), errors)
    assert abs(gain.left.mean()) < 4 * np.sqrt(2 / 2000)
    assert errors[::2, 0].mean() - errors[::2].mean(axis=0).min() > 0
