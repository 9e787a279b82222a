"""The torch twin computes the same function, and its gradients are those of finite differences."""

import numpy as np
import pytest
import torch

from earlyalign.dynamics.squared_loss import loss
from earlyalign.networks.torch_twin import RELU_SPELLINGS, TorchTwin, descent_direction
from earlyalign.networks.two_layer import TwoLayer, gaussian_init


@pytest.fixture
def problem():
    rng = np.random.default_rng(2)
    return gaussian_init(7, 4, 0.5, rng), rng.standard_normal((20, 4)), rng.standard_normal(20)


def test_the_twin_predicts_and_loses_as_the_network_does(problem):
    net, inputs, labels = problem
    twin, x, y = TorchTwin(net), torch.tensor(inputs), torch.tensor(labels)
    np.testing.assert_allclose(twin(x).detach().numpy(), net.predict(inputs), rtol=1e-12)
    assert twin.square_loss(x, y).item() == pytest.approx(loss(net, inputs, labels), rel=1e-12)


def test_descent_direction_agrees_with_central_differences(problem):
    net, inputs, labels = problem
    flat, width = net.flat(), 1e-6
    slopes = [
        (loss(TwoLayer.from_flat(flat + e, 4), inputs, labels) - loss(TwoLayer.from_flat(flat - e, 4), inputs, labels))
        / (2 * width)
        for e in width * np.eye(flat.size)
    ]  # fmt: skip
    np.testing.assert_allclose(descent_direction(net, inputs, labels).flat(), -np.array(slopes), atol=1e-7)


def test_the_spellings_are_one_function_with_three_slopes_at_its_kink():
    heights = torch.linspace(-2, 2, 5, dtype=torch.float64, requires_grad=True)
    slopes = set()
    for spelling in RELU_SPELLINGS.values():
        values = spelling(heights)
        assert torch.equal(values, torch.relu(heights))
        (slope,) = torch.autograd.grad(values.sum(), heights)
        assert 0 <= slope[2] <= 1
        slopes.add(slope[2].item())
    assert len(slopes) == 3
