"""Kernels compiled once a machine: machine code is kept on disk under a name that the source decides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

from numba import njit

Freedom = Literal["none", "fuse", "reorder"]

_FASTMATH = {"none": False, "fuse": {"contract"}, "reorder": True}


def compiled(kernel: Callable, *constants: int | str, freedom: Freedom = "fuse") -> Callable:
    """`kernel`, a function or a closure over `constants`, as machine code, read from numba's cache if it is there.

    Numba looks at the file of a kernel for changes, and not at what the kernel calls; so every kernel gets a name of
    its own, made of its constants and of a hash of all kernels' sources. Kernels with different constants share no
    file, so that processes which compile at the same time cannot take one another's code. Where no folder can be
    written, kernels are compiled every time.

    freedom  with the numbers, of the kernel and of what it calls: "none"; "fuse" products with sums; or "reorder"
             sums too, so that plain loops over samples become vector code
    """
    options = {"error_model": "numpy", "fastmath": _FASTMATH[freedom]}
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
