"""The generator is one function of (z, y), seeded, and `edim` is the dimension of what a class can look like."""

import numpy as np
import pytest
import torch

from earlyalign.data.generated_images import CLASSES_IN, LATENT, Generator, generated_split


def nearest_mean_accuracy(split):
    """Test accuracy of the nearest class mean: a yardstick of how hard the task is."""
    train, test = split.train.inputs.reshape(split.train.n, -1), split.test.inputs.reshape(split.test.n, -1)
    means = np.stack(
        [train[split.train.labels == label].mean(axis=0) for label in range(split.train.classes)]
    )
    distances = ((test[:, None] - means) ** 2).sum(axis=2)
    return float((distances.argmin(axis=1) == split.test.labels).mean())


@pytest.mark.parametrize("side", [8, 16, 32])
def test_images_have_the_shape_and_range_that_are_said(side):
    images = Generator(side=side, classes=4, channels=6).sample(13, 8, np.random.default_rng(0))
    assert images.inputs.shape == (13, 3, side, side)
    assert images.inputs.dtype == np.float32 and images.labels.dtype == np.int64
    assert np.abs(images.inputs).max() < 1 and images.inputs.std() > 0.05
    assert sorted(np.bincount(images.labels)) == [3, 3, 3, 4]


def test_one_seed_is_one_sample_and_the_generator_stays():
    first, again, other = (generated_split(40, 10, 16, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.train.inputs, again.train.inputs)
    assert not np.array_equal(first.train.inputs, other.train.inputs)
    assert not np.array_equal(first.train.inputs[:10], first.test.inputs)
    weights, same, changed = (Generator(seed=seed).weights() for seed in (0, 0, 1))
    assert all(np.array_equal(weights[name], same[name]) for name in weights)
    assert not np.array_equal(weights["linear"], changed["linear"])


@pytest.mark.parametrize("edim", [3, 12])
def test_the_images_of_a_class_spread_over_about_edim_dimensions(edim):
    generator = Generator(classes=2, channels=6)
    rng = np.random.default_rng(0)
    images = generator.sample(4000, edim, rng)
    pixels = images.inputs[images.labels == 0].reshape(2000, -1)
    spectrum = np.linalg.svd(pixels - pixels.mean(axis=0), compute_uv=False) ** 2
    effective = spectrum.sum() ** 2 / (spectrum**2).sum()
    assert edim / 3 < effective < 3 * edim


@pytest.mark.parametrize("classes_in", CLASSES_IN)
def test_more_latent_dimensions_are_a_harder_task(classes_in):
    generator = Generator(classes_in=classes_in)
    easy, hard = (
        np.mean(
            [nearest_mean_accuracy(generated_split(200, 500, edim, seed, generator)) for seed in range(3)]
        )
        for edim in (8, 128)
    )
    assert easy > hard + 0.05


def test_class_means_tell_textures_hardly_and_shifts_well():
    textures, means = (
        nearest_mean_accuracy(generated_split(200, 500, 64, 0, Generator(side=8, classes_in=classes_in)))
        for classes_in in ("textures", "means")
    )
    assert textures < 0.4 < 0.6 < means


def test_an_image_of_textures_and_its_negative_come_from_opposite_latent_vectors():
    generator = Generator(side=8)
    latent, labels = torch.randn(5, LATENT, generator=torch.Generator().manual_seed(0)), torch.arange(5)
    there, back = (generator.images(sign * latent, labels, generator.weights()) for sign in (1, -1))
    torch.testing.assert_close(there, -back)
    assert there.std() > 0.1


def test_gains_leave_the_size_of_the_maps_alone():
    gains = Generator().weights()["gains"]
    torch.testing.assert_close(gains.square().mean(dim=2), torch.ones(10, Generator().levels))
    assert gains.std() > 0.5


@pytest.mark.parametrize(
    "change", [{"side": 20}, {"classes": 1}, {"channels": 0}, {"class_strength": 0}, {"classes_in": "names"}]
)
def test_a_generator_that_makes_no_sense_is_refused(change):
    with pytest.raises(ValueError):
        Generator(**change)


@pytest.mark.parametrize(("n", "edim"), [(0, 8), (5, 0), (5, 129)])
def test_a_sample_out_of_range_is_refused(n, edim):
    with pytest.raises(ValueError, match="edim"):
        Generator().sample(n, edim, np.random.default_rng(0))
