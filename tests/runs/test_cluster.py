"""A Dask cluster as a user starts it: a scheduler and two workers, each a process of its own, that talk over TCP."""

from __future__ import annotations

import _thread
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import distributed
import pytest
from click.testing import CliRunner

import earlyalign
from earlyalign import cli
from earlyalign.errors import UserError
from earlyalign.items.manifest import load
from earlyalign.publish.profiles import read_profile
from earlyalign.runs import cluster as room
from earlyalign.runs.cluster import dask_cluster
from earlyalign.runs.engine import RunFailed, fill, missing
from earlyalign.runs.executors import InProcess
from earlyalign.runs.store import Store

PATIENCE_S = 60


def until(condition, what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"waited too long for {what}"
        time.sleep(0.02)


def started(*words: str, said: str, folder: Path) -> tuple[subprocess.Popen, str]:
    """A process of Dask's command line in `folder`, and the first line in which it said `said`."""
    command = [sys.executable, "-m", "dask", *words]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    seen = next(line for line in process.stderr if said in line)
    threading.Thread(target=process.stderr.read, daemon=True).start()
    return process, seen


def start_scheduler(folder: Path) -> tuple[subprocess.Popen, str]:
    words = ("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    process, line = started(*words, said="Scheduler at:", folder=folder)
    return process, re.search(r"tcp://\S+", line).group()


def start_worker(address: str, folder: Path, threads: int = 1, *more: str) -> subprocess.Popen:
    settings = f"--nthreads {threads} --no-nanny --no-dashboard --memory-limit 0"
    words = ("worker", address, *settings.split(), *more)
    return started(*words, said="Registered to:", folder=folder)[0]


def end(*processes: subprocess.Popen) -> None:
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def address(folder) -> Iterator[str]:
    """The address of a scheduler with two workers."""
    scheduler, address = start_scheduler(folder)
    workers = [start_worker(address, folder) for _ in range(2)]
    yield address
    end(*workers, scheduler)


@pytest.fixture
def guest(address, folder):
    """Start one more worker for the test: threads, more options -> process."""
    guests = []

    def start(threads: int = 1, *more: str) -> subprocess.Popen:
        guests.append(start_worker(address, folder, threads, *more))
        return guests[-1]

    before = known_workers(address)
    yield start
    end(*guests)
    until(lambda: known_workers(address) == before, "the scheduler to miss the guest")


def known_workers(address: str) -> int:
    with distributed.Client(address, set_as_default=False) as client:
        return len(client.scheduler_info()["workers"])


def here(jobs: int) -> InProcess:
    return InProcess()


def works_of(id: str, store: Store, **changes):
    item = load(id)
    params = item.params(**{**read_profile("smoke").of(item), **changes})
    return missing(item, item.runs(params), store)


def bytes_of(store: Store) -> dict[str, bytes]:
    """Every array that the store holds, to the byte."""
    keys = [path.stem for path in store.root.glob("??/*.npz")]
    return {
        f"{key} {table} {name} {values.dtype}": values.tobytes()
        for key in keys
        for table, columns in store.get(key)[0].items()
        for name, values in columns.items()
    }


def test_two_workers_give_the_tables_of_this_process_to_the_byte(address, tmp_path):
    stores = Store(tmp_path / "cluster"), Store(tmp_path / "here")
    for store, executor in zip(stores, (partial(dask_cluster, address), here), strict=True):
        assert fill(works_of("B-eq4", store), store, executor=executor, show=False) == 16
    assert bytes_of(stores[0]) == bytes_of(stores[1]) != {}


def test_a_worker_that_is_killed_costs_nothing_but_time(address, guest, tmp_path):
    victim, store, alone = guest(), Store(tmp_path / "cluster"), Store(tmp_path / "here")

    def kill() -> None:
        until(lambda: len(list(store.root.rglob("*.npz"))) >= 5, "the first results")
        victim.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    works = works_of("B-lemF1", store, seeds=10)
    assert fill(works, store, executor=partial(dask_cluster, address), show=False) == len(works) == 60
    killer.join()
    assert victim.wait() == -signal.SIGKILL
    fill(works_of("B-lemF1", alone, seeds=10), alone, executor=here, show=False)
    assert bytes_of(store) == bytes_of(alone)


@pytest.fixture
def interruptible():
    """Interrupts work, even if the parent of the tests ignores them."""
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, kept)


def test_an_interrupt_keeps_what_landed_and_leaves_nothing_queued(address, tmp_path, interruptible):
    store = Store(tmp_path / "store")

    def interrupt() -> None:
        until(lambda: len(list(store.root.rglob("*.npz"))) >= 5, "the first results")
        _thread.interrupt_main()

    threading.Thread(target=interrupt, daemon=True).start()
    works = works_of("B-lemF1", store, seeds=10)
    with pytest.raises(KeyboardInterrupt):
        fill(works, store, executor=partial(dask_cluster, address), show=False)
    left = works_of("B-lemF1", store, seeds=10)
    assert 0 < len(left) <= len(works) - 5
    with distributed.Client(address, set_as_default=False) as client:
        until(
            lambda: not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)),
            "an empty queue",
        )


def test_a_cluster_that_grows_is_given_more(address, guest):
    executor = dask_cluster(address, jobs=1)
    assert executor.in_flight == 4
    guest()
    until(lambda: executor.in_flight == 6, "the third worker to be counted")
    executor.shutdown()


