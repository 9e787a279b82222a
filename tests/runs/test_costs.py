from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from earlyalign.errors import UserError
from earlyalign.items.manifest import everything
from earlyalign.publish.profiles import read_profile
from earlyalign.runs import cores, memory
from earlyalign.runs.costs import Costs, Kind, as_csv, costs_path, mean_costs, read_costs
from earlyalign.runs.memory import Memory, Watch
from earlyalign.runs.store import Store, pack, unpack, work_key


def kind(**config):
    return Kind("earlyalign.w", config)


KNOWN = mean_costs(
    [
        (kind(method="flow", n=100), 30.0),
        (kind(method="flow", n=100), 50.0),
        (kind(method="sgd", n=100), 2.0),
        (kind(method="sgd", n=5000), 8.0),
        (Kind("earlyalign.v", {}), 600.0),
    ]
)


def test_seeds_of_a_kind_are_averaged():
    assert KNOWN.of(kind(method="flow", n=100)) == 40.0


def test_a_run_that_is_not_known_costs_as_the_nearest_of_its_kind():
    assert KNOWN.of(kind(method="sgd", n=3000)) == 8.0
    assert KNOWN.of(kind(method="sgd", n=120)) == 2.0
    assert KNOWN.of(kind(method="flow", n=5000)) == 40.0


def test_a_run_like_no_other_costs_the_median_of_its_work_and_then_of_all():
    assert KNOWN.of(kind(method="adam", n=100)) == 8.0
    assert KNOWN.of(Kind("earlyalign.u", {})) == np.median([40, 2, 8, 600])
    assert Costs({}).of(None) == 1.0


def test_costs_survive_their_file(toy_book):
    assert read_costs() == Costs({})
    costs_path().write_text(as_csv(KNOWN), encoding="utf-8")
    assert read_costs().seconds == KNOWN.seconds


@pytest.mark.parametrize(
    "text", ["work,seconds\na,1\n", "work,config,seconds\na,{},fast\n", "work,config,seconds\na,{},-1\n"]
)
def test_a_damaged_file_of_costs_is_one_line(toy_book, text):
    costs_path().write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match="earlyalign costs"):
        read_costs()


def test_what_a_run_starts_from_is_among_the_runs_of_the_book():
    profile = read_profile("ci")
    keys = {
        work_key(item.compute, run, item.precision)
        for item in profile.items()
        for run in item.runs(profile.params[item.id])
    }
    needed = [
        work_key(*each)
        for item in everything()
        for run in item.runs(profile.params[item.id])
        for each in item.after(run)
    ]
    assert needed and keys.issuperset(needed)


def test_a_result_remembers_what_it_took(tmp_path):
    taken = Memory(310.5, 12.0, "run")
    _, cost = unpack(pack({"t": {"x": [1.0]}}, 2.5, taken))
    assert (cost.wall_s, cost.memory) == (2.5, taken)
    store = Store(tmp_path)
    store.put("aa", pack({"t": {"x": [1.0]}}, 2.5))
    assert store.get("aa")[1].memory is None


HOLD = """
import sys
import numpy as np
from earlyalign.runs.memory import Watch

def run(megabytes):
    watch = Watch()
    held = np.ones(megabytes * 125_000)
    held[:] = 2.0
    del held
    return watch.read()

for megabytes in (400, 10, 200):
    told = run(megabytes)
    print(told.peak_mb, told.added_mb, told.of)
"""


def held():
    ended = subprocess.run([sys.executable, "-c", HOLD], capture_output=True, text=True, check=True)
    return [line.split() for line in ended.stdout.splitlines()]


def test_memory_is_that_of_the_run_and_not_of_the_one_before():
    (_, first, _), (_, second, of), (_, third, _) = held()
    assert of == "run"
    assert float(first) == pytest.approx(400, abs=15)
    assert float(second) == pytest.approx(10, abs=15)
    assert float(third) == pytest.approx(200, abs=15)


def test_where_the_mark_cannot_be_reset_memory_is_the_process_s_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "_RESET", tmp_path / "nowhere" / "clear_refs")
    told = Watch().read()
    assert (told.of, told.added_mb) == ("process", None)
    assert told.peak_mb > 50


def control_group(tmp_path, monkeypatch, files, own="0::/build/job"):
    root = tmp_path / "cgroup"
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "own").write_text(own + "\n")
    monkeypatch.setattr(cores, "_GROUPS", root)
    monkeypatch.setattr(cores, "_OWN_GROUP", tmp_path / "own")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)


@pytest.mark.parametrize(
    ("files", "own", "usable"),
    [
        ({}, "0::/build/job", 8),
        ({"build/job/cpu.max": "max 100000\n"}, "0::/build/job", 8),
        ({"build/job/cpu.max": "250000 100000\n"}, "0::/build/job", 3),
        ({"build/cpu.max": "200000 100000\n", "build/job/cpu.max": "max 100000\n"}, "0::/build/job", 2),
        ({"cpu.max": "50000 100000\n"}, "0::/", 1),
        (
            {"cpu/job/cpu.cfs_quota_us": "400000", "cpu/job/cpu.cfs_period_us": "100000"},
            "4:cpu,cpuacct:/job",
            4,
        ),
        ({"cpu/job/cpu.cfs_quota_us": "-1", "cpu/job/cpu.cfs_period_us": "100000"}, "4:cpu,cpuacct:/job", 8),
        ({"build/job/cpu.max": "torn"}, "0::/build/job", 8),
        ({"build/job/cpu.max": "9900000 100000\n"}, "0::/build/job", 8),
    ],
)
def test_cores_are_those_that_the_control_group_pays_for(files, own, usable, tmp_path, monkeypatch):
    control_group(tmp_path, monkeypatch, files, own)
    assert cores.usable_cores() == usable


def test_cores_are_those_that_the_process_may_run_on(tmp_path, monkeypatch):
    control_group(tmp_path, monkeypatch, {})
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {5}, raising=False)
    assert cores.usable_cores() == 1
