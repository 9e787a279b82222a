"""The environment of the chapters' kernels: the project's, whatever the user's own is set to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from earlyalign.runs.paths import build_root

INLINE = "module://matplotlib_inline.backend_inline"


@contextmanager
def kernel_environment() -> Iterator[None]:
    """While this holds, kernels that are started here show what pyplot draws, whatever MPLBACKEND says, take no startup
    files and settings from the user's IPython, and prefer this environment's kernel to the user's of that name."""
    profile = build_root().absolute() / "executed" / ".ipython"
    profile.mkdir(parents=True, exist_ok=True)
    wanted = {
        "MPLBACKEND": INLINE,
        "IPYTHONDIR": str(profile),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    kept = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
