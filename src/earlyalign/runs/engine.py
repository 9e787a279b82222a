"""The engine: takes runs to an executor and their results to the store. Nothing else knows which executor it is.

An executor is anything with concurrent.futures' interface: a bounded pool of processes by default, a thread pool in
tests, a cluster's client where one is at hand.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import threadpoolctl

from earlyalign.items.contract import Item, Run
from earlyalign.items.manifest import load
from earlyalign.runs.progress import progress
from earlyalign.runs.store import THREADS, Store, pack, run_key

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class RunFailed(RuntimeError):
    """At least one run raised. What the others computed is in the store."""


@dataclass(frozen=True)
class Work:
    """One run to be computed, small enough to travel: the worker loads the item by its id."""

    item: str
    run: Run
    key: str
    store: Path

    @property
    def label(self) -> str:
        return f"{self.item} {self.run.label}"


def compute(work: Work) -> bytes:
    """Do the work, in whatever process this is, and give its packed result."""
    item = load(work.item)
    started = time.perf_counter()
    with threadpoolctl.threadpool_limits(limits=THREADS):
        result = item.compute(work.run, Store(work.store).checkpoint(work.key))
    return pack(result, time.perf_counter() - started)


def process_pool(jobs: int) -> Executor:
    """A pool of `jobs` fresh processes, one thread each."""
    for name in _THREAD_VARIABLES:
        os.environ.setdefault(name, str(THREADS))
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_die_with_parent)


def _die_with_parent() -> None:
    """End this worker when the process that started it is gone: a killed build leaves nothing running."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    if parent is not None:
        threading.Thread(target=watch, daemon=True).start()


def missing(item: Item, runs: Iterable[Run], store: Store) -> list[Work]:
    """The runs that the store does not hold, or holds damaged."""
    keyed = [(run, run_key(item, run)) for run in runs]
    return [Work(item.id, run, key, store.root) for run, key in keyed if store.get(key) is None]


def fill(
    works: Iterable[Work],
    store: Store,
    jobs: int | None = None,
    executor: Callable[[int], Executor] = process_pool,
    show: bool = True,
) -> int:
    """Compute `works` (each key once) into `store`, and count them.

    A run that raises does not stop the others; RunFailed then says which and why. An interrupt loses only the runs
    in flight.
    """
    queue = list({work.key: work for work in works}.values())
    if not queue:
        return 0
    workers = max(1, min(jobs or os.cpu_count() or 1, len(queue)))
    failures: list[str] = []
    pool = executor(workers)
    try:
        with progress(len(queue), show) as bar:
            waiting = iter(queue)
            flying: dict[Future, Work] = {}
            for work in waiting:
                flying[pool.submit(compute, work)] = work
                if len(flying) < 2 * workers:
                    continue
                _land(flying, store, bar, failures)
            while flying:
                _land(flying, store, bar, failures)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    if failures:
        shown = "\n".join(failures[:5])
        raise RunFailed(f"{len(failures)} of {len(queue)} runs failed; the others are kept\n{shown}")
    return len(queue)


def _land(flying: dict[Future, Work], store: Store, bar, failures: list[str]) -> None:
    done, _ = wait(flying, return_when=FIRST_COMPLETED)
    for future in done:
        work = flying.pop(future)
        error = future.exception()
        if error is None:
            store.put(work.key, future.result())
        else:
            failures.append(f"{work.label}: {''.join(traceback.format_exception(error)).strip()}")
        bar.advance(work.label)
