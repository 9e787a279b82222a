"""The compiled activations against torch's, over the whole range that matters in float32."""

import numpy as np
import pytest
import torch
from numba import njit

from earlyalign.networks.activations import ACTIVATIONS

TORCH = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_value_and_slope_are_torchs(name, kind):
    sigma, slope = ACTIVATIONS[name]

    @njit
    def evaluate(at, values, slopes):
        for i in range(len(at)):
            values[i], slopes[i] = sigma(at[i]), slope(at[i])

    at = np.linspace(-12, 12, 100_001).astype(kind)
    values, slopes = np.empty_like(at), np.empty_like(at)
    evaluate(at, values, slopes)
    exact = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    expected = TORCH[name](exact)
    expected.sum().backward()
    np.testing.assert_allclose(values, expected.detach().numpy(), atol=2e-6)
    np.testing.assert_allclose(slopes, exact.grad.numpy(), atol=2e-6)
