"""Where the project is, and where it looks for the data that a user fetches."""

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


def data_root() -> Path:
    """``data/`` of the project, or the folder named by EARLYALIGN_DATA. It need not exist."""
    named = os.environ.get("EARLYALIGN_DATA")
    return Path(named).expanduser() if named else project_root() / "data"
