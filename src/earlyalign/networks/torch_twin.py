"""The same network as a plain torch module, so that automatic differentiation can check what we derive by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from earlyalign.networks.two_layer import TwoLayer

Activation = Callable[[torch.Tensor], torch.Tensor]

RELU_SPELLINGS: dict[str, Activation] = {
    "relu": torch.relu,
    "maximum": lambda z: torch.maximum(z, torch.zeros_like(z)),
    "clamp": lambda z: torch.clamp(z, min=0.0),
}
"""One function, three subgradients at its kink: torch differentiates these to 0, 1/2 and 1 there."""


class TorchTwin(torch.nn.Module):
    """h(x) = sum_i a_i relu(<w_i, x>) in float64. Parameters `inner` (m, d) and `outer` (m,)."""

    def __init__(self, net: TwoLayer, activation: Activation = torch.relu) -> None:
        super().__init__()
        self.inner = torch.nn.Parameter(torch.tensor(net.inner, dtype=torch.float64))
        self.outer = torch.nn.Parameter(torch.tensor(net.outer, dtype=torch.float64))
        self.activation = activation

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """h at inputs (n, d), shape (n,)."""
        return self.activation(inputs @ self.inner.T) @ self.outer

    def square_loss(self, inputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """L = 1/(2n) sum_k (h(x_k) - y_k)^2."""
        return torch.mean((self(inputs) - labels) ** 2) / 2


def descent_direction(
    net: TwoLayer, inputs: np.ndarray, labels: np.ndarray, activation: Activation = torch.relu
) -> TwoLayer:
    """Minus the gradient of L by automatic differentiation: what `dynamics.squared_loss.velocity` must equal.

    inputs (n, d), labels (n,). At kinks it is minus whatever element of the subdifferential torch picks.
    """
    twin = TorchTwin(net, activation)
    x, y = (torch.as_tensor(array, dtype=torch.float64) for array in (inputs, labels))
    inner, outer = torch.autograd.grad(twin.square_loss(x, y), (twin.inner, twin.outer))
    return TwoLayer(-inner.numpy(), -outer.numpy())
