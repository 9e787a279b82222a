"""A data set of drawn images as a file: arrays in one ``.npz``, where they come from in a ``.json`` beside it."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pydantic

from earlyalign.data.images import Images
from earlyalign.errors import UserError

SHAPE = (3, 32, 32)
"""Colours, rows and columns of every image."""

PURPOSE = (
    "the BigGAN panels of the heatmaps, the main table and the gain by edim (A-heat, A-tab-main, A-edim)"
)
"""What such files are for, said where one is missing."""


class Provenance(pydantic.BaseModel):
    """Where a file's images come from.

    source              what drew them, such as "BigGAN-deep"
    weights_sha256      of the file of weights
    config_sha256       of the file that describes the network
    classes             ImageNet index of each label: label k is classes[k]
    edim                latent coordinates that vary; the others are zero
    truncation          length of the latent coordinates, in (0, 1]
    n, seed, device     how many, from which seed, on what they were computed
    versions            of Python and of the packages that may change a pixel
    images_sha256       of the ``.npz``
    """

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    source: str
    weights_sha256: str
    config_sha256: str
    classes: list[pydantic.NonNegativeInt] = pydantic.Field(min_length=2)
    edim: pydantic.PositiveInt
    truncation: float = pydantic.Field(gt=0, le=1)
    n: pydantic.PositiveInt
    seed: pydantic.NonNegativeInt
    device: str
    versions: dict[str, str]
    images_sha256: str


def provenance_path(path: Path) -> Path:
    """The ``.json`` beside a ``.npz``."""
    return path.with_suffix(".json")


def check_new_file(path: Path) -> None:
    """Raises UserError unless `path` ends in ``.npz`` and neither it nor its ``.json`` exists."""
    if path.suffix != ".npz":
        raise UserError(f"{path}: the name must end in .npz")
    for taken in (path, provenance_path(path)):
        if taken.exists():
            raise UserError(f"{taken} exists; name another file, or remove it first")


def write_image_file(path: Path, pixels: np.ndarray, labels: np.ndarray, **origin: Any) -> Provenance:
    """Write pixels (n, 3, 32, 32) uint8 and labels (n,) int64, and beside them the fields of `Provenance`.

    `origin` gives all its fields but `n` and `images_sha256`. Neither file appears before it is whole.
    Raises UserError as `check_new_file` does, or where the arrays and their origin do not fit.
    """
    check_new_file(path)
    packed = io.BytesIO()
    np.savez(packed, images=pixels, labels=labels)
    content = packed.getvalue()
    provenance = Provenance(**origin, n=len(labels), images_sha256=hashlib.sha256(content).hexdigest())
    _check(path, {"images": pixels, "labels": labels}, provenance)
    path.parent.mkdir(parents=True, exist_ok=True)
    _put(provenance_path(path), f"{provenance.model_dump_json(indent=2)}\n".encode())
    _put(path, content)
    return provenance


def _put(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)


def load_image_file(path: Path | str) -> Images:
    """The images in a file of `write_image_file`, pixels in [0, 1].

    Raises UserError in one line: no such file, no or unreadable provenance, a file that is not the one its provenance
    speaks of, arrays of other names, shapes or types, a label out of range.
    """
    place = Path(path).expanduser()
    origin = read_provenance(place)
    if sha256(place) != origin.images_sha256:
        raise UserError(
            f"{place} is damaged or another file: its SHA-256 is not that in {provenance_path(place).name}"
        )
    arrays = _arrays(place)
    _check(place, arrays, origin)
    return Images(arrays["images"].astype(np.float32) / 255, arrays["labels"], len(origin.classes))


def read_provenance(path: Path) -> Provenance:
    """What is said of the images in `path`. Raises UserError if it, or the file, is absent or unreadable."""
    for needed in (path, provenance_path(path)):
        if not needed.is_file():
            raise UserError(f"no {needed.name} in {path.parent}; `earlyalign data biggan` writes both files")
    try:
        return Provenance.model_validate_json(provenance_path(path).read_bytes())
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise UserError(f"{provenance_path(path)}: {where}{': ' if where else ''}{first['msg']}") from error


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _arrays(path: Path) -> dict[str, np.ndarray]:
    if not zipfile.is_zipfile(path):
        raise UserError(f"{path} is not a .npz file")
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (zipfile.BadZipFile, zlib.error, ValueError, EOFError) as error:
        raise UserError(f"{path} is not a .npz file of plain arrays: {error}") from error


def _check(path: Path, arrays: dict[str, np.ndarray], origin: Provenance) -> None:
    wanted = {"images": (np.uint8, (origin.n, *SHAPE)), "labels": (np.int64, (origin.n,))}
    if arrays.keys() != wanted.keys():
        raise UserError(f"{path} holds {', '.join(sorted(arrays)) or 'nothing'}, not images and labels")
    for name, (kind, shape) in wanted.items():
        array = arrays[name]
        if array.dtype != kind or array.shape != shape:
            raise UserError(f"{path}: {name} are {array.dtype} {array.shape}, not {np.dtype(kind)} {shape}")
    low, high, classes = arrays["labels"].min(), arrays["labels"].max(), len(origin.classes)
    if not 0 <= low <= high < classes:
        raise UserError(f"{path}: labels from {low} to {high} are not all in 0..{classes - 1}")
