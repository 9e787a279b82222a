"""Each law does what its name says."""

import numpy as np
import pytest

from earlyalign.data.regression_laws import LAWS, sample


def draw(law, n=4000, d=3, variance=0.2, **settings):
    return sample(law, n, d, variance, np.random.default_rng(0), **settings)


@pytest.mark.parametrize("law", LAWS)
def test_every_law_gives_samples_of_the_asked_shape(law):
    data = draw(law, n=51)
    assert data.inputs.shape == (51, 3)
    assert data.labels.shape == (51,)
    assert np.isfinite(data.labels).all()


@pytest.mark.parametrize("law", ["gaussian", "conditioned", "shifted", "paired"])
def test_without_noise_linear_labels_are_the_teacher(law):
    data = draw(law, variance=0.0)
    assert data.labels == pytest.approx(data.inputs @ data.teacher, abs=1e-15)


def test_one_neuron_labels_are_its_output():
    data = draw("one-neuron", variance=0.0)
    assert data.labels == pytest.approx(np.maximum(data.inputs[:, 0], 0), abs=1e-15)
    assert data.labels.min() == 0


def test_the_margin_is_kept_and_the_shift_is_made():
    x = draw("conditioned", c=0.3).inputs
    assert np.all(np.abs(x[:, 0]) >= 0.3 * np.linalg.norm(x, axis=1))
    assert draw("shifted", shift=1.0).inputs.mean(axis=0) == pytest.approx([0, 1, 0], abs=0.08)


def test_pairs_are_opposite():
    x = draw("paired", n=7).inputs
    assert np.array_equal(x[4:], -x[:3])


def test_heavy_noise_has_a_heavier_tail_than_gaussian_noise():
    heavy, light = (np.abs(d.labels - d.inputs[:, 0]).max() for d in (draw("heavy-noise"), draw("gaussian")))
    assert heavy > 10 * light


@pytest.mark.parametrize(
    ("law", "n", "d", "variance"),
    [("cauchy", 5, 2, 1), ("gaussian", 0, 2, 1), ("gaussian", 5, 1, 1), ("gaussian", 5, 2, -1)],
)
def test_bad_input_is_refused(law, n, d, variance):
    with pytest.raises(ValueError, match=r"law|need"):
        draw(law, n, d, variance)
