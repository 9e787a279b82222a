"""One door to the image tasks of Paper A's experiments: drawn or real, a class-balanced training and test sample."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from earlyalign.data.cifar import cifar_files, cifar_sha256, load_cifar
from earlyalign.data.fashion_mnist import (
    DEBIAN,
    fashion_mnist_files,
    fashion_mnist_sha256,
    load_fashion_mnist,
)
from earlyalign.data.generated_images import Generator, generated_split
from earlyalign.data.image_file import PURPOSE, load_image_file, read_provenance
from earlyalign.data.images import Images, Split
from earlyalign.data.missing import MissingData
from earlyalign.errors import UserError, unknown
from earlyalign.project import data_root

OFFICIAL: dict[str, Callable[[Path], Split]] = {
    "cifar10": lambda folder: load_cifar("CIFAR-10", folder),
    "cifar100": lambda folder: load_cifar("CIFAR-100", folder),
    "fashion-mnist": lambda folder: load_fashion_mnist(_fashion_mnist_folder(folder)),
}
"""Tasks whose authors have said which images are for testing."""

CIFAR = {"cifar10": "CIFAR-10", "cifar100": "CIFAR-100"}

TASKS = ("generator", "biggan", *OFFICIAL, "digits")
"""generator       images of the embedded generator, drawn afresh; nothing is read
biggan          ``biggan-edim{edim}.npz`` in the folder, written by ``earlyalign data biggan``
cifar10         the official binary archive, packed or not, in the folder
cifar100        the same, with the 100 fine labels
fashion-mnist   the four IDX files in ``fashion-mnist/`` of the folder, else where Debian's package puts them
digits          scikit-learn's 1797 digits of 8 x 8 pixels; nothing is read
"""

WITH_EDIM = ("generator", "biggan")


def image_split(
    task: str,
    n_train: int,
    n_test: int,
    edim: int | None = None,
    seed: int = 0,
    folder: Path | str | None = None,
    side: int | None = None,
    sha256: str | None = None,
) -> Split:
    """`n_train` training and `n_test` test images of `task` (see `TASKS`), colours standardised by the training sample.

    Both samples are drawn by `seed` without replacement, classes as equal in number as the sizes allow. Where there is
    an official test set the test sample comes from it; elsewhere it comes from what the training sample leaves.
    n_test = 0 takes all of it, of the tasks that are read.
    `edim` is for "generator" and "biggan" alone, `side` (8, 16 or 32; 16 if None) for "generator" alone.
    `folder` is by default the one that EARLYALIGN_DATA names, else ``data/`` in the project.
    `sha256` is what `images_sha256` must give for the data that is read here, if not None.

    Raises UserError in one line: an unknown task, numbers that do not fit it, data that is missing (MissingData),
    damaged, or not that of `sha256`.
    """
    _check(task, n_train, n_test, edim, side)
    if sha256 is not None and (digest := images_sha256(task, edim, folder)) != sha256:
        raise UserError(
            f"{task}: the data in {_place(folder)} is not what was asked for: SHA-256 {digest}, not {sha256}"
        )
    if task == "generator":
        assert edim is not None, "seen to by _check"
        return _generated(n_train, n_test, edim, seed, 16 if side is None else side)
    training, testing = (np.random.default_rng([seed, part]) for part in range(2))
    if task in OFFICIAL:
        whole = OFFICIAL[task](_place(folder))
        train, rest = _named(task, whole.train.take, n_train, training), whole.test
    else:
        pool = digits() if edim is None else biggan_images(_place(folder), edim)
        train, rest = _named(task, pool.divide, n_train, training)
    test = _named(task, rest.take, n_test, testing) if n_test else rest
    if not test.n:
        raise UserError(f"{task}: n_train = {n_train} leaves no image for testing")
    return Split(train, test).standardised()


def digits() -> Images:
    """scikit-learn's digits (1797, 1, 8, 8), pixels in [0, 1]."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return Images(bunch.images[:, None].astype(np.float32) / 16, bunch.target.astype(np.int64), 10)


def biggan_images(folder: Path, edim: int) -> Images:
    """All images of ``biggan-edim{edim}.npz`` in `folder`, pixels in [0, 1].

    Raises UserError if it is missing (MissingData), damaged, or drawn with another edim.
    """
    path = _biggan_path(folder, edim)
    if (drawn_with := read_provenance(path).edim) != edim:
        raise UserError(f"{path} was drawn with edim = {drawn_with}, not {edim}")
    return load_image_file(path)


def images_sha256(task: str, edim: int | None, folder: Path | str | None = None) -> str | None:
    """The checksum of a task's images and labels where they are read from files, else None.

    Whoever stores a result of such a task names it by this, too. Files are read again only when their size or time
    changes. Raises UserError as `image_split` does.
    """
    place = _place(folder) if task in (*OFFICIAL, "biggan") else None
    if place is None:
        return None
    if task == "biggan":
        return read_provenance(_biggan_path(place, edim)).images_sha256
    if task in CIFAR:
        files = cifar_files(CIFAR[task], place)
    else:
        files = list(fashion_mnist_files(_fashion_mnist_folder(place)).values())
    state = tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)
    return _official_sha256(task, place, state)


@lru_cache(maxsize=16)
def _official_sha256(task: str, place: Path, state: tuple) -> str:
    if task in CIFAR:
        return cifar_sha256(CIFAR[task], place)
    return fashion_mnist_sha256(_fashion_mnist_folder(place))


def _biggan_path(folder: Path, edim: int | None) -> Path:
    path = folder / f"biggan-edim{edim}.npz"
    if not path.is_file():
        raise MissingData(
            f"no {path.name} in {folder}: `earlyalign data biggan --edim {edim} --out {path}` writes it from "
            f"BigGAN weights; it is for {PURPOSE}"
        )
    return path


def _check(task: str, n_train: int, n_test: int, edim: int | None, side: int | None) -> None:
    if task not in TASKS:
        raise unknown("task", task, TASKS)
    least = 1 if task == "generator" else 0
    if n_train < 1 or n_test < least:
        raise UserError(
            f"{task}: n_train = {n_train} must be at least 1 and n_test = {n_test} at least {least}"
        )
    if (edim is not None) != (task in WITH_EDIM):
        raise UserError(
            f"{task}: edim = {edim}; it is a number for {' and '.join(WITH_EDIM)}, None for the others"
        )
    if side is not None and task != "generator":
        raise UserError(f"{task}: side = {side}; only the generator's can be chosen")


def _generated(n_train: int, n_test: int, edim: int, seed: int, side: int) -> Split:
    try:
        return generated_split(n_train, n_test, edim, seed, Generator(side=side))
    except ValueError as error:
        raise UserError(f"generator: {error}") from error


def _named(task: str, draw: Callable, n: int, rng: np.random.Generator):
    """What ``draw(n, rng)`` gives; if the task has too few images, an error that names it."""
    try:
        return draw(n, rng)
    except ValueError as error:
        raise UserError(f"{task}: {error}") from error


def _place(folder: Path | str | None) -> Path:
    return data_root() if folder is None else Path(folder).expanduser()


def _fashion_mnist_folder(folder: Path) -> Path:
    own = folder / "fashion-mnist"
    return DEBIAN if DEBIAN.is_dir() and not own.is_dir() else own
