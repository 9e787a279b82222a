"""Early Alignment, executable: two papers on early neuron alignment, run, measured and judged.

Walk in through `earlyalign.runs.measure`, which is what every chapter calls, or through the command
`earlyalign`. The rooms below it, from data to item, are listed in the README.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

__version__ = "0.1.0"


def needs_own_cache(source: Path, environment: Mapping[str, str]) -> bool:
    """Whether numba would find no folder for its compiled kernels: none is named, and neither the source tree nor the
    user's cache can be written."""
    if environment.get("NUMBA_CACHE_DIR"):
        return False
    named = environment.get("XDG_CACHE_HOME")
    cache = Path(named) if named else Path(environment.get("HOME") or os.devnull, ".cache")
    return not any(_writable(folder) for folder in (source, cache))


def _writable(folder: Path) -> bool:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK)


def _give_numba_a_folder() -> None:
    folder = tempfile.mkdtemp(prefix="earlyalign-numba-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = folder


if needs_own_cache(Path(__file__).resolve().parent, os.environ):
    _give_numba_a_folder()
