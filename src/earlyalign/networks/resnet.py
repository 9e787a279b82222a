"""ResNet-18, -34 and -50 in their CIFAR form (He et al. 2016, with a 3x3 stem of stride 1 and no first pooling)."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

RESNET_BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}
"""Depth -> blocks in each of the four stages; 50 has bottleneck blocks, the others basic ones."""


def _normalised(before: int, after: int, size: int, stride: int = 1) -> nn.Sequential:
    """A convolution without bias that keeps the image's side up to its stride, and a BatchNorm."""
    return nn.Sequential(
        nn.Conv2d(before, after, size, stride=stride, padding=size // 2, bias=False), nn.BatchNorm2d(after)
    )


class Basic(nn.Module):
    """Two 3x3 convolutions beside a shortcut."""

    expansion = 1

    def __init__(self, before: int, channels: int, stride: int) -> None:
        super().__init__()
        after = channels * self.expansion
        self.first = _normalised(before, channels, 3, stride)
        self.second = _normalised(channels, after, 3)
        plain = stride == 1 and before == after
        self.shortcut = nn.Identity() if plain else _normalised(before, after, 1, stride)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Maps (n, channels, side, side) to maps; with a stride s the side is divided by s."""
        maps = self.second(torch.relu(self.first(inputs)))
        return torch.relu(maps + self.shortcut(inputs))


class Bottleneck(nn.Module):
    """A 1x1 convolution to fewer channels, a 3x3 one, and a 1x1 one to four times as many, beside a shortcut."""

    expansion = 4

    def __init__(self, before: int, channels: int, stride: int) -> None:
        super().__init__()
        after = channels * self.expansion
        self.first = _normalised(before, channels, 1)
        self.second = _normalised(channels, channels, 3, stride)
        self.third = _normalised(channels, after, 1)
        plain = stride == 1 and before == after
        self.shortcut = nn.Identity() if plain else _normalised(before, after, 1, stride)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Maps (n, channels, side, side) to maps; with a stride s the side is divided by s."""
        maps = torch.relu(self.second(torch.relu(self.first(inputs))))
        return torch.relu(self.third(maps) + self.shortcut(inputs))


class ResNet(nn.Module):
    """Images (n, in_channels, side, side) to logits (n, classes); side 32 in CIFAR.

    depth   18, 34 or 50
    width   channels of the stem, 64 in the published networks; the stages have 1, 2, 4 and 8 times as many

    Raises ValueError for another depth, or a width or number of classes that is not positive.
    """

    def __init__(self, depth: int = 18, width: int = 64, classes: int = 10, in_channels: int = 3) -> None:
        super().__init__()
        if depth not in RESNET_BLOCKS:
            raise ValueError(f"depth = {depth}; allowed: {', '.join(map(str, RESNET_BLOCKS))}")
        if min(width, classes) < 1:
            raise ValueError(f"width = {width} and classes = {classes} must be positive")
        block = Bottleneck if depth == 50 else Basic
        self.stem = _normalised(in_channels, width, 3)
        blocks: list[nn.Module] = []
        before = width
        for stage, count in enumerate(RESNET_BLOCKS[depth]):
            for place in range(count):
                blocks.append(block(before, width * 2**stage, 2 if stage and not place else 1))
                before = width * 2**stage * block.expansion
        self.blocks = nn.Sequential(*blocks)
        self.classifier = nn.Linear(before, classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (n, classes) of images (n, in_channels, side, side)."""
        maps = self.blocks(torch.relu(self.stem(images)))
        return self.classifier(functional.adaptive_avg_pool2d(maps, 1).flatten(1))
