"""Early Alignment, executable: two papers on early neuron alignment, run, measured and judged.

    measure(id, values)  an item at parameters: tables, figures, verdicts. What every chapter calls
    load(id)             an item: its statement, parameters, claims, controls
    items                what an item is, and `items.manifest`, the list of all
    fls                  the papers' knob for a network of one's own: `fls.sweep`

They are imported when they are asked for. The command `earlyalign` does the same from a shell. The rooms below, from
data to item, are listed in the README.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from earlyalign import fls as fls
    from earlyalign import items as items
    from earlyalign.items.manifest import load as load
    from earlyalign.runs import measure as measure

__all__ = ["fls", "items", "load", "measure"]

__version__ = "0.2.0"

_FACE = {
    "fls": ("earlyalign.fls", ""),
    "items": ("earlyalign.items", ""),
    "load": ("earlyalign.items.manifest", "load"),
    "measure": ("earlyalign.runs", "measure"),
}
"""Name -> module, and what of it the name stands for; the module itself where that is empty."""


def __getattr__(name: str) -> Any:
    if name not in _FACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _FACE[name]
    found = import_module(module)
    return getattr(found, attribute) if attribute else found


def __dir__() -> list[str]:
    return sorted({*globals(), *_FACE})


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
