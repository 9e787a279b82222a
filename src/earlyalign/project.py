"""Where the project is, and where it looks for the data that a user fetches."""

from __future__ import annotations

import os
from pathlib import Path

from earlyalign.errors import UserError


def checkout() -> Path | None:
    """The repository that holds ``_toc.yml``: from the working directory upward, else this source tree. None where the
    package is installed elsewhere and nobody stands in a checkout."""
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if (folder / "_toc.yml").is_file() and (folder / "book").is_dir():
                return folder
    return None


def project_root() -> Path:
    """The checkout. Raises UserError outside of one."""
    found = checkout()
    if found is None:
        raise UserError(
            "no book here: this needs a checkout of the repository; run it inside one (the folder that holds _toc.yml)"
        )
    return found


def data_root() -> Path:
    """The folder named by EARLYALIGN_DATA, else ``data/`` of the project, or of the working directory outside a
    checkout. It need not exist."""
    named = os.environ.get("EARLYALIGN_DATA")
    return Path(named).expanduser() if named else (checkout() or Path.cwd()) / "data"
