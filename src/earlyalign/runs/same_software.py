"""Whether two processes have the same software: else a key made in one is not true of a result made in the other."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping
from functools import cache

from earlyalign.runs.code_hash import PACKAGE, import_graph, normalised, source_of
from earlyalign.runs.provenance import numeric_versions

_WITHOUT_NUMBERS = (f"{PACKAGE}.publish", f"{PACKAGE}.cli")


class OtherSoftware(RuntimeError):
    """A worker's source or packages differ from those of the process that named the run."""


@cache
def software() -> dict[str, str]:
    """Of this process: the minor version of Python, the numerical packages, a hash of the source (prose aside)."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **numeric_versions(), "source": _source_hash()}


def _source_hash() -> str:
    digest = hashlib.sha256()
    for module in sorted(import_graph().modules):
        if not module.startswith(_WITHOUT_NUMBERS):
            digest.update(module.encode())
            digest.update(normalised(source_of(module)).encode())
    return digest.hexdigest()


def difference(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """In what the software of two processes differs, in words; empty if in nothing."""
    versions = [
        f"{name} {theirs.get(name)} there, {ours[name]} here"
        for name in ours
        if name != "source" and ours[name] != theirs.get(name)
    ]
    source = ["other source of earlyalign"] if ours["source"] != theirs["source"] else []
    return "; ".join([*source, *versions])


def with_same_software(wanted: Mapping[str, str], function, *arguments):
    """``function(*arguments)``, if the software of this process is `wanted`. Raises OtherSoftware if not."""
    differences = difference(wanted, software())
    if differences:
        raise OtherSoftware(f"this worker does not do what the run's name says: {differences}")
    return function(*arguments)
