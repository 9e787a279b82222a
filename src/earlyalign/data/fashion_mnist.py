"""Fashion-MNIST (Xiao, Rasul & Vollgraf 2017) from its four IDX files, plain or gzipped."""

from __future__ import annotations

import gzip
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
_UNSIGNED_BYTES = 8


def load_fashion_mnist(folder: Path | str = DEBIAN) -> Split:
    """Training and test images (n, 1, 28, 28), pixels in [0, 1].

    `folder` holds the four files, each as it is or with ``.gz``. Raises UserError in one line: nothing there
    (MissingData), or a file that is not IDX, is cut short, or does not fit its partner.
    """
    place = Path(folder).expanduser()
    found = {name: _find(place, name) for names in FILES.values() for name in names}
    if absent := [name for name, path in found.items() if path is None]:
        files = " and ".join(f"{name}.gz" for name in absent)
        purpose = "the easy task (A-easy); Debian's package dataset-fashion-mnist has it, too"
        raise missing_data("Fashion-MNIST", files, HOME, place, purpose)
    train, test = (_images(*(found[name] for name in FILES[part])) for part in ("train", "test"))
    return Split(train, test)


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
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise UserError(f"{path} is not a whole gzip file: {error}") from error
    if len(content) < 4 or content[:3] != bytes([0, 0, _UNSIGNED_BYTES]):
        raise UserError(f"{path} is not an IDX file of unsigned bytes")
    dimensions = content[3]
    shape = (
        tuple(np.frombuffer(content, ">u4", dimensions, offset=4))
        if len(content) >= 4 + 4 * dimensions
        else ()
    )
    body = content[4 + 4 * dimensions :]
    if not shape or not len(body) or len(body) != np.prod(shape, dtype=np.int64):
        raise UserError(f"{path} is cut short: {len(body)} bytes of data for the shape {shape}")
    return np.frombuffer(body, np.uint8).reshape(shape)
