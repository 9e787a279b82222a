"""The compiled activations against torch's, over the whole range that matters, and what the registry refuses."""

import numpy as np
import pytest
import torch
from numba import njit

from earlyalign.networks.activations import ACTIVATIONS, named, on_arrays, registry

TORCH = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}


def _expected(name, at):
    exact = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    values = TORCH[name](exact)
    values.sum().backward()
    return values.detach().numpy(), exact.grad.numpy()


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(("kind", "tolerance"), [(np.float32, 5e-7), (np.float64, 1e-14)])
def test_value_and_slope_are_torchs(name, kind, tolerance):
    sigma, slope = named(name)

    @njit
    def evaluate(at, values, slopes):
        for i in range(len(at)):
            values[i], slopes[i] = sigma(at[i]), slope(at[i])

    at = np.linspace(-12, 12, 100_001).astype(kind)
    values, slopes = np.empty_like(at), np.empty_like(at)
    evaluate(at, values, slopes)
    expected, expected_slopes = _expected(name, at)
    np.testing.assert_allclose(values, expected, atol=tolerance, rtol=tolerance)
    np.testing.assert_allclose(slopes, expected_slopes, atol=tolerance)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_on_arrays_it_is_torchs_too(name):
    at = np.linspace(-12, 12, 10_001)
    np.testing.assert_allclose(on_arrays(name)(at), _expected(name, at)[0], atol=1e-14)


def test_the_kink_of_relu_has_slope_zero():
    _, slope = named("relu")
    assert slope(0.0) == slope(-0.0) == 0


@pytest.mark.parametrize("ask", [named, on_arrays])
def test_an_unknown_name_is_refused(ask):
    with pytest.raises(ValueError, match=r"'tanh'; allowed: relu, gelu"):
        ask("tanh")


def test_an_activation_that_is_not_zero_at_zero_is_refused():
    @njit
    def sigmoid(s):
        return 1 / (1 + np.exp(-s))

    with pytest.raises(ValueError, match=r"'sigmoid' has sigma\(0\) = 0.5"):
        registry(sigmoid=(sigmoid, sigmoid))
