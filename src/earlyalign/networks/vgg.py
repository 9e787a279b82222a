"""VGG-19 in its CIFAR form: sixteen convolutions and one linear layer (Simonyan & Zisserman 2015, configuration E).

The name counts nineteen layers with weights because the original ends in three linear ones. The CIFAR form, for images
of side 32 that five poolings bring down to one pixel, has one: seventeen layers with weights.
"""

from __future__ import annotations

import torch
from torch import nn

VGG19_STAGES = ((1, 2), (2, 2), (4, 4), (8, 4), (8, 4))
"""(channels in units of `width`, convolutions) between two poolings."""

VGG19_DEPTH = 17


class VGG19(nn.Module):
    """Images (n, in_channels, 32, 32) to logits (n, classes).

    width       channels of the first stage, 64 in the published network
    batch_norm  a BatchNorm between each convolution and its rectifier
    bias        biases of convolutions and of the linear layer

    Raises ValueError unless width and classes are positive.
    """

    def __init__(
        self,
        width: int = 64,
        classes: int = 10,
        in_channels: int = 3,
        batch_norm: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if min(width, classes) < 1:
            raise ValueError(f"width = {width} and classes = {classes} must be positive")
        layers: list[nn.Module] = []
        before = in_channels
        for times, convolutions in VGG19_STAGES:
            for _ in range(convolutions):
                layers.append(nn.Conv2d(before, times * width, 3, padding=1, bias=bias))
                if batch_norm:
                    layers.append(nn.BatchNorm2d(times * width))
                layers.append(nn.ReLU())
                before = times * width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(before, classes, bias=bias)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes) of images (n, in_channels, 32, 32)."""
        return self.classifier(self.features(images).flatten(1))
