"""The five-layer convolutional network: four convolutions and a linear layer.

Widths h, 2h, 4h, 8h with pooling in between is the "5-layer CNN" of Nakkiran et al. (2020), here without its
normalisation. The summary of Paper A names a five-layer CNN and no more, so the shape is chosen.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn

CNN_DEPTH = 5
"""Layers with weights. Without biases and normalisation the network is homogeneous of this degree in its weights."""


class FiveLayerCNN(nn.Module):
    """Images (n, in_channels, side, side) to logits (n, classes); `side` is any multiple of 4.

    width   h: the convolutions have h, 2h, 4h and 8h channels
    bias    with False, f(a W) = a**5 f(W) for every a > 0: rectifiers and pooling keep the degree

    Raises ValueError unless width, classes and in_channels are positive.
    """

    def __init__(self, width: int, classes: int = 10, in_channels: int = 3, bias: bool = False) -> None:
        super().__init__()
        if min(width, classes, in_channels) < 1:
            raise ValueError(
                f"width = {width}, classes = {classes} and in_channels = {in_channels} must be positive"
            )
        channels = [in_channels, width, 2 * width, 4 * width, 8 * width]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1, bias=bias) for before, after in pairwise(channels)
        )
        self.classifier = nn.Linear(channels[-1], classes, bias=bias)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes) of images (n, in_channels, side, side)."""
        maps = images
        for layer, convolution in enumerate(self.convolutions):
            maps = torch.relu(convolution(maps))
            if layer in (1, 2):
                maps = nn.functional.max_pool2d(maps, 2)
        return self.classifier(maps.amax(dim=(2, 3)))


def he_init(model: nn.Module, seed: int) -> nn.Module:
    """`model` with Gaussian weights of variance 2 / fan-in and zero biases, in place. One seed, one set of weights.

    Normalisation layers keep their ones and zeros.
    """
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu", generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return model


def parameter_count(model: nn.Module) -> int:
    """How many numbers are trained."""
    return sum(weights.numel() for weights in model.parameters() if weights.requires_grad)
