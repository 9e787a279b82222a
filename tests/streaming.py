"""Commands whose output is seen while they run and kept for the assertions after."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status, and what it wrote to both streams, in order. `cut` where time was up."""

    status: int
    output: str
    cut: bool = False


def stream(
    words: Sequence[str],
    say: Callable[[str], None],
    folder: Path,
    environment: Mapping[str, str],
    limit_s: float,
) -> Ended:
    """Run `words` in `folder`, each line given to `say` as it comes; killed after `limit_s` seconds."""
    process = subprocess.Popen(
        words, cwd=folder, env={**environment, "PYTHONUNBUFFERED": "1"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    cut = threading.Event()
    clock = threading.Timer(limit_s, lambda: (cut.set(), process.kill()))
    clock.start()
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            say(line)
        return Ended(process.wait(), "".join(lines), cut.is_set())
    finally:
        clock.cancel()
        process.kill()
        process.wait()
