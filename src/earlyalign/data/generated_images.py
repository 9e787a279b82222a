"""Class-conditional images from a fixed random network, with as many latent dimensions as one asks for.

A stand-in for the paper's BigGAN samples. There, too, a generator turns a class embedding and a latent vector into an
image, `edim` of the latent coordinates vary while the others are zero, and the class enters by scaling feature maps.
This generator is not trained; its images are textures, not animals. What it keeps is the knob: within a class the
images fill a set of dimension `edim`, so more of them is a harder task. Nothing is downloaded.

The network is odd in the latent vector. With the class in the gains of its feature maps, an image and its negative
are equally likely, so all classes have the same mean, and a rule that looks at pixels one by one stays near chance:
what tells the classes apart has to be found by features. With the class in the mean (`classes_in="means"`), the
opposite holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from earlyalign.data.images import Images, Split

LATENT = 128
"""Latent coordinates of the generator, as many as BigGAN's; `edim` of them vary."""

SIDES = (8, 16, 32)
CLASSES_IN = ("textures", "means")
CLASS_STRENGTHS = {"textures": 2.0, "means": 0.35}
_START = 4
_BEND = 1.5
_AT_ONCE = 500


@dataclass(frozen=True)
class Generator:
    """z, y -> image, the same for every draw and every `edim`.

    side            8, 16 or 32
    classes         how many
    channels        feature maps inside, 24 by default
    classes_in      "textures": a class scales the feature maps of every level, by log-normal gains;
                    "means": a class shifts the latent vector
    class_strength  of a gain's logarithm, its standard deviation; of a shift, its length against that of a latent
                    vector with all its coordinates, sqrt(128). By default as in `CLASS_STRENGTHS`
    seed            of the network's weights and of the classes

    Raises ValueError for another side or place, or for numbers that are not positive.
    """

    side: int = 16
    classes: int = 10
    channels: int = 24
    classes_in: str = "textures"
    class_strength: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.side not in SIDES:
            raise ValueError(f"side = {self.side}; allowed: {', '.join(map(str, SIDES))}")
        if self.classes_in not in CLASSES_IN:
            raise ValueError(f"classes_in = {self.classes_in!r}; allowed: {', '.join(CLASSES_IN)}")
        if self.classes < 2 or self.channels < 1 or not self.strength > 0:
            raise ValueError(
                "at least two classes, one channel and a positive class_strength are needed, not "
                f"{self.classes}, {self.channels}, {self.class_strength}"
            )

    @property
    def strength(self) -> float:
        """`class_strength`, or its default."""
        return CLASS_STRENGTHS[self.classes_in] if self.class_strength is None else self.class_strength

    @property
    def levels(self) -> int:
        """Resolutions from 4 x 4 up to `side`."""
        return int(np.log2(self.side // _START)) + 1

    def weights(self) -> dict[str, torch.Tensor]:
        """The network: a linear layer to 4 x 4 maps, a 3x3 convolution at 4 x 4, 8 x 8 and so on up to `side`, and one
        to three colours; per class, a latent shift (classes, 128) and the maps' gains (classes, levels, channels), of
        mean square 1."""
        source = torch.Generator().manual_seed(self.seed)

        def normal(*shape: int, fan_in: float) -> torch.Tensor:
            return torch.randn(*shape, generator=source) / fan_in**0.5

        maps = self.channels
        weights = {
            "linear": normal(LATENT, maps * _START**2, fan_in=LATENT),
            "colours": normal(3, maps, 3, 3, fan_in=9 * maps),
        }
        for level in range(self.levels):
            weights[f"level{level}"] = normal(maps, maps, 3, 3, fan_in=9 * maps / 2)
        drawn = torch.randn(self.classes, self.levels, maps, generator=source)
        shifts = functional.normalize(torch.randn(self.classes, LATENT, generator=source), dim=1)
        textured = self.classes_in == "textures"
        gains = torch.exp(self.strength * drawn) if textured else torch.ones_like(drawn)
        weights["gains"] = gains / gains.square().mean(dim=2, keepdim=True).sqrt()
        weights["shifts"] = (0.0 if textured else self.strength * LATENT**0.5) * shifts
        return weights

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
                self.images(torch.from_numpy(latent[rows]), torch.from_numpy(labels[rows]), weights)
                for rows in np.array_split(np.arange(n), -(-n // _AT_ONCE))
            ]
        return Images(torch.cat(parts).numpy(), labels.astype(np.int64), self.classes)

    def images(
        self, latent: torch.Tensor, labels: torch.Tensor, weights: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        """Images (k, 3, side, side) of latent vectors (k, 128) and labels (k,)."""
        maps = (latent + weights["shifts"][labels]) @ weights["linear"]
        maps = maps.view(len(labels), self.channels, _START, _START)
        for level in range(self.levels):
            if level:
                maps = functional.interpolate(maps, scale_factor=2, mode="nearest")
            gains = weights["gains"][labels, level, :, None, None]
            maps = functional.conv2d(torch.tanh(_BEND * gains * maps), weights[f"level{level}"], padding=1)
        return torch.tanh(functional.conv2d(torch.tanh(maps), weights["colours"], padding=1))


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
