"""Labelled images refuse what does not fit, and are drawn evenly and standardised by the training sample."""

import numpy as np
import pytest

from earlyalign.data.images import Images, Split


@pytest.fixture
def images():
    rng = np.random.default_rng(0)
    return Images(rng.normal(3, 2, (60, 2, 4, 4)).astype(np.float32), np.arange(60) % 3, 3)


def test_a_draw_is_even_over_the_classes_and_repeats_no_image(images):
    drawn = images.take(20, np.random.default_rng(1))
    assert sorted(np.bincount(drawn.labels)) == [6, 7, 7]
    assert len(np.unique(drawn.inputs.reshape(20, -1), axis=0)) == 20
    again = images.take(20, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn.inputs, again.inputs)


def test_dividing_gives_the_draw_and_all_the_others(images):
    drawn, rest = images.divide(20, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn.inputs, images.take(20, np.random.default_rng(1)).inputs)
    both = np.concatenate([drawn.inputs, rest.inputs]).reshape(60, -1)
    np.testing.assert_array_equal(np.unique(both, axis=0), np.unique(images.inputs.reshape(60, -1), axis=0))


def test_a_class_with_too_few_images_is_named(images):
    with pytest.raises(ValueError, match="has 20 images, 21 are asked for"):
        images.take(63, np.random.default_rng(1))


def test_standardising_uses_the_training_sample_alone(images):
    test = Images(images.inputs * 5, images.labels, 3)
    split = Split(images, test).standardised()
    np.testing.assert_allclose(split.train.inputs.mean(axis=(0, 2, 3)), 0, atol=1e-6)
    np.testing.assert_allclose(split.train.inputs.std(axis=(0, 2, 3)), 1, rtol=1e-5)
    np.testing.assert_allclose(
        split.test.inputs,
        (test.inputs - images.inputs.mean(axis=(0, 2, 3), keepdims=True))
        / images.inputs.std(axis=(0, 2, 3), keepdims=True),
        rtol=1e-4, atol=1e-5,
    )  # fmt: skip


def test_a_constant_channel_is_only_centred(images):
    flat = Images(np.full((3, 1, 2, 2), 7, np.float32), np.arange(3), 3)
    assert not Split(flat, flat).standardised().train.inputs.any()


@pytest.mark.parametrize(
    ("inputs", "labels"),
    [(np.zeros((2, 3, 4)), [0, 1]), (np.zeros((2, 1, 4, 4)), [0]), (np.zeros((2, 1, 4, 4)), [0, 3])],
)
def test_what_does_not_fit_is_refused(inputs, labels):
    with pytest.raises(ValueError):
        Images(inputs, np.array(labels), 3)
