"""CIFAR-10 and CIFAR-100 from their official binary archives (Krizhevsky 2009), in a folder that the user names.

The binary version holds plain bytes: one label byte (two in CIFAR-100, coarse and fine) and 3072 pixels a record,
colour by colour, row by row. No pickle is read. The archive, where it is there, is read and checked against its
official MD5 sum. For the files inside no sum was published, so extracted ones are checked for what is known of them:
how many images there are of each class, and the mean of each colour over the training images. A changed pixel passes;
it changes the digest by which runs are named.
"""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from earlyalign.data.images import Images, Split
from earlyalign.data.missing import missing_data
from earlyalign.errors import UserError, unknown

PIXELS = 3 * 32 * 32
HOME = "www.cs.toronto.edu/~kriz/cifar.html"


@dataclass(frozen=True)
class Archive:
    """One of the two official archives: its name, checksum, folder inside, files, and layout of a record.

    each   images of each class, in the training and the test files
    means  of red, green and blue over the training images, in [0, 1], as commonly published
    """

    name: str
    md5: str
    folder: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    label_bytes: int
    classes: int
    each: tuple[int, int]
    means: tuple[float, float, float]


MEANS_ROUNDED = 1e-5
"""By how much the means in circulation differ from each other, and somewhat more."""

ARCHIVES = {
    "CIFAR-10": Archive(
        "cifar-10-binary.tar.gz",
        "c32a1d4ab5d03f1284b67883e8d87530",
        "cifar-10-batches-bin",
        tuple(f"data_batch_{part}.bin" for part in range(1, 6)),
        ("test_batch.bin",),
        label_bytes=1,
        classes=10,
        each=(5000, 1000),
        means=(0.49139968, 0.48215841, 0.44653091),
    ),
    "CIFAR-100": Archive(
        "cifar-100-binary.tar.gz",
        "03b5dce01913d631647c71ecec9e9cb8",
        "cifar-100-binary",
        ("train.bin",),
        ("test.bin",),
        label_bytes=2,
        classes=100,
        each=(500, 100),
        means=(0.50707516, 0.48654887, 0.44091784),
    ),
}


def load_cifar(name: str, folder: Path | str) -> Split:
    """Training and test images of "CIFAR-10" or "CIFAR-100" (fine labels), pixels in [0, 1].

    `folder` holds the official archive, or the folder that it extracts to, or that folder's files.
    Raises UserError in one line: unknown name, nothing there (MissingData), an archive with another checksum, files
    that are cut short or are not the official ones.
    """
    if name not in ARCHIVES:
        raise unknown("data set", name, ARCHIVES)
    archive, contents = ARCHIVES[name], _contents(name, folder)
    train, test = (
        _images(archive, {file: contents[file] for file in part}, each)
        for part, each in zip((archive.train, archive.test), archive.each, strict=True)
    )
    colour_means = train.inputs.mean(axis=(0, 2, 3), dtype=np.float64)
    if not np.allclose(colour_means, archive.means, rtol=0, atol=MEANS_ROUNDED):
        told, known = (", ".join(f"{mean:.6f}" for mean in means) for means in (colour_means, archive.means))
        raise UserError(
            f"{', '.join(archive.train)}: not the official images: the colours' means are {told}, not {known}; "
            f"fetch {archive.name} from {HOME}"
        )
    return Split(train, test)


def cifar_sha256(name: str, folder: Path | str) -> str:
    """One digest of the images and labels of a data set, the same whether packed or extracted."""
    return hashlib.sha256(b"".join(_contents(name, folder).values())).hexdigest()


def cifar_files(name: str, folder: Path | str) -> list[Path]:
    """The files that hold a data set in `folder`: its archive, else the extracted files. Raises MissingData."""
    archive, place = ARCHIVES[name], Path(folder).expanduser()
    if (place / archive.name).is_file():
        return [place / archive.name]
    for extracted in (place, place / archive.folder):
        files = [extracted / file for file in (*archive.train, *archive.test)]
        if all(file.is_file() for file in files):
            return files
    purpose = f"the {name} panels of the heatmaps and the main table (A-heat, A-tab-main)"
    raise missing_data(name, archive.name, HOME, place, purpose)


def _contents(name: str, folder: Path | str) -> dict[str, bytes]:
    archive, files = ARCHIVES[name], cifar_files(name, folder)
    if files[0].name == archive.name:
        return _unpacked(archive, files[0])
    return {file.name: file.read_bytes() for file in files}


def _unpacked(archive: Archive, path: Path) -> dict[str, bytes]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "md5").hexdigest()
    if digest != archive.md5:
        raise UserError(
            f"{path} is not the official archive: its MD5 sum is {digest}, not {archive.md5}; "
            f"fetch it again from {HOME}"
        )
    with tarfile.open(path, "r:gz") as tar:
        return {file: _member(tar, f"{archive.folder}/{file}") for file in (*archive.train, *archive.test)}


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    assert file is not None, f"{name} is a file in the official archive"
    return file.read()


def _images(archive: Archive, contents: dict[str, bytes], each: int) -> Images:
    size, named = archive.label_bytes + PIXELS, ", ".join(contents)
    for file, content in contents.items():
        if not content or len(content) % size:
            raise UserError(f"{file} has {len(content)} bytes, which is no whole number of records of {size}")
    records = np.frombuffer(b"".join(contents.values()), np.uint8).reshape(-1, size)
    labels = records[:, archive.label_bytes - 1].astype(np.int64)
    if labels.max() >= archive.classes:
        raise UserError(f"{named}: label {labels.max()} is not below {archive.classes}")
    counts = np.bincount(labels, minlength=archive.classes)
    if np.any(counts != each):
        worst = int(np.argmax(counts != each))
        raise UserError(
            f"{named}: not the official images: class {worst} has {counts[worst]} of them, not {each}; "
            f"fetch {archive.name} from {HOME}"
        )
    pixels = records[:, archive.label_bytes :].reshape(-1, 3, 32, 32)
    return Images(pixels.astype(np.float32) / 255, labels, archive.classes)
