"""What an engine owes to a run, wherever it is computed."""

from __future__ import annotations

import tempfile
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from earlyalign.items.manifest import load
from earlyalign.publish.profiles import read_profile
from earlyalign.runs import engine
from earlyalign.runs.engine import RunFailed, fill, missing
from earlyalign.runs.executors import Borrowed, InProcess
from earlyalign.runs.store import Store, pack, unpack


@dataclass(frozen=True)
class Sum:
    """A task: one plus one, or a failure."""

    key: str
    fails: type[BaseException] | None = None
    label = "a sum"

    @property
    def call(self):
        return add, self.fails


def add(fails):
    if fails is not None:
        raise fails("told to fail")
    return pack({"sum": {"value": [2]}}, 0.0)


def here(jobs):
    return InProcess()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def landed(store):
    return {path.stem for path in store.root.rglob("*.npz")}


@pytest.mark.parametrize("executor", [here, ThreadPoolExecutor])
def test_any_task_with_a_key_a_label_and_a_call_is_done(store, executor):
    assert fill([Sum("aa"), Sum("bb"), Sum("aa")], store, 1, executor, show=False) == 2
    assert landed(store) == {"aa", "bb"}


@pytest.mark.parametrize("executor", [here, ThreadPoolExecutor])
def test_a_task_that_raises_does_not_lose_the_others(store, executor):
    with pytest.raises(RunFailed, match="1 of 3 runs failed"):
        fill([Sum("aa"), Sum("bb", ZeroDivisionError), Sum("cc")], store, 1, executor, show=False)
    assert landed(store) == {"aa", "cc"}


def test_an_interrupt_is_no_failed_run(store):
    with pytest.raises(KeyboardInterrupt):
        fill([Sum("aa"), Sum("bb", KeyboardInterrupt), Sum("cc")], store, 1, here, show=False)
    assert landed(store) == {"aa"}


class Giving(InProcess):
    """An executor that cancels what it is given, as one does that has lost its processes."""

    def submit(self, function, /, *arguments, **named):
        future = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


class Broken(InProcess):
    def submit(self, function, /, *arguments, **named):
        raise BrokenExecutor("no process is left")


@pytest.mark.parametrize(
    ("executor", "said"), [(Giving, "connection was lost"), (Broken, "no process is left")]
)
def test_an_executor_that_breaks_is_one_line(store, executor, said):
    with pytest.raises(RunFailed, match=said) as caught:
        fill([Sum("aa")], store, 1, lambda jobs: executor(), show=False)
    assert "\n" not in str(caught.value)


def test_as_many_are_in_flight_as_the_executor_wants_at_the_time(store):
    class Growing(InProcess):
        in_flight = 1
        given = ()

        def submit(self, function, /, *arguments, **named):
            Growing.given += (self.in_flight,)
            Growing.in_flight += 1
            return super().submit(function, *arguments, **named)

    fill([Sum(f"{i:02}") for i in range(6)], store, 1, lambda jobs: Growing(), show=False)
    assert Growing.given == (1, 2, 3, 4, 5, 6)


def test_a_borrowed_executor_is_left_running():
    with ThreadPoolExecutor(1) as threads:
        with Borrowed(threads) as lent:
            assert lent.submit(add, None).result()
        assert threads.submit(add, None).result()


@pytest.fixture
def decay(tmp_path):
    """A run that starts where another one ended, and the store of a caller whom this machine cannot reach."""
    item = load("B-fig6")
    runs = item.runs(read_profile("smoke").params["B-fig6"])
    run = next(run for run in runs if run.config["kind"] != "small")
    (work,) = missing(item, [run], Store(tmp_path / "caller"))
    return replace(work, store=tmp_path / "nowhere" / "store")


@pytest.mark.parametrize("named", [True, False])
def test_a_worker_that_cannot_reach_the_store_keeps_state_of_its_own(decay, tmp_path, monkeypatch, named):
    monkeypatch.delenv("EARLYALIGN_STORE", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    engine._passing_folder.cache_clear()
    if named:
        monkeypatch.setenv("EARLYALIGN_STORE", str(tmp_path / "mine"))
    first, _ = unpack(engine.compute(decay))
    own = tmp_path / "mine" if named else Path(engine._passing_folder().name)
    assert len(list(own.glob("??/*.npz"))) == 1, "the run that it started from was computed and kept"
    assert not list(own.glob("checkpoints/*")) and not decay.store.exists()
    again, _ = unpack(engine.compute(decay))
    for name, values in first["losses"].items():
        assert np.array_equal(values, again["losses"][name])
    engine._passing_folder.cache_clear()


def test_a_worker_that_reaches_the_store_uses_it(decay, tmp_path):
    store = tmp_path / "shared"
    store.mkdir()
    engine.compute(replace(decay, store=store))
    assert len(list(store.glob("??/*.npz"))) == 1
