"""What may go wrong between a run and the store, and what must hold then."""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import toy

from earlyalign.errors import UserError
from earlyalign.publish.assessed_items import works
from earlyalign.publish.build import assess
from earlyalign.publish.profiles import read_profile
from earlyalign.runs.engine import RunFailed, fill, missing
from earlyalign.runs.paths import store_root
from earlyalign.runs.store import DamagedRun, Store, run_key

HERE = Path(__file__).parent
VALUES = {"n": 40, "noise": 0.1, "seeds": 5}


def toy_runs(**changes):
    return toy.runs(toy.Parameters(**{**VALUES, **changes}))


@pytest.fixture
def store(toy_book):
    return Store(store_root())


@pytest.mark.parametrize("damage", ["cut short", "one byte changed", "emptied"])
def test_a_damaged_run_is_noticed_said_and_computed_again(store, threads, damage):
    run = toy_runs()[0]
    key = run_key(toy.ITEM, run)
    fill(missing(toy.ITEM, [run], store), store, **threads)
    whole, _ = store.get(key)
    blob = store.path(key).read_bytes()
    changed = bytearray(blob)
    changed[len(blob) // 2] ^= 1
    store.path(key).write_bytes(
        {"cut short": blob[:-7], "one byte changed": bytes(changed), "emptied": b""}[damage]
    )
    with pytest.warns(DamagedRun, match="checksum"):
        (work,) = missing(toy.ITEM, [run], store)
    assert fill([work], store, **threads) == 1
    again, _ = store.get(key)
    assert np.array_equal(again["slope"]["slope"], whole["slope"]["slope"])


def test_a_run_that_raises_is_named_and_the_others_are_kept(store, threads, monkeypatch):
    runs = toy_runs()
    monkeypatch.setattr(toy, "ITEM", dataclasses.replace(toy.ITEM, compute=toy.crashing))
    toy.install()
    with pytest.raises(RunFailed, match="1 of 5 runs failed") as caught:
        fill(missing(toy.ITEM, runs, store), store, **threads)
    assert "seed=1" in str(caught.value) and "told to crash" in str(caught.value)
    assert [work.run.seed for work in missing(toy.ITEM, runs, store)] == [1]


SLOW_FILL = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent in the background may have it ignored
sys.path.insert(0, sys.argv[1])
import toy
toy.install()
from concurrent.futures import ThreadPoolExecutor
from earlyalign.runs.engine import fill, missing
from earlyalign.runs.paths import store_root
from earlyalign.runs.store import Store
quick = toy.ITEM.compute
def slow(run, checkpoint):
    time.sleep(0.15)
    return quick(run, checkpoint)
slow.__module__, slow.__qualname__ = quick.__module__, quick.__qualname__
object.__setattr__(toy.ITEM, "compute", slow)
store = Store(store_root())
runs = toy.runs(toy.Parameters(n=40, noise=0.1, seeds=40))
print("ready", flush=True)
fill(missing(toy.ITEM, runs, store), store, 1, ThreadPoolExecutor, show=False)
"""


def start_slow_fill():
    return subprocess.Popen([sys.executable, "-c", SLOW_FILL, str(HERE)], stdout=subprocess.PIPE, text=True)


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_fill_that_was_killed_goes_on_where_it_was(store, threads, blow):
    filling = start_slow_fill()
    wait_for(lambda: len(list(store.root.rglob("*.npz"))) >= 3)
    filling.send_signal(blow)
    filling.wait(timeout=60)
    runs = toy_runs(seeds=40)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DamagedRun)
        left = missing(toy.ITEM, runs, store)
    assert 0 < len(left) <= 37
    toy.CALLS.clear()
    assert fill(left, store, **threads) == len(left)
    assert sorted(toy.CALLS) == sorted(work.run.seed for work in left), "only what was missing is computed"
    assert missing(toy.ITEM, runs, store) == []


def test_a_file_half_written_under_a_partial_name_is_not_believed(store, threads):
    run = toy_runs()[0]
    path = store.path(run_key(toy.ITEM, run))
    path.parent.mkdir(parents=True)
    (path.parent / ".abc.part").write_bytes(b"half")
    assert len(missing(toy.ITEM, [run], store)) == 1


def test_two_fills_at_once_are_both_right(store, threads):
    both = [start_slow_fill(), start_slow_fill()]
    assert [filling.wait(timeout=120) for filling in both] == [0, 0]
    runs = toy_runs(seeds=40)
    assert missing(toy.ITEM, runs, store) == []
    for run in runs[::10]:
        stored, _ = store.get(run_key(toy.ITEM, run))
        assert np.array_equal(stored["slope"]["slope"], toy.compute(run, None)["slope"]["slope"])


def test_threads_and_processes_give_equal_results(store, threads, tmp_path):
    def processes(jobs):
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(jobs, mp_context=spawn, initializer=toy.install)

    runs, other = toy_runs(), Store(tmp_path / "other")
    fill(missing(toy.ITEM, runs, store), store, 2, ThreadPoolExecutor, show=False)
    fill(missing(toy.ITEM, runs, other), other, 2, processes, show=False)
    for key in (run_key(toy.ITEM, run) for run in runs):
        for table, columns in store.get(key)[0].items():
            for name, values in columns.items():
                assert np.array_equal(values, other.get(key)[0][table][name])


def test_a_store_that_cannot_be_written_is_one_clear_line(toy_book, threads, monkeypatch):
    (toy_book / "in_the_way").write_text("a file where a folder should be")
    monkeypatch.setenv("EARLYALIGN_STORE", str(toy_book / "in_the_way" / "store"))
    with pytest.raises(UserError) as caught:
        assess(read_profile("ci"), **threads)
    assert str(toy_book / "in_the_way") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_one_clear_line_and_keeps_what_was_there(store, threads, monkeypatch):
    fill(missing(toy.ITEM, toy_runs(seeds=2), store), store, **threads)

    def full(*_):
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(UserError, match="No space left on device"):
            fill(missing(toy.ITEM, toy_runs(), store), store, **threads)
    assert len(list(store.root.rglob("*.npz"))) == 2
    assert list(store.root.rglob("*.part")) == []


def test_a_fill_is_one_call_over_all_works(toy_book, threads):
    seen = [work.label for work in works(read_profile("ci"), Store(store_root()))]
    assert len(seen) == len(set(seen)) * 2, "five seeds, once plain and once under the control"
    computed, _ = assess(read_profile("ci"), **threads)
    assert computed == len(seen)
