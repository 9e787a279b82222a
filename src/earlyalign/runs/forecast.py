"""Time left, from the work left: what each run is known to cost, at the speed that this build has shown."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

clock = time.monotonic

_TRUST = 0.02
"""Share of all work after which a kind of work is judged more by its own speed than by that of the others."""


@dataclass(frozen=True)
class Expected:
    """A run to come: the work that it belongs to, and its known cost in seconds (of whatever machine)."""

    work: str
    seconds: float


class Forecast:
    """Follows a build of runs of known cost over `workers` processes.

    Known costs may be wrong by a factor; the ratio of measured to known is learned as runs end, for each kind of work
    by itself where enough of it has ended, and for the others from all.
    """

    def __init__(self, runs: Mapping[str, Expected], workers: int) -> None:
        self._left = dict(runs)
        self._workers = workers
        self._began = clock()
        self._known = sum(run.seconds for run in runs.values())
        self._ended: dict[str, tuple[float, float]] = {}
        self._before_work: float | None = None

    def landed(self, key: str, measured_s: float | None) -> None:
        """The run `key` has ended, after so many seconds of work; None if it failed."""
        run = self._left.pop(key)
        if measured_s is None:
            return
        if self._before_work is None:
            self._before_work = max(0.0, self.spent - measured_s)
        known, measured = self._ended.get(run.work, (0.0, 0.0))
        self._ended[run.work] = known + run.seconds, measured + measured_s

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return clock() - self._began

    @property
    def done(self) -> float:
        """Share of the work that has ended, between 0 and 1."""
        left = sum(run.seconds for run in self._left.values())
        return 1 - left / self._known if self._known > 0 else float(not self._left)

    def left(self) -> float:
        """Seconds left, about."""
        if not self._left:
            return 0.0
        measured = sum(seconds for _, seconds in self._ended.values())
        to_come = sorted((run.seconds * self._ratio(run.work) for run in self._left.values()), reverse=True)
        in_hand = sum(to_come[: self._workers])
        busy = max(0.0, self.spent - (self._before_work or 0.0)) * self._workers
        begun = min(max(busy - measured, 0.0), in_hand)
        return (sum(to_come) - begun) / min(self._workers, len(to_come))

    def _ratio(self, work: str) -> float:
        """Measured over known, of the runs of `work` that have ended, drawn to that of all runs while they are few."""
        known = sum(seconds for seconds, _ in self._ended.values())
        if known <= 0:
            return 1.0
        overall = sum(measured for _, measured in self._ended.values()) / known
        own_known, own_measured = self._ended.get(work, (0.0, 0.0))
        others = _TRUST * self._known
        return (own_measured + others * overall) / (own_known + others)
