"""One bar over all runs of all items: what is running, how many of how many, time left."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

PLAIN_EVERY_S = 20.0


class PlainProgress:
    """Lines instead of a bar, for logs: one every `PLAIN_EVERY_S` seconds and one at the end."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self.start = self.last = time.monotonic()

    def advance(self, label: str) -> None:
        self.done += 1
        now = time.monotonic()
        if now - self.last >= PLAIN_EVERY_S or self.done == self.total:
            self.last = now
            spent = now - self.start
            left = spent / self.done * (self.total - self.done)
            print(
                f"runs {self.done}/{self.total}  {spent:.0f} s, about {left:.0f} s left  ({label})",
                flush=True,
            )


class BarProgress:
    """A rich bar on a terminal."""

    def __init__(self, bar: Progress, total: int) -> None:
        self.bar = bar
        self.task = bar.add_task("starting", total=total)

    def advance(self, label: str) -> None:
        self.bar.update(self.task, advance=1, description=label)


class NoProgress:
    """Silence, for tests and for work that is all in the store."""

    def advance(self, label: str) -> None:
        return None


@contextmanager
def progress(total: int, show: bool = True):
    """A progress display for `total` runs; call ``advance(label)`` as each ends."""
    if not show or total == 0:
        yield NoProgress()
    elif sys.stdout.isatty():
        columns = ("[progress.description]{task.description}", BarColumn(), MofNCompleteColumn())
        times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
        with Progress(*columns, *times, console=Console()) as bar:
            yield BarProgress(bar, total)
    else:
        yield PlainProgress(total)
