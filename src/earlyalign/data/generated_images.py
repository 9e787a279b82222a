"""Class-conditional images from a fixed random network, with as many latent dimensions as one asks for.

A stand-in for the paper's BigGAN samples: there, too, a generator turns a class embedding and a latent vector into an
image, and `edim` of the latent coordinates vary while the others are zero. This one is not trained; its images are
textures, not animals. What it keeps is the knob: within a class the images fill a set of dimension `edim`, so more of
them is a harder task. Nothing is downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from earlyalign.data.images import Images, Split

LATENT = 128
"""Latent coordinates of the generator, as many as BigGAN's; `edim` of them vary."""

SIDES = (16, 32)
_START = 4


@dataclass(frozen=True)
class Generator:
    """z, y -> image, the same for every draw and every `edim`.

    side            16 or 32
    classes         number of class embeddings
    channels        feature maps inside, 24 by default
    class_strength  length of a class embedding against that of a latent vector with all its coordinates, sqrt(128);
                    at 0.35 and edim 32 a small CNN reaches some 60 % with 200 images, so there is room both ways
    seed            of the network's weights and the class embeddings

    Raises ValueError for another side, or for numbers that are not positive.
    """

    side: int = 16
    classes: int = 10
    channels: int = 24
    class_strength: float = 0.35
    seed: int = 0

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise ValueError(f"side = {self.side}; allowed: {', '.join(map(str, SIDES))}")
        if self.classes < 2 or self.channels < 1 or not self.class_strength > 0:
            raise ValueError(
                "at least two classes, one channel and a positive class_strength are needed, not "
                f"{self.classes}, {self.channels}, {self.class_strength}"
            )

    def weights(self) -> dict[str, torch.Tensor]:
        """The network: class embeddings (classes, 128), a linear layer to 4 x 4 maps, a 3x3 convolution at 4 x 4, 8 x 8
        and so on up to `side`, and one to three colours."""
        source = torch.Generator().manual_seed(self.seed)

        def normal(*shape: int, fan_in: int) -> torch.Tensor:
            return torch.randn(*shape, generator=source) / fan_in**0.5

        maps, levels = self.channels, int(np.log2(self.side // _START)) + 1
        embeddings = functional.normalize(normal(self.classes, LATENT, fan_in=1), dim=1)
        found = {
            "embeddings": self.class_strength * LATENT**0.5 * embeddings,
            "linear": normal(LATENT, maps * _START**2, fan_in=LATENT),
            "colours": normal(3, maps, 3, 3, fan_in=9 * maps),
        }
        for level in range(levels):
            found[f"level{level}"] = normal(maps, maps, 3, 3, fan_in=9 * maps / 2)
        return found

    def sample(self, n: int, edim: int, rng: np.random.Generator) -> Images:
        """`n` images, classes as equal in number as n allows, in random order; pixels in (-1, 1).

        The first `edim` latent coordinates are standard Gaussian, the others zero. Raises ValueError unless
        n >= 1 and 1 <= edim <= 128.
        """
        if n < 1 or not 1 <= edim <= LATENT:
            raise ValueError(f"n = {n} must be positive and edim = {edim} lie in 1..{LATENT}")
        labels = rng.permutation(np.arange(n) % self.classes)
        latent = np.zeros((n, LATENT), np.float32)
        latent[:, :edim] = rng.standard_normal((n, edim))
        weights = self.weights()
        with torch.no_grad():
            parts = [
                self._images(torch.from_numpy(latent[rows]), torch.from_numpy(labels[rows]), weights)
                for rows in np.array_split(np.arange(n), max(1, n // 500))
            ]
        return Images(torch.cat(parts).numpy(), labels.astype(np.int64), self.classes)

    def _images(
        self, latent: torch.Tensor, labels: torch.Tensor, weights: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        maps = (latent + weights["embeddings"][labels]) @ weights["linear"]
        maps = maps.view(len(labels), self.channels, _START, _START)
        level = 0
        while True:
            maps = functional.conv2d(torch.relu(maps), weights[f"level{level}"], padding=1)
            if maps.shape[-1] == self.side:
                return torch.tanh(functional.conv2d(torch.relu(maps), weights["colours"], padding=1))
            maps = functional.interpolate(maps, scale_factor=2, mode="nearest")
            level += 1


def generated_split(
    n_train: int, n_test: int, edim: int, seed: int, generator: Generator | None = None
) -> Split:
    """Fresh training and test images of one generator, colours standardised by the training sample.

    One seed, one pair of samples; the generator does not depend on it.
    """
    source = generator or Generator()
    train, test = (
        source.sample(n, edim, np.random.default_rng([seed, part]))
        for part, n in enumerate((n_train, n_test))
    )
    return Split(train, test).standardised()
