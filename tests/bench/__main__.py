"""Run every part of the bench, on one core: ``python -m tests.bench [PART …] [--out FOLDER]``."""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from pathlib import Path

PARTS = ("kernels", "flow", "deep", "rebuild")
"""Modules beside this one, each with `measure(folder)`."""

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all if none is named"
    )
    parser.add_argument("--out", type=Path, default=Path("book/results/costs"), help="where results go")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    os.environ.update(ONE_THREAD)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    asked.out.mkdir(parents=True, exist_ok=True)
    for part in asked.parts or PARTS:
        import_module(f"tests.bench.{part}").measure(asked.out)


if __name__ == "__main__":
    main()
