"""Fashion-MNIST (Xiao, Rasul & Vollgraf 2017) from its four IDX files, plain or gzipped.

Each is checked by its digest once unpacked: the sums that the authors publish are those of the gzipped files, which
Debian, for one, packs anew.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from pathlib import Path

import numpy as np

from earlyalign.data.images import Images, Split
from earlyalign.data.missing import missing_data
from earlyalign.errors import UserError

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
"""Where Debian's package dataset-fashion-mnist puts the files."""

HOME = "github.com/zalandoresearch/fashion-mnist"
CLASSES = 10
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
"""Of what the authors' gzipped files hold, which were known by their published MD5 sums (8d4fb7e6…, 25c81989…,
bef4ecab…, bb300cfd…). Debian's hold the same."""
_UNSIGNED_BYTES = 8
MOST_DIMENSIONS = 64
"""That an array may have."""


def load_fashion_mnist(folder: Path | str = DEBIAN) -> Split:
    """Training and test images (n, 1, 28, 28), pixels in [0, 1].

    `folder` holds the four files, each as it is or with ``.gz``. Raises UserError in one line: nothing there
    (MissingData), or a file that is not IDX, is cut short, does not fit its partner, or is not the official one.
    """
    files_by_name = fashion_mnist_files(folder)
    train, test = (_images(*(files_by_name[name] for name in FILES[part])) for part in ("train", "test"))
    for name, path in files_by_name.items():
        if (digest := hashlib.sha256(_content(path)).hexdigest()) != SHA256[name]:
            raise UserError(
                f"{path} is not the official file: unpacked, its SHA-256 is {digest}, not {SHA256[name]}; "
                f"fetch it again from {HOME}"
            )
    return Split(train, test)


def fashion_mnist_sha256(folder: Path | str = DEBIAN) -> str:
    """One digest of the images and labels, the same whether the files are gzipped or not."""
    return hashlib.sha256(b"".join(map(_content, fashion_mnist_files(folder).values()))).hexdigest()


def fashion_mnist_files(folder: Path | str = DEBIAN) -> dict[str, Path]:
    """Official name -> the file in `folder`. Raises MissingData."""
    place = Path(folder).expanduser()
    files_by_name = {name: _find(place, name) for names in FILES.values() for name in names}
    if absent := [name for name, path in files_by_name.items() if path is None]:
        files = " and ".join(f"{name}.gz" for name in absent)
        purpose = "the easy task (A-easy); Debian's package dataset-fashion-mnist has it, too"
        raise missing_data("Fashion-MNIST", files, HOME, place, purpose)
    return {name: path for name, path in files_by_name.items() if path is not None}


def _find(place: Path, name: str) -> Path | None:
    return next((path for path in (place / name, place / f"{name}.gz") if path.is_file()), None)


def _images(images: Path, labels: Path) -> Images:
    pixels, marks = read_idx(images), read_idx(labels)
    if pixels.ndim != 3 or marks.ndim != 1 or len(pixels) != len(marks):
        raise UserError(
            f"{images.name} {pixels.shape} and {labels.name} {marks.shape} do not belong together"
        )
    if marks.max() >= CLASSES:
        raise UserError(f"{labels.name}: label {marks.max()} is not below {CLASSES}")
    return Images(pixels[:, None].astype(np.float32) / 255, marks.astype(np.int64), CLASSES)


def read_idx(path: Path) -> np.ndarray:
    """The array of unsigned bytes in an IDX file, gzipped if its name ends in ``.gz``.

    The format: two zero bytes, 8 for unsigned bytes, the number of dimensions, each dimension as four bytes, most
    significant first, then the data. Raises UserError for anything else.
    """
    content = _content(path)
    if len(content) < 4 or content[:3] != bytes([0, 0, _UNSIGNED_BYTES]):
        raise UserError(f"{path} is not an IDX file of unsigned bytes")
    dimensions = content[3]
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise UserError(f"{path} says that it has {dimensions} dimensions; allowed: 1 to {MOST_DIMENSIONS}")
    shape = (
        tuple(np.frombuffer(content, ">u4", dimensions, offset=4))
        if len(content) >= 4 + 4 * dimensions
        else ()
    )
    body = content[4 + 4 * dimensions :]
    if not shape or not len(body) or len(body) != math.prod(map(int, shape)):
        raise UserError(f"{path} is cut short: {len(body)} bytes of data for the shape {shape}")
    return np.frombuffer(body, np.uint8).reshape(shape)


def _content(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise UserError(f"{path} is not a whole gzip file: {error}") from error
