"""Time left and order of runs, on a machine that is played: its clock moves only when a run of it ends."""

from __future__ import annotations

import heapq
import re
from concurrent.futures import Executor, Future
from dataclasses import dataclass

import numpy as np
import pytest

from earlyalign.runs import forecast, progress
from earlyalign.runs.costs import Costs, Kind
from earlyalign.runs.engine import fill
from earlyalign.runs.forecast import Expected, Forecast
from earlyalign.runs.store import Store, pack

WORKERS = 2
SECONDS = {"threshold": 40.0, "regimes": 12.0, "practice": 1.5, "identities": 0.02}
"""Typical seconds of the runs of four families, as unlike as those of the book."""


@dataclass(frozen=True)
class Played:
    """A task that takes `seconds` of played time. Its known cost may be another."""

    key: str
    kind: Kind
    seconds: float
    after: tuple[str, ...] = ()

    @property
    def label(self):
        return self.key

    @property
    def call(self):
        return (lambda task: task), self


class Machine(Executor):
    """An executor of `WORKERS` processes in played time. The next run ends when all processes are busy, when all
    tasks are given, or when the engine has asked twice what is wanted and given nothing."""

    def __init__(self, tasks, startup=0.0):
        self.now, self.total, self.asked = 0.0, len(tasks), None
        self.free = [startup] * WORKERS
        self.running, self.begun, self.order = [], {}, []

    def submit(self, function, task):
        begin = max(heapq.heappop(self.free), self.now)
        future = Future()
        self.order.append(task.key)
        self.begun[task.key] = begin
        heapq.heappush(self.running, (begin + task.seconds, task.key, future, task))
        if len(self.running) == WORKERS:
            self.end_one()
        return future

    @property
    def in_flight(self):
        if self.running and len(self.order) in (self.total, self.asked):
            self.end_one()
        self.asked = len(self.order)
        return WORKERS

    def end_one(self):
        self.now, _, future, task = heapq.heappop(self.running)
        heapq.heappush(self.free, self.now)
        future.set_result(pack({"none": {"x": [0]}}, task.seconds))


