"""The memory of one run: the most that its process held while it ran.

Linux keeps a high-water mark of a process's resident memory and lets the process reset it, so that the mark read after
a run is the run's. Elsewhere only the mark of the whole life of the process is known, and it is said to be that.
"""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass
from pathlib import Path

_RESET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")
_RESET_HIGH_WATER = "5"
_MEGABYTE = 1e6


@dataclass(frozen=True)
class Memory:
    """Resident memory, in megabytes (10^6 bytes).

    peak_mb   the most that the process held, interpreter and packages included
    added_mb  how much more that was than when the run began; None where the system cannot tell
    of        ``run`` if the mark was reset when the run began, ``process`` if it is that of the process's whole life
    """

    peak_mb: float
    added_mb: float | None
    of: str


class Watch:
    """Begins when it is made. ``read()`` tells the memory since then."""

    def __init__(self) -> None:
        self._start = _kilobytes("VmRSS") if _reset() else None

    def read(self) -> Memory:
        high = _kilobytes("VmHWM") if self._start is not None else None
        if self._start is None or high is None:
            return Memory(_of_the_process(), None, "process")
        return Memory(_rounded(high * 1024), _rounded(max(high - self._start, 0) * 1024), "run")


def _reset() -> bool:
    try:
        _RESET.write_text(_RESET_HIGH_WATER, encoding="ascii")
    except OSError:
        return False
    return True


def _kilobytes(name: str) -> int | None:
    try:
        lines = _STATUS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), None)


def _of_the_process() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return _rounded(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def _rounded(count: float) -> float:
    return round(count / _MEGABYTE, 1)
