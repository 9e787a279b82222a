"""The one line that says which data set is missing, what to fetch, where to put it, and what it is for."""

from __future__ import annotations

from pathlib import Path

from earlyalign.errors import UserError


class MissingData(UserError):
    """Files that the user has to fetch are not in the folder that was named."""


def missing_data(what: str, files: str, source: str, folder: Path, purpose: str) -> MissingData:
    """`what` wants `files` in `folder`; they come from `source` and are for `purpose`."""
    return MissingData(
        f"no {what} in {folder}: fetch {files} from {source} and put it there; it is for {purpose}"
    )
