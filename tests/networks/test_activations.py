"""The registry of activations: torch's values and slopes, sigma(0) = 0, and every name looked up in it."""

import numpy as np
import pytest
import torch

from earlyalign.dynamics.adam import AdamState, adam
from earlyalign.dynamics.lane_activations import LANE_ACTIVATIONS
from earlyalign.dynamics.sgd import sgd
from earlyalign.networks.activations import ACTIVATIONS, Activation, activation_named
from earlyalign.networks.two_layer import gaussian_init

TORCH = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(("kind", "tolerance"), [(np.float32, 5e-7), (np.float64, 1e-14)])
def test_value_and_slope_are_torchs(name, kind, tolerance):
    at = np.linspace(-12, 12, 100_001).astype(kind)
    exact = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    expected = TORCH[name](exact)
    expected.sum().backward()
    value, slope = activation_named(name).value(at), activation_named(name).slope(at)
    assert value.dtype == slope.dtype == kind
    np.testing.assert_allclose(value, expected.detach().numpy(), atol=tolerance, rtol=tolerance)
    np.testing.assert_allclose(slope, exact.grad.numpy(), atol=tolerance)


def test_the_kink_of_relu_has_slope_zero():
    assert np.array_equal(activation_named("relu").slope(np.array([0.0, -0.0])), [0, 0])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_zero_at_zero(name):
    assert np.array_equal(activation_named(name).value(np.array([0.0, -0.0])), [0, 0])


def test_another_activation_is_refused():
    with pytest.raises(ValueError, match=r"sigma\(0\) = 0.5"):
        Activation(lambda s: 1 / (1 + np.exp(-s)), lambda s: np.exp(-s) / (1 + np.exp(-s)) ** 2)


def test_the_kernels_have_a_form_of_each():
    assert list(LANE_ACTIVATIONS) == list(ACTIVATIONS)


def test_an_unknown_name_is_refused_wherever_one_is_looked_up():
    rng = np.random.default_rng(0)
    net, inputs, labels = gaussian_init(7, 3, 1.0, rng), rng.standard_normal((5, 3)), rng.standard_normal(5)
    for ask in (
        lambda name: activation_named(name),
        lambda name: net.predict(inputs, name),
        lambda name: sgd(net, inputs, labels, 1, 0.1, 2, 0, activation=name),
        lambda name: adam(AdamState.start(net), inputs, labels, 1, 2, 0, activation=name),
    ):
        with pytest.raises(ValueError, match="unknown activation 'tanh'; allowed: relu, gelu"):
            ask("tanh")
