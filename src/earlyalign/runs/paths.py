"""Where the project keeps what it computes."""

from __future__ import annotations

import os
from pathlib import Path

from earlyalign.project import project_root

__all__ = ["build_root", "project_root", "store_root"]


def build_root() -> Path:
    """``_build/`` of the project, or the folder named by EARLYALIGN_BUILD."""
    named = os.environ.get("EARLYALIGN_BUILD")
    return Path(named).expanduser() if named else project_root() / "_build"


def store_root() -> Path:
    """The shared store of runs: ``_build/store``, or the folder named by EARLYALIGN_STORE."""
    named = os.environ.get("EARLYALIGN_STORE")
    return Path(named).expanduser() if named else build_root() / "store"
