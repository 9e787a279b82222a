"""Small data sets in the official formats, taken for the official ones while a test runs."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from earlyalign.data import fashion_mnist
from earlyalign.data.cifar import ARCHIVES, PIXELS


def take_cifar_for_official(patch: pytest.MonkeyPatch, name: str, files: dict[str, bytes]) -> None:
    """Let what is known of the data set `name` be what holds of `files`, whose classes must be even."""
    archive = ARCHIVES[name]

    def records(part: tuple[str, ...]) -> np.ndarray:
        content = b"".join(files[file] for file in part)
        return np.frombuffer(content, np.uint8).reshape(-1, archive.label_bytes + PIXELS)

    each = tuple(len(records(part)) // archive.classes for part in (archive.train, archive.test))
    colours = records(archive.train)[:, archive.label_bytes :].reshape(-1, 3, 1024)
    means = tuple(float(mean) for mean in colours.mean(axis=(0, 2)) / 255)
    patch.setitem(ARCHIVES, name, replace(archive, each=each, means=means))


def take_fashion_mnist_for_official(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let the digests of Fashion-MNIST's files be those of the files in `folder`."""
    for name, path in fashion_mnist.fashion_mnist_files(folder).items():
        digest = hashlib.sha256(fashion_mnist._content(path)).hexdigest()
        patch.setitem(fashion_mnist.SHA256, name, digest)
