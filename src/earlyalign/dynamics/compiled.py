"""Kernels compiled once a machine: machine code is kept on disk under a name that the source decides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from numba import njit

_OPTIONS = {"error_model": "numpy", "fastmath": {"contract"}}
"""Products and sums may fuse; nothing else is reordered."""


def compiled(kernel: Callable, *constants: int | str, reorder: bool = False) -> Callable:
    """`kernel`, a closure over `constants`, as machine code, read from numba's cache if it is there.

    Numba looks at the file of a kernel for changes, and not at what the kernel calls; so every kernel gets a name of
    its own, made of its constants and of a hash of all kernels' sources. Kernels with different constants share no
    file, so that processes which compile at the same time cannot take one another's code. Where no folder can be
    written, kernels are compiled every time. With `reorder` sums may be reordered too, so that plain loops over
    samples become vector code.
    """
    options = {**_OPTIONS, "fastmath": True} if reorder else _OPTIONS
    name = "_".join([kernel.__name__, *map(str, constants), _sources()])
    kernel.__name__, kernel.__qualname__ = name, f"{kernel.__qualname__}_{name}"
    try:
        return njit(kernel, cache=True, **options)
    except RuntimeError:
        return njit(kernel, **options)


@cache
def _sources() -> str:
    """A hash of every module beside this one."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
