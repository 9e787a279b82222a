"""The engine room and the readings: pairing, variants, sabotages, optima and exponents."""

from __future__ import annotations

import numpy as np
import pytest

from earlyalign.items.run import NoCheckpoint, Run
from earlyalign.over_alignment.optimum import crossed, exponent, held_out, optima, vertices
from earlyalign.over_alignment.sweep_runs import compute, draw_sample, start

CONFIG = {
    "d": 8, "n": 12, "kappa": 2.0, "width": 12, "separability": 0.0, "eta": 0.5, "alpha_low": 1e-3, "alpha_high": 1.0,
    "alpha_count": 4, "lines": 64, "rtol": 1e-5, "variant": "plain", "sabotage": "none", "base_n": 6, "base_width": 4,
}  # fmt: skip


def sweep(**changes):
    return compute(Run({**CONFIG, **changes}, 3), NoCheckpoint())["sweep"]


def test_a_run_gives_the_same_numbers_twice():
    first, second = sweep(), sweep()
    assert all(np.array_equal(first[name], second[name], equal_nan=True) for name in first)


def test_the_predictor_turns_to_the_sample_as_alpha_falls():
    psi = sweep()["psi"]
    assert psi[0] > 0.999
    assert np.all(np.diff(psi) < 0)


def test_all_alphas_share_directions_and_signs():
    small, large = start(CONFIG, 1e-3, 0), start(CONFIG, 1.0, 0)
    np.testing.assert_allclose(small.inner * 1e3, large.inner, rtol=1e-12)
    np.testing.assert_array_equal(small.positive, large.positive)


def test_positives_only_keeps_the_positive_half_of_the_same_sample():
    whole, half = draw_sample(CONFIG, 3), draw_sample({**CONFIG, "variant": "positives"}, 3)
    np.testing.assert_array_equal(half.inputs, whole.inputs[whole.labels > 0])


def test_copied_neurons_are_the_same_function():
    few = start({**CONFIG, "width": 4}, 0.3, 3)
    many = start({**CONFIG, "sabotage": "copies"}, 0.3, 3)
    inputs = draw_sample(CONFIG, 3).inputs
    assert many.width == 12
    np.testing.assert_allclose(many.predict(inputs), few.predict(inputs), rtol=1e-12)


def test_copies_move_no_optimum():
    copied = sweep(sabotage="copies")
    plain = sweep(n=6, width=4)
    np.testing.assert_allclose(copied["cosine"][:2], plain["cosine"][:2], atol=2e-3)


def test_a_centred_network_ignores_its_start():
    plain, centred = (
        sweep(alpha_low=1.0, alpha_high=3.0),
        sweep(alpha_low=1.0, alpha_high=3.0, variant="centred"),
    )
    assert np.mean(centred["wrong"]) < np.mean(plain["wrong"])


def test_a_risk_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="must be positive"):
        sweep(eta=-1.0)


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
