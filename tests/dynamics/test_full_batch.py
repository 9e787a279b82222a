"""The blocked full-batch kernels against the readable formulas they stand for."""

import numpy as np
import pytest

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics import squared_loss
from earlyalign.dynamics.full_batch import BLOCK, FullBatch
from earlyalign.networks.two_layer import gaussian_init


@pytest.mark.parametrize("n", [7, 64, 65, BLOCK, BLOCK + 1, 700])
def test_velocity_is_the_right_hand_side_of_4(n):
    rng = np.random.default_rng(n)
    data, net = draw(gaussian(4), n, 0.2, rng), gaussian_init(9, 4, 1.0, rng)
    velocity, loss = FullBatch.of(data.inputs, data.labels).velocity(np.column_stack([net.inner, net.outer]))
    expected = squared_loss.velocity(net, data.inputs, data.labels)
    np.testing.assert_allclose(velocity[:, :4], expected.inner, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(velocity[:, 4], expected.outer, rtol=1e-11, atol=1e-13)
    assert loss == pytest.approx(squared_loss.loss(net, data.inputs, data.labels), rel=1e-12)


def test_curvature_is_the_derivative_of_the_velocity():
    rng = np.random.default_rng(1)
    data, net = draw(gaussian(3), 50, 0.2, rng), gaussian_init(6, 3, 1.0, rng)
    batch, weights = FullBatch.of(data.inputs, data.labels), np.column_stack([net.inner, net.outer])
    direction = rng.standard_normal(weights.shape)
    step = 1e-6  # small enough that no sample crosses a kink
    ahead, behind = (batch.velocity(weights + sign * step * direction)[0] for sign in (1, -1))
    np.testing.assert_allclose(
        batch.curvature(weights, direction), -(ahead - behind) / (2 * step), rtol=1e-6, atol=1e-8
    )


def test_mismatched_labels_are_refused():
    with pytest.raises(ValueError, match="ask for"):
        FullBatch.of(np.zeros((5, 2)), np.zeros(4))