def realistic(factor=1.0, seed=0, runs=240):
    """Tasks of four families, in the order of the book, and their known costs, wrong by `factor`."""
    rng = np.random.default_rng(seed)
    tasks, known = [], {}
    for family, typical in SECONDS.items():
        for i in range(runs // 4):
            kind = Kind(family, {"n": i // 5})
            seconds = float(typical * 10 ** np.random.default_rng([seed, i // 5]).uniform(-1, 0.3))
            known[kind.name] = seconds
            tasks.append(Played(f"{family}-{i:03}", kind, factor * seconds * float(rng.uniform(0.9, 1.1))))
    return tasks, Costs(known)


def play(tasks, costs, monkeypatch, tmp_path, startup=0.0, seen=None):
    machine = Machine(tasks, startup)
    monkeypatch.setattr(forecast, "clock", lambda: machine.now)
    landed = Forecast.landed

    def noted(self, key, measured_s):
        landed(self, key, measured_s)
        if seen is not None:
            seen.append((self.done, machine.now, self.left()))

    monkeypatch.setattr(Forecast, "landed", noted)
    fill(tasks, Store(tmp_path / "store"), WORKERS, lambda jobs: machine, show=seen is None, costs=costs)
    return machine


@pytest.mark.parametrize("factor", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_time_left_is_right_to_a_fifth_when_costs_are_right_to_a_factor(share, factor, monkeypatch, tmp_path):
    seen = []
    machine = play(*realistic(factor), monkeypatch, tmp_path, startup=3.0, seen=seen)
    now, left = next((now, left) for done, now, left in seen if done >= share)
    assert left == pytest.approx(machine.now - now, rel=0.2)


def test_a_count_of_runs_would_have_been_far_off(monkeypatch, tmp_path):
    seen = []
    machine = play(*realistic(), monkeypatch, tmp_path, seen=seen)
    ended, (_, now, _) = next((i, one) for i, one in enumerate(seen, 1) if one[0] >= 0.3)
    by_count = now / ended * (len(seen) - ended)
    assert by_count > 2 * (machine.now - now)


def test_a_family_that_is_slower_than_known_is_found_out(monkeypatch, tmp_path):
    tasks, costs = realistic()
    tasks = [
        Played(task.key, task.kind, task.seconds * (3 if task.kind.work == "regimes" else 1))
        for task in tasks
    ]
    seen = []
    machine = play(tasks, costs, monkeypatch, tmp_path, seen=seen)
    now, left = next((now, left) for done, now, left in seen if done >= 0.85)
    assert left == pytest.approx(machine.now - now, rel=0.35)


def test_lines_and_bar_show_the_same_time_left(monkeypatch, tmp_path, capsys):
    tasks, costs = realistic()
    machine = play(tasks, costs, monkeypatch, tmp_path)
    lines = re.findall(r"runs (\d+)/240  (\d+) s, about (\d+) s left", capsys.readouterr().out)
    shares = [int(spent) / machine.now for _, spent, _ in lines]
    for share in (0.1, 0.3, 0.6):
        _, spent, left = lines[int(np.searchsorted(shares, share))]
        assert int(left) == pytest.approx(machine.now - int(spent), rel=0.2)
    assert lines[-1][0] == "240" and lines[-1][2] == "0"


def test_the_bar_tells_the_forecast_s_time_and_counts_runs(monkeypatch):
    monkeypatch.setattr(forecast, "clock", lambda: 0.0)
    ahead = Forecast({"a": Expected("w", 90.0), "b": Expected("w", 30.0)}, 1)
    with progress.Progress(*progress.columns(ahead)) as shown:
        bar = progress.BarProgress(shown, 2, ahead)
        monkeypatch.setattr(forecast, "clock", lambda: 180.0)
        ahead.landed("a", 180.0)
        bar.advance("a")
        (task,) = shown.tasks
        assert progress.TimeLeft(ahead).render(task).plain == "0:01:00"
        assert (task.fields["runs"], task.percentage) == ("1/2", 75.0)


def test_longest_first_leaves_no_core_idle_at_the_end(monkeypatch, tmp_path):
    tasks, costs = realistic()
    machine = play(tasks, costs, monkeypatch, tmp_path)
    seconds = [task.seconds for task in tasks]
    assert machine.now <= 1.05 * max(sum(seconds) / WORKERS, max(seconds))


def test_longest_first_is_what_saves_the_time(monkeypatch, tmp_path):
    tasks, _ = realistic()
    short_first = sorted(tasks, key=lambda task: task.seconds)[-9:]
    ideal = sum(task.seconds for task in short_first) / WORKERS
    as_given = play(short_first, Costs({}), monkeypatch, tmp_path / "a").now
    ordered = play(short_first, realistic()[1], monkeypatch, tmp_path / "b").now
    assert ordered < as_given and ordered <= 1.12 * ideal


def test_runs_of_equal_cost_keep_their_order(monkeypatch, tmp_path):
    tasks = [Played(f"{i}", Kind("w", {}), 1.0) for i in range(5)]
    assert play(tasks, Costs({}), monkeypatch, tmp_path).order == list("01234")


def test_a_run_begins_after_those_it_starts_from_and_draws_them_forward(monkeypatch, tmp_path):
    first = Played("first", Kind("w", {"n": 1}), 1.0)
    middle = [Played(f"middle-{i}", Kind("w", {"n": 2}), 4.0) for i in range(4)]
    heir = Played("heir", Kind("w", {"n": 3}), 50.0, after=("first", "in the store already"))
    costs = Costs({task.kind.name: task.seconds for task in (first, middle[0], heir)})
    machine = play([heir, *middle, first], costs, monkeypatch, tmp_path)
    assert machine.order[0] == "first"
    assert machine.begun["heir"] >= machine.begun["first"] + first.seconds
    assert machine.begun["heir"] <= 5.0


def test_a_failed_run_is_no_measure_of_speed(monkeypatch, tmp_path):
    monkeypatch.setattr(forecast, "clock", lambda: 10.0)
    ahead = Forecast({"a": Expected("w", 10.0), "b": Expected("w", 10.0)}, 1)
    ahead.landed("a", None)
    assert ahead.left() == pytest.approx(10.0)
