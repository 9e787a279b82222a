"""A deep ReLU network in torch, to ask what its output scale and its initialisation have to do with one another.

Without biases and without normalisation it is homogeneous: theta -> s theta multiplies the output by s^L, L the depth.
Biases and batch normalisation break that, each in its own way.
"""

from __future__ import annotations

import torch
from torch import nn


def mlp(
    d: int, width: int, depth: int, seed: int, biases: bool = False, batch_norm: bool = False
) -> nn.Sequential:
    """d inputs, depth - 1 hidden ReLU layers of `width`, one output, in float64; torch's own initialisation of `seed`.

    depth counts layers of weights. Biases, if asked for, are drawn like the weights; batch normalisation has no
    parameters of its own and always uses the batch at hand. Raises ValueError for depth < 2.
    """
    if depth < 2:
        raise ValueError(f"depth = {depth} must be at least 2")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers: list[nn.Module] = []
        for inside, outside in zip([d] + [width] * (depth - 2), [width] * (depth - 1), strict=True):
            layers.append(nn.Linear(inside, outside, bias=biases, dtype=torch.float64))
            if batch_norm:
                layers.append(
                    nn.BatchNorm1d(outside, affine=False, track_running_stats=False, dtype=torch.float64)
                )
            layers.append(nn.ReLU())
        layers.append(nn.Linear(width, 1, bias=biases, dtype=torch.float64))
    return nn.Sequential(*layers)


def scale_parameters(net: nn.Module, factor: float) -> nn.Module:
    """`net` with every parameter multiplied by `factor`, in place."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.mul_(factor)
    return net
