"""Where the project keeps what it computes, and where its profiles are."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from earlyalign.project import checkout, project_root

__all__ = ["build_root", "checkout", "profiles_root", "project_root", "store_root"]


def build_root() -> Path:
    """The folder named by EARLYALIGN_BUILD, else ``_build/`` of the project, or the user's cache outside a checkout."""
    named = os.environ.get("EARLYALIGN_BUILD")
    if named:
        return Path(named).expanduser()
    root = checkout()
    return root / "_build" if root else platformdirs.user_cache_path("earlyalign")


def store_root() -> Path:
    """The shared store of runs: the folder named by EARLYALIGN_STORE, else ``store/`` in the build folder."""
    named = os.environ.get("EARLYALIGN_STORE")
    return Path(named).expanduser() if named else build_root() / "store"


def profiles_root() -> Path:
    """``book/profiles/`` of the project, or outside a checkout the copy that the wheel brings along."""
    root = checkout()
    return root / "book" / "profiles" if root else Path(__file__).resolve().parents[1] / "profiles"
