"""Full-batch descent of c f under the logistic loss, c an output multiplier, for any torch network."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn


def descend_multiplied(
    net: nn.Module, inputs: np.ndarray, labels: np.ndarray, multiplier: float, step: float, steps: int
) -> np.ndarray:
    """Outputs c f (steps + 1, n) along descent on the mean of log(1 + exp(-y c f)), from `net`, which is changed.

    inputs (n, d), labels (n,) of +-1. Raises ValueError unless multiplier and step are positive.
    """
    if multiplier <= 0 or step <= 0:
        raise ValueError(f"multiplier = {multiplier} and step = {step} must be positive")
    x, y = (torch.as_tensor(array, dtype=torch.float64) for array in (inputs, labels))
    parameters = list(net.parameters())
    outputs = np.empty((steps + 1, len(y)))
    for k in range(steps + 1):
        scaled = multiplier * net(x)[:, 0]
        outputs[k] = scaled.detach().numpy()
        slopes = torch.autograd.grad(nn.functional.softplus(-y * scaled).mean(), parameters)
        with torch.no_grad():
            torch._foreach_add_(parameters, slopes, alpha=-step)
    return outputs
