"""CIFAR-10 and CIFAR-100 from their official binary archives (Krizhevsky 2009), in a folder that the user names.

The binary version holds plain bytes: one label byte (two in CIFAR-100, coarse and fine) and 3072 pixels a record,
colour by colour, row by row. No pickle is read. Archives are checked against the official MD5 sums; files already
extracted are checked for their length and labels.
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
    """One of the two official archives: its name, checksum, folder inside, files, and layout of a record."""

    name: str
    md5: str
    folder: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    label_bytes: int
    classes: int


ARCHIVES = {
    "CIFAR-10": Archive(
        "cifar-10-binary.tar.gz",
        "c32a1d4ab5d03f1284b67883e8d87530",
        "cifar-10-batches-bin",
        tuple(f"data_batch_{part}.bin" for part in range(1, 6)),
        ("test_batch.bin",),
        label_bytes=1,
        classes=10,
    ),
    "CIFAR-100": Archive(
        "cifar-100-binary.tar.gz",
        "03b5dce01913d631647c71ecec9e9cb8",
        "cifar-100-binary",
        ("train.bin",),
        ("test.bin",),
        label_bytes=2,
        classes=100,
    ),
}


def load_cifar(name: str, folder: Path | str) -> Split:
    """Training and test images of "CIFAR-10" or "CIFAR-100" (fine labels), pixels in [0, 1].

    `folder` holds the official archive, or the folder that it extracts to, or that folder's files.
    Raises UserError in one line: unknown name, nothing there (MissingData), an archive with another checksum, a file
    that is cut short or holds a label out of range.
    """
    if name not in ARCHIVES:
        raise unknown("data set", name, ARCHIVES)
    archive, place = ARCHIVES[name], Path(folder).expanduser()
    for extracted in (place, place / archive.folder):
        if all((extracted / file).is_file() for file in (*archive.train, *archive.test)):
            return _split(archive, {file: (extracted / file).read_bytes() for file in _files(archive)})
    if (place / archive.name).is_file():
        return _split(archive, _unpacked(archive, place / archive.name))
    raise missing_data(
        name,
        archive.name,
        HOME,
        place,
        f"the {name} panels of the heatmaps and the main table (A-heat, A-tab-main)",
    )


def _files(archive: Archive) -> tuple[str, ...]:
    return (*archive.train, *archive.test)


def _unpacked(archive: Archive, path: Path) -> dict[str, bytes]:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != archive.md5:
        raise UserError(
            f"{path} is not the official archive: its MD5 sum is {found}, not {archive.md5}; fetch it again from {HOME}"
        )
    with tarfile.open(path, "r:gz") as tar:
        return {file: tar.extractfile(f"{archive.folder}/{file}").read() for file in _files(archive)}


def _split(archive: Archive, contents: dict[str, bytes]) -> Split:
    train, test = (
        _images(archive, {file: contents[file] for file in part}) for part in (archive.train, archive.test)
    )
    return Split(train, test)


def _images(archive: Archive, contents: dict[str, bytes]) -> Images:
    size = archive.label_bytes + PIXELS
    for file, content in contents.items():
        if not content or len(content) % size:
            raise UserError(f"{file} has {len(content)} bytes, which is no whole number of records of {size}")
    records = np.frombuffer(b"".join(contents.values()), np.uint8).reshape(-1, size)
    labels = records[:, archive.label_bytes - 1].astype(np.int64)
    if labels.max() >= archive.classes:
        raise UserError(f"{', '.join(contents)}: label {labels.max()} is not below {archive.classes}")
    pixels = records[:, archive.label_bytes :].reshape(-1, 3, 32, 32)
    return Images(pixels.astype(np.float32) / 255, labels, archive.classes)
