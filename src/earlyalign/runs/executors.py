"""Executors: anything with the interface of concurrent.futures, made by a function of the number of processes.

An executor may have an attribute `in_flight`, the number of tasks that it wants at a time; twice its processes if not.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import partial
from typing import Any

from earlyalign.errors import UserError
from earlyalign.runs.cluster import dask_cluster
from earlyalign.runs.store import THREADS

ENGINES = ("processes", "dask")

MakeExecutor = Callable[[int], Executor]

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def executor_of(engine: str, scheduler: str | None = None) -> MakeExecutor:
    """The executor that the command line names. Raises UserError for a scheduler that the engine has no use for."""
    one_thread_a_process()
    if engine == "dask":
        return partial(dask_cluster, scheduler)
    if scheduler is not None:
        raise UserError("--scheduler goes with --engine dask")
    return process_pool


def process_pool(jobs: int) -> Executor:
    """A pool of `jobs` fresh processes, one thread each."""
    one_thread_a_process()
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_die_with_parent)


def one_thread_a_process() -> None:
    """Ask it of processes that are started from here."""
    for name in _THREAD_VARIABLES:
        os.environ.setdefault(name, str(THREADS))


def _die_with_parent() -> None:
    """End this worker when the process that started it is gone: a killed build leaves nothing running."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


class InProcess(Executor):
    """Does each task here, when it is submitted."""

    in_flight = 1

    def submit(self, function: Callable, /, *arguments: Any, **named: Any) -> Future:
        future: Future = Future()
        try:
            future.set_result(function(*arguments, **named))
        except BaseException as error:
            future.set_exception(error)
        return future


class Borrowed(Executor):
    """Somebody else's executor: used, and left running."""

    def __init__(self, lender: Executor) -> None:
        self._lender = lender

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lender, name)

    def submit(self, function: Callable, /, *arguments: Any, **named: Any) -> Future:
        return self._lender.submit(function, *arguments, **named)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        return None
