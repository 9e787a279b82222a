"""Folders that the project made: marked when they are made, and only then emptied.

EARLYALIGN_STORE and EARLYALIGN_BUILD may name any folder. One that held something else before is used, but not marked,
and nothing in it is ever removed as a whole.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from earlyalign.errors import UserError

MARKER = ".earlyalign"
MARKED = "Made by earlyalign, which may remove it: see `earlyalign clean --help`.\n"

BUILT = ("artifacts", "executed", "failed", "run", "site", "stage", "site.log")
"""What a build folder holds and `earlyalign clean` removes."""

KEPT = ("store", "numba", ".DS_Store")
"""What else it may hold."""

_RUN = re.compile(r"[0-9a-f]{64}\.npz|\..*\.part")
_SHELF = re.compile(r"[0-9a-f]{2}|checkpoints")


def is_built(path: Path) -> bool:
    """Whether an entry of a build folder is of the kind that a build writes there."""
    return path.name in (MARKER, *BUILT, *KEPT)


def is_shelf(path: Path) -> bool:
    """Whether an entry of a store is a folder of runs and of nothing else, or the marker."""
    if path.name == MARKER:
        return True
    own = _SHELF.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
    return bool(own) and all(_RUN.fullmatch(file.name) and not file.is_dir() for file in path.iterdir())


def mark(folder: Path, own: Callable[[Path], bool]) -> None:
    """Make `folder` and mark it as ours, unless it holds something that is not: `own` says what is."""
    marker = folder / MARKER
    if marker.is_file():
        return
    folder.mkdir(parents=True, exist_ok=True)
    if all(own(path) for path in folder.iterdir()):
        marker.write_text(MARKED, encoding="utf-8")


def clean_build(folder: Path) -> list[Path]:
    """Remove what was built in `folder`; the removed paths. Raises UserError where nothing says that it is ours."""
    built = [folder / name for name in BUILT if (folder / name).exists()]
    if built:
        _insist(folder)
    for path in built:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return built


def clean_store(folder: Path) -> list[Path]:
    """Remove the runs in `folder`, and the folder if that leaves it empty; the removed paths.

    Raises UserError where nothing says that it is ours, or, when the runs are gone, where it holds something else.
    """
    if not folder.exists():
        return []
    _insist(folder)
    shelves = [path for path in sorted(folder.iterdir()) if path.name != MARKER and is_shelf(path)]
    for path in shelves:
        shutil.rmtree(path)
    others = sorted(path.name for path in folder.iterdir() if path.name != MARKER)
    if others:
        raise UserError(
            f"{folder}: {len(shelves)} folders of runs removed; left, since it is not ours: {', '.join(others)}"
        )
    (folder / MARKER).unlink()
    folder.rmdir()
    return [*shelves, folder]


def _insist(folder: Path) -> None:
    if not (folder / MARKER).is_file():
        raise UserError(
            f"nothing was removed: {folder} has no file {MARKER}, so it may not be ours; remove it by hand"
        )
