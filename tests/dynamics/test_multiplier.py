"""Descent with an output multiplier: its first step by hand, and the chain rule of the multiplier."""

import numpy as np
import pytest
import torch

from earlyalign.dynamics.multiplier import descend_multiplied
from earlyalign.networks.mlp import mlp

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((5, 3)), np.array([1.0, -1.0, 1.0, 1.0, -1.0])


def test_a_step_is_minus_step_times_the_gradient_of_the_mean_logistic_loss():
    net, twin = mlp(3, 4, 3, seed=0), mlp(3, 4, 3, seed=0)
    outputs = descend_multiplied(net, X, Y, multiplier=2.0, step=0.3, steps=1)
    scaled = 2.0 * twin(torch.as_tensor(X))[:, 0]
    np.testing.assert_allclose(outputs[0], scaled.detach().numpy())
    loss = torch.log1p(torch.exp(-torch.as_tensor(Y) * scaled)).mean()
    loss.backward()
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter -= 0.3 * parameter.grad
    np.testing.assert_allclose(outputs[1], 2.0 * twin(torch.as_tensor(X))[:, 0].detach().numpy())


@pytest.mark.parametrize("change", [{"multiplier": 0.0}, {"step": -1.0}])
def test_what_makes_no_sense_is_refused(change):
    with pytest.raises(ValueError, match="must be positive"):
        descend_multiplied(
            mlp(3, 4, 2, seed=0), X, Y, **{"multiplier": 1.0, "step": 0.1, "steps": 1, **change}
        )
