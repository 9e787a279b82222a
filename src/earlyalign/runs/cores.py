"""How many processes this process may use at a time."""

from __future__ import annotations

import math
import os
from pathlib import Path

_OWN_GROUP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """Cores that may work for this process at a time: those it may be scheduled on, and no more than its control
    group's quota pays for. At least one."""
    quota = _quota()
    allowed = _scheduled()
    return max(1, allowed if quota is None else min(allowed, math.ceil(quota)))


def _scheduled() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota() -> float | None:
    """Cores that the tightest quota of this process's control group or a group above it allows; None for no quota."""
    quotas = [quota for folder in _own_groups() if (quota := _quota_of(folder)) is not None]
    return min(quotas, default=None)


def _own_groups() -> list[Path]:
    try:
        lines = _OWN_GROUP.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return []
    paths = [line.split(":", 2)[2] for line in lines if line.count(":") >= 2]
    controllers = (_GROUPS, _GROUPS / "cpu")
    return [
        folder
        for root in controllers
        for path in paths
        for folder in (root / path.strip("/"), *(root / path.strip("/")).parents)
        if folder.is_relative_to(root)
    ]


def _quota_of(folder: Path) -> float | None:
    """From ``cpu.max`` (version 2) or ``cpu.cfs_quota_us`` and ``cpu.cfs_period_us`` (version 1)."""
    try:
        if (folder / "cpu.max").is_file():
            quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text(encoding="ascii")
            period = (folder / "cpu.cfs_period_us").read_text(encoding="ascii")
        return float(quota) / float(period) if float(quota) > 0 else None
    except (OSError, ValueError, ZeroDivisionError):
        return None
