"""The engine: takes tasks to an executor and their results to the store. Nothing else knows which executor it is.

An executor is anything with concurrent.futures' interface: a bounded pool of processes by default, a thread pool in
tests, a Dask cluster where one is at hand.
"""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import threadpoolctl

from earlyalign.errors import UserError
from earlyalign.items.item import Item
from earlyalign.items.manifest import load
from earlyalign.items.run import Run
from earlyalign.runs.cores import usable_cores
from earlyalign.runs.costs import Costs, Kind, read_costs
from earlyalign.runs.executors import MakeExecutor, process_pool
from earlyalign.runs.forecast import Forecast
from earlyalign.runs.memory import Watch
from earlyalign.runs.progress import progress
from earlyalign.runs.queue import in_order, take_next
from earlyalign.runs.store import THREADS, Store, pack, run_key, unpack, work_key
from earlyalign.runs.tasks import Task

POLL_S = 2.0
"""How often an engine in which nothing ends looks whether it has grown."""


class RunFailed(RuntimeError):
    """At least one run raised. What the others computed is in the store."""


@dataclass(frozen=True)
class Work:
    """One run to be computed, small enough to travel: the worker loads the item by its id.

    kind     what is known of its cost goes by this
    after    keys of runs that it starts from
    control  the item's control whose faulty work it is; empty if none
    """

    item: str
    run: Run
    key: str
    store: Path
    kind: Kind
    after: tuple[str, ...] = ()
    control: str = ""

    @property
    def label(self) -> str:
        return f"{self.item} {self.run.label}"

    @property
    def call(self) -> tuple[Callable[..., bytes], Any]:
        return compute, self


def compute(work: Work) -> bytes:
    """Do the work, in whatever process this is, and give its packed result.

    Its checkpoint lies in the caller's store. A machine that cannot reach it keeps the state in the store that
    EARLYALIGN_STORE names there, else in a folder that goes with the process.
    """
    item = load(work.item)
    item = item.under(work.control) if work.control else item
    reached = work.store.is_dir() and os.access(work.store, os.W_OK)
    checkpoint = (Store(work.store) if reached else _own_store()).checkpoint(work.key)
    watch, started = Watch(), time.perf_counter()
    with threadpoolctl.threadpool_limits(limits=THREADS):
        result = item.work_of(work.run)(work.run, checkpoint)
    packed = pack(result, time.perf_counter() - started, watch.read())
    if not reached:
        checkpoint.drop()
    return packed


def _own_store() -> Store:
    return Store(Path(os.environ.get("EARLYALIGN_STORE") or _passing_folder().name))


@cache
def _passing_folder() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="earlyalign-")


def missing(item: Item, runs: Iterable[Run], store: Store) -> list[Work]:
    """The runs that the store does not hold, or holds damaged."""
    keyed = [(run, run_key(item, run)) for run in runs]
    return [_work(item, run, key, store) for run, key in keyed if store.get(key) is None]


def _work(item: Item, run: Run, key: str, store: Store) -> Work:
    after = tuple(work_key(*needed) for needed in item.after(run))
    control = item.broken_by.name if item.broken_by else ""
    return Work(item.id, run, key, store.root.absolute(), kind_of(item, run), after, control)


def kind_of(item: Item, run: Run) -> Kind:
    """What is known of the cost of a run of `item` goes by this."""
    return Kind(item.work_of(run).__module__, run.config)


def fill(
    works: Iterable[Task],
    store: Store,
    jobs: int | None = None,
    executor: MakeExecutor = process_pool,
    show: bool = True,
    *,
    costs: Costs | None = None,
) -> int:
    """Compute `works` (each key once) into `store`, longest first by `costs` (those that the repository knows), and
    count them.

    A run that raises does not stop the others; RunFailed then says which and why. An interrupt loses only the runs
    in flight.
    """
    queue, expected = in_order({work.key: work for work in works}.values(), costs or read_costs())
    total = len(queue)
    if not queue:
        return 0
    workers = max(1, min(jobs or usable_cores(), total))
    failures: list[str] = []
    flying: dict[Future, Task] = {}
    pool = executor(workers)
    try:
        _make_room(store)
        forecast = Forecast(expected, workers)
        with progress(total, forecast, show) as bar:
            while queue or flying:
                wanted = getattr(pool, "in_flight", 2 * workers)
                while len(flying) < wanted and (work := take_next(queue, flying.values())):
                    function, *arguments = work.call
                    flying[pool.submit(function, *arguments)] = work
                for work in _land(flying, store, forecast, failures):
                    bar.advance(work.label)
    except BrokenExecutor as error:
        raise RunFailed(
            f"{error}; what ended before is kept, and the same command goes on from there"
        ) from error
    finally:
        for future in flying:
            future.cancel()
        pool.shutdown(wait=True, cancel_futures=True)
    if failures:
        shown = "\n".join(failures[:5])
        raise RunFailed(f"{len(failures)} of {total} runs failed; the others are kept\n{shown}")
    return total


def _make_room(store: Store) -> None:
    """The store's folder, so that workers can tell whether they reach it."""
    try:
        store.prepare()
    except OSError as error:
        raise UserError(f"cannot write {store.root}: {error.strerror}") from error


def _land(
    flying: dict[Future, Task], store: Store, forecast: Forecast, failures: list[str]
) -> Iterator[Task]:
    """Wait for runs to end, keep what they give, and tell each to the forecast."""
    done, _ = wait(flying, timeout=POLL_S, return_when=FIRST_COMPLETED)
    for future in done:
        work = flying.pop(future)
        if future.cancelled():
            raise BrokenExecutor(f"the connection was lost with {work.label} in flight")
        error = future.exception()
        if error is None:
            store.put(work.key, future.result())
            forecast.landed(work.key, unpack(future.result())[1].wall_s)
        elif isinstance(error, BrokenExecutor) or not isinstance(error, Exception):
            raise error
        else:
            failures.append(f"{work.label}: {''.join(traceback.format_exception(error)).strip()}")
            forecast.landed(work.key, None)
        yield work
