"""One bar over all runs of all items: what is running, how many of how many, time left by the work that is left."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from earlyalign.runs.forecast import Forecast

PLAIN_EVERY_S = 20.0
FULL_BAR = 1000


class PlainProgress:
    """Lines instead of a bar, for logs: one every `PLAIN_EVERY_S` seconds and one at the end."""

    def __init__(self, total: int, forecast: Forecast) -> None:
        self.total, self.done, self.forecast = total, 0, forecast
        self.last = forecast.spent

    def advance(self, label: str) -> None:
        self.done += 1
        spent = self.forecast.spent
        if spent - self.last >= PLAIN_EVERY_S or self.done == self.total:
            self.last = spent
            print(
                f"runs {self.done}/{self.total}  {spent:.0f} s, about {self.forecast.left():.0f} s left  ({label})",
                flush=True,
            )


class TimeLeft(ProgressColumn):
    """The forecast's time left, which runs down between the ends of two runs."""

    max_refresh = 0.5

    def __init__(self, forecast: Forecast) -> None:
        super().__init__()
        self.forecast = forecast

    def render(self, task: Task) -> Text:
        return Text(str(timedelta(seconds=round(self.forecast.left()))), style="progress.remaining")


class BarProgress:
    """A rich bar on a terminal. Its length is the share of the work, its numbers count runs."""

    def __init__(self, bar: Progress, total: int, forecast: Forecast) -> None:
        self.bar, self.total, self.done, self.forecast = bar, total, 0, forecast
        self.task = bar.add_task("starting", total=FULL_BAR, runs=f"0/{total}")

    def advance(self, label: str) -> None:
        self.done += 1
        share = round(FULL_BAR * self.forecast.done)
        self.bar.update(self.task, completed=share, description=label, runs=f"{self.done}/{self.total}")


class NoProgress:
    """Silence, for tests and for work that is all in the store."""

    def advance(self, label: str) -> None:
        return None


def columns(forecast: Forecast) -> tuple[ProgressColumn, ...]:
    """What the bar shows: label, bar, runs, time spent, time left."""
    return (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[runs]}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeLeft(forecast),
    )


@contextmanager
def progress(total: int, forecast: Forecast, show: bool = True):
    """A progress display for `total` runs; call ``advance(label)`` as each ends, the forecast told before."""
    if not show or total == 0:
        yield NoProgress()
    elif sys.stdout.isatty():
        with Progress(*columns(forecast), console=Console()) as bar:
            yield BarProgress(bar, total, forecast)
    else:
        yield PlainProgress(total, forecast)
