"""A Dask cluster as an executor. The only module that knows Dask."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from typing import Any

from earlyalign.errors import UserError
from earlyalign.runs.same_software import difference, software, with_same_software
from earlyalign.runs.store import THREADS
from earlyalign.runs.tasks import Shared

CONNECT_S = 5
LOST = "the Dask scheduler is gone"


def dask_cluster(
    scheduler: str | None, jobs: int, resources: Mapping[str, float] | None = None
) -> ClusterExecutor:
    """An executor on the Dask cluster at `scheduler`, such as ``tcp://10.0.0.5:8786``.

    scheduler  if None, a cluster of `jobs` processes is started on this machine, and ended with the executor
    jobs       so many are asked for at least, for a cluster that grows with what is asked of it
    resources  what a worker must have been started with, such as ``{"GPU": 1}``

    Raises UserError, within seconds, if no scheduler answers, if a worker has more than one thread, or if its source
    or packages are not those of this process. Workers that join later are held to the same when a run reaches them.
    """
    distributed = _distributed()
    logging.getLogger("distributed.client").setLevel(
        logging.CRITICAL
    )  # what it says of a lost scheduler, we say
    cluster, address = None, scheduler
    if address is None:
        cluster = _local(distributed, jobs)
        address = cluster.scheduler_address
    client = None
    try:
        client = _connect(distributed, address)
        _check_workers(client)
    except BaseException:
        _close(client, cluster)
        raise
    return ClusterExecutor(client, cluster, jobs, resources)


def _distributed():
    try:
        return importlib.import_module("distributed")
    except ModuleNotFoundError as error:
        raise UserError(
            f"--engine dask needs a package that is missing ({error}): pip install distributed"
        ) from error


def _local(distributed, jobs: int):
    return distributed.LocalCluster(
        n_workers=jobs, threads_per_worker=THREADS, memory_limit=0, dashboard_address="127.0.0.1:0"
    )


def _connect(distributed, address: str):
    try:
        with ThreadPoolExecutor(1) as aside:  # a notebook's own thread has an event loop that is running
            aside.submit(asyncio.run, _greet(distributed, address)).result()
        return distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"no Dask scheduler answers at {address!r}: start one with `dask scheduler`, "
            "or leave out --scheduler for a cluster on this machine"
        ) from error


async def _greet(distributed, address: str) -> None:
    """Shake hands with the scheduler; a client would wait for ever for something else that listens there."""
    security = distributed.Security().get_connection_args("client")
    comm = await asyncio.wait_for(distributed.comm.connect(address, timeout=CONNECT_S, **security), CONNECT_S)
    await comm.close()


def _check_workers(client) -> None:
    workers = client.scheduler_info()["workers"]
    if not workers:
        print("the cluster has no worker yet: runs start when one joins", file=sys.stderr, flush=True)
    for address, worker in workers.items():
        if worker["nthreads"] != THREADS:
            raise UserError(
                f"worker {address} has {worker['nthreads']} threads: start workers with --nthreads {THREADS}, "
                "as many as there are cores"
            )
    for address, theirs in client.run(software, on_error="return").items():
        if isinstance(theirs, BaseException):
            raise UserError(f"worker {address} cannot import earlyalign: {theirs}; install it there")
        differences = difference(software(), theirs)
        if differences:
            raise UserError(
                f"worker {address} has {differences}: install the same commit and requirements there"
            )


def _close(client, cluster) -> None:
    for one in (client, cluster):
        if one is not None:
            one.close()


class ClusterExecutor(Executor):
    """concurrent.futures on a Dask cluster. A task whose worker is lost goes to another one."""

    def __init__(self, client, cluster, jobs: int, resources: Mapping[str, float] | None) -> None:
        self._client, self._cluster, self._jobs = client, cluster, jobs
        self._needs = {"pure": False, **({"resources": dict(resources)} if resources else {})}
        self._executor = client.get_executor(**self._needs)
        self._sent: dict[int, tuple[Shared, Any]] = {}

    @property
    def in_flight(self) -> int:
        """Twice the workers that there are now. Raises BrokenExecutor if the scheduler is gone."""
        try:
            known = self._client.scheduler_info()
        except OSError as error:
            raise BrokenExecutor(LOST) from error
        if "workers" not in known:
            raise BrokenExecutor(LOST)
        return 2 * max(self._jobs, len(known["workers"]))

    def submit(self, function: Callable, /, *arguments: Any, **named: Any) -> Future:
        placed = [self._place(value) if isinstance(value, Shared) else value for value in arguments]
        return self._executor.submit(with_same_software, software(), function, *placed, **named)

    def _place(self, value: Shared) -> Any:
        """`value` as the result of a task, which the cluster can make again where a worker that held it is lost."""
        if id(value) not in self._sent:
            self._sent[id(value)] = value, self._client.submit(_itself, value, **self._needs)
        return self._sent[id(value)][1]

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait and not cancel_futures)
        self._sent.clear()
        _close(self._client, self._cluster)


def _itself(value: Any) -> Any:
    return value
