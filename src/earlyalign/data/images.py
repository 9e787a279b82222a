"""Labelled images as plain arrays, whatever they were loaded or drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Images:
    """A labelled sample.

    inputs   (n, channels, side, side) float32
    labels   (n,) int64, from 0 to classes - 1
    classes  how many classes there are, seen or not

    Raises ValueError where the three do not fit.
    """

    inputs: np.ndarray
    labels: np.ndarray
    classes: int

    def __post_init__(self) -> None:
        if self.inputs.ndim != 4 or len(self.inputs) != len(self.labels):
            raise ValueError(
                f"inputs {self.inputs.shape} and labels {self.labels.shape} are not (n, channels, side, side) and (n,)"
            )
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < self.classes:
            raise ValueError(f"labels must lie in 0..{self.classes - 1}")

    @property
    def n(self) -> int:
        """How many images there are."""
        return len(self.labels)

    def take(self, n: int, rng: np.random.Generator) -> Images:
        """`n` of the images, drawn without replacement, as equal in number over the classes as n allows.

        Raises ValueError if a class has too few.
        """
        return self._at(self._drawn(n, rng))

    def divide(self, n: int, rng: np.random.Generator) -> tuple[Images, Images]:
        """The `n` images that `take` draws, and all the others in the order they had.

        Raises ValueError if a class has too few.
        """
        rows = self._drawn(n, rng)
        return self._at(rows), self._at(np.setdiff1d(np.arange(self.n), rows))

    def _at(self, rows: np.ndarray) -> Images:
        return Images(self.inputs[rows], self.labels[rows], self.classes)

    def _drawn(self, n: int, rng: np.random.Generator) -> np.ndarray:
        quota = np.full(self.classes, n // self.classes)
        quota[rng.permutation(self.classes)[: n % self.classes]] += 1
        chosen = []
        for label, count in enumerate(quota):
            members = np.flatnonzero(self.labels == label)
            if len(members) < count:
                raise ValueError(f"class {label} has {len(members)} images, {count} are asked for")
            chosen.append(rng.permutation(members)[:count])
        return rng.permutation(np.concatenate(chosen))


@dataclass(frozen=True)
class Split:
    """A training and a test sample of one law."""

    train: Images
    test: Images

    def standardised(self) -> Split:
        """Both with the training sample's mean and deviation, channel by channel, brought to 0 and 1.

        A constant channel is only centred.
        """
        mean = self.train.inputs.mean(axis=(0, 2, 3), dtype=np.float64, keepdims=True)
        deviation = self.train.inputs.std(axis=(0, 2, 3), dtype=np.float64, keepdims=True)
        scale = np.where(deviation > 0, deviation, 1.0)

        def moved(images: Images) -> Images:
            shifted = (images.inputs - mean.astype(np.float32)) / scale.astype(np.float32)
            return Images(shifted, images.labels, images.classes)

        return Split(moved(self.train), moved(self.test))
