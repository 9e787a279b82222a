"""The balanced start: v_j^2 = ||w_j||^2, one Wt at every alpha, and an output of exactly 0 when paired."""

import numpy as np
import pytest

from earlyalign.networks.balanced import balanced_init, effective_predictor


def test_every_neuron_is_balanced_and_both_signs_occur():
    for seed in range(20):
        net = balanced_init(3, 5, 0.1, np.random.default_rng(seed))
        np.testing.assert_allclose(np.abs(net.outer), np.linalg.norm(net.inner, axis=1), rtol=1e-15)
        assert 0 < net.positive.sum() < net.width


def test_alpha_scales_one_and_the_same_start():
    small, large = (balanced_init(6, 4, alpha, np.random.default_rng(3)) for alpha in (0.25, 2.0))
    np.testing.assert_array_equal(8 * small.inner, large.inner)
    np.testing.assert_allclose(8 * small.outer, large.outer, rtol=1e-15)


def test_rows_have_length_near_one_before_scaling():
    net = balanced_init(4000, 50, 1.0, np.random.default_rng(0))
    assert np.mean(np.sum(net.inner**2, axis=1)) == pytest.approx(1.0, abs=0.02)


def test_a_paired_network_says_exactly_nothing():
    net = balanced_init(10, 4, 0.7, np.random.default_rng(1), antisymmetric=True)
    assert np.all(net.outer[:5] + net.outer[5:] == 0)
    assert np.all(
        net.predict(np.random.default_rng(2).standard_normal((50, 4))) == pytest.approx(0.0, abs=1e-15)
    )


@pytest.mark.parametrize(
    ("h", "d", "alpha", "paired", "message"),
    [(0, 2, 1.0, False, "h = 0"), (4, 2, 0.0, False, "alpha = 0"), (3, 2, 1.0, True, "even width")],
)
def test_what_makes_no_sense_is_refused(h, d, alpha, paired, message):
    with pytest.raises(ValueError, match=message):
        balanced_init(h, d, alpha, np.random.default_rng(0), antisymmetric=paired)


def test_the_effective_predictor_is_the_network_where_all_positive_neurons_and_no_other_are_active():
    net = balanced_init(8, 3, 0.5, np.random.default_rng(4))
    toward = np.array([1.0, 2.0, -1.0])
    net.inner[:] = np.where(net.positive[:, None], toward, -toward) + 0.1 * net.inner
    predictor = effective_predictor(net.inner, net.outer)
    assert toward @ predictor == pytest.approx(net.predict(toward[None])[0])
    batch = effective_predictor(np.stack([net.inner] * 2), np.stack([net.outer] * 2))
    np.testing.assert_allclose(batch, [predictor, predictor])
