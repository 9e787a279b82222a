"""Where the project is, and where it keeps what it computes."""

from __future__ import annotations

import os
from pathlib import Path

from earlyalign.errors import UserError


def project_root() -> Path:
    """The repository that holds ``_toc.yml``: from the working directory upward, else this source tree."""
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if (folder / "_toc.yml").is_file() and (folder / "book").is_dir():
                return folder
    raise UserError("no book here: run inside a checkout of the repository (the folder that holds _toc.yml)")


def build_root() -> Path:
    """``_build/`` of the project, or the folder named by EARLYALIGN_BUILD."""
    named = os.environ.get("EARLYALIGN_BUILD")
    return Path(named) if named else project_root() / "_build"


def store_root() -> Path:
    """The shared store of runs: ``_build/store``, or the folder named by EARLYALIGN_STORE."""
    named = os.environ.get("EARLYALIGN_STORE")
    return Path(named) if named else build_root() / "store"
