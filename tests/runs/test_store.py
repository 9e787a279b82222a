"""The store believes a file only under its own name, says what is damaged, and leaves nothing half-written behind."""

from __future__ import annotations

import os
import time
import warnings

import numpy as np
import pytest

from earlyalign.runs.store import DamagedRun, Store, pack, write_atomically

ONE, TWO = "a1" * 32, "b2" * 32


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "store")
    made.prepare()
    for key, value in ((ONE, 1.0), (TWO, 2.0)):
        made.put(key, pack({"t": {"x": [value]}}, 0.5))
    return made


def test_a_run_comes_back_as_it_was_put(store):
    for key, value in ((ONE, 1.0), (TWO, 2.0)):
        tables, cost = store.get(key)
        assert (tables["t"]["x"].tolist(), cost.wall_s) == ([value], 0.5)


def test_two_files_that_changed_places_are_not_believed(store):
    one, two = (store.path(key).read_bytes() for key in (ONE, TWO))
    store.path(ONE).write_bytes(two)
    store.path(TWO).write_bytes(one)
    for key in (ONE, TWO):
        with pytest.warns(DamagedRun, match=f"{key}.*another run's"):
            assert store.get(key) is None


def test_a_checkpoint_comes_back_and_goes_with_its_run(store):
    store.checkpoint(ONE).save({"x": np.arange(3)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert store.checkpoint(ONE).load()["x"].tolist() == [0, 1, 2]
        assert store.checkpoint(TWO).load() is None
    store.put(ONE, pack({"t": {"x": [1.0]}}, 0.5))
    assert store.checkpoint(ONE).load() is None


@pytest.mark.parametrize("damage", ["cut short", "one byte changed", "emptied", "another's"])
def test_a_damaged_checkpoint_is_named(store, damage):
    for key in (ONE, TWO):
        store.checkpoint(key).save({"x": np.frombuffer(key.encode(), np.uint8)})
    path = store.checkpoint(ONE).path
    blob = path.read_bytes()
    changed = bytearray(blob)
    changed[len(blob) // 2] ^= 1
    path.write_bytes(
        {
            "cut short": blob[:-7], "one byte changed": bytes(changed), "emptied": b"",
            "another's": store.checkpoint(TWO).path.read_bytes(),
        }[damage]
    )  # fmt: skip
    with pytest.warns(DamagedRun, match=f"checkpoint {ONE}.*starts from its beginning"):
        assert store.checkpoint(ONE).load() is None


def test_what_a_kill_left_half_written_is_cleared_away_and_what_is_being_written_is_not(store):
    old, new = (store.path(ONE).parent / name for name in (".old.part", ".new.part"))
    for part in (old, new):
        part.write_bytes(b"half")
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))
    store.prepare()
    assert new.is_file() and not old.exists()


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640)])
def test_files_are_as_readable_as_the_umask_lets_them(tmp_path, mask, mode):
    kept = os.umask(mask)
    try:
        write_atomically(tmp_path / "it", b"x")
    finally:
        os.umask(kept)
    assert (tmp_path / "it").stat().st_mode & 0o777 == mode
