"""Sums over activation cells against the readable formulas they stand for."""

import numpy as np
import pytest

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics import squared_loss
from earlyalign.dynamics.full_batch import Cells, FullBatch, Slides, pulls, velocity
from earlyalign.networks.two_layer import gaussian_init


def _problem(n, width=9, d=4):
    rng = np.random.default_rng(n)
    data, net = draw(gaussian(d), n, 0.2, rng), gaussian_init(width, d, 1.0, rng)
    return data, net, FullBatch.of(data.inputs, data.labels), np.column_stack([net.inner, net.outer])


@pytest.mark.parametrize("d", [1, 2, 4, 5, 9])
@pytest.mark.parametrize("n", [7, 64, 65, 700])
def test_velocity_is_the_right_hand_side_of_4(n, d):
    data, net, batch, weights = _problem(n, d=d)
    speed, pull, residual, loss = velocity(batch, Cells.at(batch, weights, Slides.none(9, d)), weights)
    expected = squared_loss.velocity(net, data.inputs, data.labels)
    np.testing.assert_allclose(speed[:, :d], expected.inner, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(speed[:, d], expected.outer, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(residual, data.labels - net.predict(data.inputs), atol=1e-12)
    np.testing.assert_allclose(net.outer[:, None] * pull, expected.inner, rtol=1e-11, atol=1e-13)
    assert loss == pytest.approx(squared_loss.loss(net, data.inputs, data.labels), rel=1e-12)


def test_any_tree_gives_the_same_sums():
    _, _, batch, weights = _problem(130)
    own = Cells.at(batch, weights, Slides.none(9, 4))
    stale = Cells.at(batch, weights, own.slides, Cells.at(batch, -weights[::-1], own.slides).tree)
    for found, expected in zip(velocity(batch, stale, weights), velocity(batch, own, weights)):
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-13)
    residual = np.random.default_rng(0).standard_normal(130)
    np.testing.assert_allclose(
        pulls(batch, stale, residual), pulls(batch, own, residual), rtol=1e-10, atol=1e-13
    )


def test_the_tree_leaves_little_to_sum_where_neurons_are_aligned():
    _, _, batch, weights = _problem(700, width=60)
    aligned = weights.copy()
    aligned[:, :-1] = weights[0, :-1] + 1e-3 * weights[:, :-1]
    apart, together = (len(Cells.at(batch, each, Slides.none(60, 4)).samples) for each in (weights, aligned))
    assert together < 700 * 1.5 < apart < 60 * 350


def test_neurons_do_not_leave_the_walls_they_slide_on():
    data, net, batch, weights = _problem(50)
    x = data.inputs[7] / np.linalg.norm(data.inputs[7])
    slides = Slides.none(9, 4)
    slides.walls[2, 0], slides.count[2], slides.bases[2, 0] = 7, 1, x
    weights[2, :-1] -= (weights[2, :-1] @ x) * x
    speed = velocity(batch, Cells.at(batch, weights, slides), weights)[0]
    assert abs(speed[2, :-1] @ x) < 1e-14
    off = squared_loss.velocity(
        type(net)(weights[:, :-1] - 1e-12 * x, weights[:, -1]), data.inputs, data.labels
    )
    np.testing.assert_allclose(speed[2, :-1], off.inner[2] - (off.inner[2] @ x) * x, rtol=1e-9, atol=1e-11)


def test_mismatched_labels_are_refused():
    with pytest.raises(ValueError, match="ask for"):
        FullBatch.of(np.zeros((5, 2)), np.zeros(4))
