"""The warm restart of Figure 6 goes on from a stored training of Figure 2."""

import numpy as np
import pytest

from earlyalign.items.run import Checkpoint, NoCheckpoint, Run
from earlyalign.runs.outcome import parse
from earlyalign.runs.store import Store, pack, work_key
from earlyalign.simplicity_bias.threshold import fig2_optimization_threshold as fig2
from earlyalign.simplicity_bias.threshold import fig6_runs, fig6_stability, runs


def test_the_warm_restart_goes_on_where_figure_2_ended(tmp_path):
    params = parse(fig6_stability.ITEM, {
        "n": 60, "seeds": 2, "d": 3, "width": 8, "horizon": 2.0, "stages": 1, "stage_steps": 16, "small_horizon": 1.0,
    })  # fmt: skip
    run = fig6_stability.runs(params)[0]
    first = fig6_runs.first_training(run)
    store = Store(tmp_path)
    plain = fig6_runs.compute(run, NoCheckpoint())
    recalled = fig6_runs.compute(run, store.checkpoint("some-key"))
    np.testing.assert_array_equal(plain["losses"]["train_ratio"], recalled["losses"]["train_ratio"])
    key = work_key(runs.compute, first, runs.PRECISION)
    stored, _ = store.get(key)
    assert plain["losses"]["train_ratio"][0] == pytest.approx(
        stored["losses"]["train"][-1] / stored["reference"]["train"][0]
    )
    doctored = {**stored, "neurons": {**stored["neurons"], "outer": np.zeros(8)}}
    store.put(key, pack(doctored, 0.0))
    changed = fig6_runs.compute(run, store.checkpoint("some-key"))
    assert changed["losses"]["train_ratio"][0] != plain["losses"]["train_ratio"][0]


def test_the_first_training_is_a_run_of_figure_2():
    values = {"seeds": 2, "d": 5, "width": 20, "horizon": 8.0}
    restart = parse(
        fig6_stability.ITEM, {**values, "n": 500, "stages": 1, "stage_steps": 8, "small_horizon": 1.0}
    )
    sweep = fig2.ITEM.runs(parse(fig2.ITEM, {**values, "methods": ["sgd"], "sample_sizes": [50, 500]}))
    precision = fig2.ITEM.precision
    keys = {work_key(runs.compute, run, precision) for run in sweep}
    first = fig6_runs.first_training(fig6_stability.runs(restart)[0])
    assert work_key(runs.compute, first, runs.PRECISION) in keys


def test_checkpoints_keep_the_protocol(tmp_path):
    for checkpoint in (NoCheckpoint(), Store(tmp_path).checkpoint("k")):
        each: Checkpoint = checkpoint
        assert each.load() is None
        result = (
            each.recall(lambda run, _: {"t": {"x": [run.seed]}}, Run({}, 7), "float64")
            if isinstance(checkpoint, NoCheckpoint)
            else None
        )
        assert result is None or list(result["t"]["x"]) == [7]
