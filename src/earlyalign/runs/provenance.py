"""Where a number comes from: commit, code, versions, machine kind. Never a name or a path of a machine."""

from __future__ import annotations

import platform
import subprocess
from functools import cache
from importlib.metadata import version

from earlyalign.errors import UserError
from earlyalign.runs.cores import usable_cores
from earlyalign.runs.paths import project_root

NUMERIC = ("numpy", "scipy", "numba", "torch")
"""Packages that may change a number; their versions are part of every run's key."""

SHOWN = (*NUMERIC, "pandas", "matplotlib", "seaborn")


@cache
def numeric_versions() -> dict[str, str]:
    return {name: version(name) for name in NUMERIC}


@cache
def shown_versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in SHOWN}}


@cache
def machine_kind() -> str:
    """Such as ``Linux x86_64, 2 cores``."""
    return f"{platform.system()} {platform.machine()}, {usable_cores()} cores"


@cache
def commit() -> str:
    """The commit of the checkout, with ``+changes`` if the tree differs; ``unknown`` outside a checkout and outside
    git, and in a repository that does not hold this project's files."""
    try:
        _git("ls-files", "--error-unmatch", "_toc.yml")
        head = _git("rev-parse", "--short=12", "HEAD")
        return f"{head}+changes" if _git("status", "--porcelain", "--untracked-files=no") else head
    except (OSError, UserError, subprocess.CalledProcessError):
        return "unknown"


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=project_root(), check=True, capture_output=True, encoding="utf-8"
    ).stdout.strip()
