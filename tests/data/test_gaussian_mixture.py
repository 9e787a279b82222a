"""The two-class mixture: its law, its geometry, separability by rejection, and what it refuses."""

import numpy as np
import pytest

from earlyalign.data.gaussian_mixture import angle, draw_mixture


def test_the_clouds_sit_at_plus_and_minus_kappa_s_with_deviation_sigma():
    sample = draw_mixture(20_000, 3, 2.0, 0.5, np.random.default_rng(0), direction=np.array([0.0, 2.0, 0.0]))
    turned = sample.labels[:, None] * sample.inputs
    slack = 5 * sample.sigma / np.sqrt(sample.n)
    np.testing.assert_allclose(turned.mean(axis=0), sample.kappa * sample.direction, atol=slack)
    np.testing.assert_allclose(turned.std(axis=0), sample.sigma, atol=slack)
    assert sample.labels.sum() == 0


def test_x_plus_x_max_and_phi_are_those_of_the_positive_samples():
    sample = draw_mixture(7, 4, 2.0, 1.0, np.random.default_rng(1))
    by_hand = sum(x for x, y in zip(sample.inputs, sample.labels, strict=True) if y == 1)
    np.testing.assert_allclose(sample.x_plus, by_hand)
    assert sample.x_max == max(np.linalg.norm(x) for x in sample.inputs)
    assert np.cos(sample.phi) == pytest.approx(by_hand @ sample.direction / np.linalg.norm(by_hand))
    assert (sample.labels > 0).sum() == 4


@pytest.mark.parametrize("least", [0.0, 0.1])
def test_rejection_gives_orthogonally_separable_samples(least):
    for seed in range(5):
        sample = draw_mixture(20, 20, 2.0, 1.0, np.random.default_rng(seed), separability=least)
        turned = sample.labels[:, None] * sample.inputs
        gram = turned @ turned.T / np.outer(*[np.linalg.norm(turned, axis=1)] * 2)
        assert gram.min() >= least
        assert sample.separability == pytest.approx(gram[np.triu_indices(20, 1)].min())


def test_without_rejection_such_samples_are_rare_at_this_noise():
    separable = [draw_mixture(20, 20, 2.0, 1.0, np.random.default_rng(s)).separability > 0 for s in range(50)]
    assert np.mean(separable) < 0.5


def test_fair_coins_leave_no_class_empty_and_do_vary():
    counts = [
        (draw_mixture(3, 2, 1.0, 1.0, np.random.default_rng(s), classes="iid").labels > 0).sum()
        for s in range(60)
    ]
    assert set(counts) == {1, 2}


def test_positives_keep_only_the_positive_half():
    sample = draw_mixture(9, 3, 1.0, 1.0, np.random.default_rng(2))
    half = sample.positives()
    np.testing.assert_array_equal(half.inputs, sample.inputs[sample.labels > 0])
    np.testing.assert_array_equal(half.x_plus, sample.x_plus)


def test_small_angles_keep_their_digits():
    tilt = 1e-9
    assert angle(np.array([1.0, 0.0]), np.array([np.cos(tilt), np.sin(tilt)])) == pytest.approx(
        tilt, rel=1e-6
    )
    with pytest.raises(ValueError, match="no angle"):
        angle(np.zeros(2), np.ones(2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n = 0"),
        ({"kappa": -1.0}, "kappa = -1.0"),
        ({"separability": 1.0}, "separability = 1.0"),
        ({"classes": "odd"}, "unknown classes 'odd'"),
    ],
)
def test_what_makes_no_sense_is_refused(change, message):
    values = {"n": 4, "d": 2, "kappa": 1.0, "sigma": 1.0, **change}
    with pytest.raises(ValueError, match=message):
        draw_mixture(**values, rng=np.random.default_rng(0))


def test_rejection_that_cannot_succeed_says_so():
    with pytest.raises(ValueError, match="raise kappa / sigma"):
        draw_mixture(40, 100, 0.0, 1.0, np.random.default_rng(0), separability=0.9)