def test_runs_that_need_a_gpu_wait_for_a_worker_that_has_one(address, guest):
    with dask_cluster(address, jobs=1, resources={"GPU": 1}) as executor:
        answer = executor.submit(pow, 2, 3)
        with pytest.raises(TimeoutError):
            answer.result(timeout=0.5)
        guest(1, "--resources", "GPU=1")
        assert answer.result(timeout=PATIENCE_S) == 8


def test_a_worker_with_more_threads_than_a_run_may_use_is_refused(address, guest):
    guest(threads=2)
    with pytest.raises(UserError, match="has 2 threads: start workers with --nthreads 1"):
        dask_cluster(address, jobs=1)


@pytest.fixture
def other_source(tmp_path, monkeypatch):
    """For workers started from now on: a copy of the package in which one number is different."""
    copy = tmp_path / "other"
    shutil.copytree(Path(earlyalign.__file__).parent, copy / "earlyalign")
    changed = copy / "earlyalign/theory/ols.py"
    changed.write_text(changed.read_text() + "\nCHANGED = 1\n")
    monkeypatch.setenv("PYTHONPATH", str(copy))


def test_workers_with_other_source_are_refused_and_late_ones_do_no_harm(
    address, other_source, guest, tmp_path
):
    store = Store(tmp_path / "store")
    early = dask_cluster(address, jobs=1)
    guest()
    with pytest.raises(UserError, match="has other source of earlyalign: install the same commit") as caught:
        dask_cluster(address, jobs=1)
    assert "\n" not in str(caught.value)
    until(lambda: early.in_flight == 6, "the guest to be counted")
    with pytest.raises(RunFailed, match="does not do what the run's name says: other source"):
        fill(works_of("B-lemF1", store), store, executor=lambda jobs: early, show=False)


@pytest.fixture
def mortal(folder):
    """A scheduler that may be killed, and its address; it has one worker."""
    scheduler, address = start_scheduler(folder)
    worker = start_worker(address, folder)
    yield scheduler, address
    end(worker, scheduler)


def test_a_scheduler_that_is_lost_is_said_and_what_ended_is_kept(mortal, tmp_path):
    (scheduler, address), store = mortal, Store(tmp_path / "store")

    def kill() -> None:
        until(lambda: len(list(store.root.rglob("*.npz"))) >= 5, "the first results")
        scheduler.kill()

    threading.Thread(target=kill, daemon=True).start()
    with pytest.raises(RunFailed, match="what ended before is kept"):
        fill(works_of("B-lemF1", store, seeds=10), store, executor=partial(dask_cluster, address), show=False)
    assert len(bytes_of(store)) > 0


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Call the command with a store of its own: words -> click's result."""
    monkeypatch.setenv("EARLYALIGN_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(room, "CONNECT_S", 1)
    return lambda *words: CliRunner().invoke(cli.main, list(words), prog_name="earlyalign")


ITEM = ("run", "B-eq4", "--profile", "smoke", "--json")
BAD = {
    "nobody there": (
        ("--engine", "dask", "--scheduler", "tcp://127.0.0.1:1"),
        "no Dask scheduler answers at",
    ),
    "no port": (("--engine", "dask", "--scheduler", "127.0.0.1"), "no Dask scheduler answers at '127.0.0.1'"),
    "no address": (("--engine", "dask", "--scheduler", ""), "--scheduler: a value must not be empty"),
    "engine misspelt": (("--engine", "dusk"), "'dusk' is not one of 'processes', 'dask'"),
    "no engine for it": (("--scheduler", "tcp://127.0.0.1:1"), "--scheduler goes with --engine dask"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_cluster_that_cannot_be_had_is_one_line_and_status_2(call, tmp_path, case):
    words, said = BAD[case]
    result = call(*ITEM, *words, "--out", str(tmp_path / "out"))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1 and said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_something_else_that_listens_is_no_scheduler(call, tmp_path):
    mute = subprocess.Popen(
        [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "0"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    port = re.search(r"port (\d+)", mute.stdout.readline()).group(1)
    result = call(*ITEM, "--engine", "dask", "--scheduler", f"tcp://127.0.0.1:{port}")
    end(mute)
    assert result.exit_code == 2 and "no Dask scheduler answers" in result.stderr


def test_without_the_package_it_says_what_to_install(call, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    result = call(*ITEM, "--engine", "dask")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1 and "pip install distributed" in result.stderr


def test_the_command_takes_an_item_to_the_cluster(call, address, tmp_path):
    words = (*ITEM, "--engine", "dask", "--scheduler", address, "--out", str(tmp_path / "out"))
    result = call(*words)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["runs"] == 16


MODEL = """
import torch
from torch import nn

def make_model():
    return nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Linear(6, 2))

def make_data():
    inputs = torch.randn(80, 5, generator=torch.Generator().manual_seed(0))
    labels = (inputs[:, 0] > 0).long()
    return (inputs[:40], labels[:40]), (inputs[40:], labels[40:])
"""
SWEEP = (
    "fls", "sweep", "lent_model:make_model", "--data", "lent_model:make_data", "--c", "2^-2", "--steps", "0.2",
    "--seeds", "4", "--epochs", "60", "--batch", "10", "--train-accuracy", "0.9", "--json",
)  # fmt: skip


def test_a_sweep_of_ones_own_model_runs_on_a_cluster_of_this_machine(call, tmp_path, monkeypatch):
    (tmp_path / "lent_model.py").write_text(MODEL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    result = call(*SWEEP, "--engine", "dask")
    assert result.exit_code == 0, result.stderr
    monkeypatch.setenv("EARLYALIGN_STORE", str(tmp_path / "other"))
    assert json.loads(call(*SWEEP).stdout)["runs"] == json.loads(result.stdout)["runs"]
