"""Files of the build: written only where their content changes, so that builders see what is new."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from earlyalign.runs.code_hash import normalised
from earlyalign.runs.folders import is_built, mark
from earlyalign.runs.paths import build_root
from earlyalign.runs.store import write_atomically

NOT_NUMBERS = ("cli.py", "__main__.py", "publish")
"""Parts of the package that no number and no figure depends on."""


def write(path: Path, content: str | bytes) -> bool:
    """`content` at `path`, and whether that changed anything. Raises UserError for an unwritable folder."""
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return False
    root = build_root()
    if root in path.parents:
        mark(root, is_built)
    write_atomically(path, data)
    return True


def prune(folder: Path, keep: Iterable[Path]) -> list[Path]:
    """Delete the files under `folder` that are not in `keep`; the deleted ones."""
    wanted = set(keep)
    stale = [path for path in sorted(folder.rglob("*")) if path.is_file() and path not in wanted]
    for path in stale:
        path.unlink()
    return stale


def copy_folder(source: Path, target: Path) -> None:
    """`target` as a copy of `source`; what `source` does not hold disappears."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)


def digest(*parts: str | bytes) -> str:
    """One hash of several pieces, in order."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        hashed.update(f"{len(data)}:".encode() + data)
    return hashed.hexdigest()


def folder_digest(folder: Path) -> str:
    """One hash of every file under `folder`, names included."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    return digest(*(piece for path in paths for piece in (str(path.relative_to(folder)), path.read_bytes())))


def package_digest() -> str:
    """Hash of the code that a number or a figure may depend on; comments and docstrings do not count."""
    root = Path(__file__).resolve().parents[1]
    paths = [
        path for path in sorted(root.rglob("*.py")) if path.relative_to(root).parts[0] not in NOT_NUMBERS
    ]
    texts = [normalised(path.read_text(encoding="utf-8")) for path in paths]
    names = [path.relative_to(root).as_posix() for path in paths]
    return digest(*(piece for pair in zip(names, texts, strict=True) for piece in pair))
