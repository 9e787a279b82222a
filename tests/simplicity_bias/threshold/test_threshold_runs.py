"""Trainings of small networks: checkpoints, teachers, exact test losses, and the flow beside SGD."""

from dataclasses import asdict

import numpy as np
import pytest

from earlyalign.items.run import NoCheckpoint, Run
from earlyalign.simplicity_bias.threshold import runs
from earlyalign.simplicity_bias.threshold.runs import Flow, MiniBatch

SHARED = {"n": 40, "d": 3, "width": 6, "init_variance": 1e-2, "noise_variance": 0.2, "horizon": 1.0,
          "activation": "relu", "teacher_neurons": 0}  # fmt: skip


def flow(seed=0, certified=False, step=0.2, **changes):
    """A run of the flow on few samples."""
    return Run(asdict(Flow(**{**SHARED, **changes}, method="flow", step=step, certified=certified)), seed)


def mini_batch(seed=0, method="sgd", learning_rate=0.01, batch_size=8, **changes):
    """A run of SGD or Adam on few samples."""
    settings = MiniBatch(**{**SHARED, **changes}, method=method, learning_rate=learning_rate,
                         batch_size=batch_size, block=None)  # fmt: skip
    return Run(asdict(settings), seed)


def test_a_configuration_is_read_by_its_method():
    for run, kind in ((flow(), Flow), (mini_batch(), MiniBatch)):
        settings = runs.settings_of(run)
        assert type(settings) is kind
        assert asdict(settings) == run.config
    with pytest.raises(ValueError, match="lacks"):
        runs.settings_of(Run({**flow().config, "method": "sgd"}, 0))


@pytest.mark.parametrize(("method", "activation"), [("sgd", "relu"), ("adam", "gelu")])
def test_a_killed_run_goes_on_from_its_checkpoint(method, activation, monkeypatch):
    class Memory:
        def __init__(self):
            self.states = []

        def load(self):
            return self.states[-1] if self.states else None

        def save(self, state):
            self.states.append({name: np.atleast_1d(value) for name, value in state.items()})

    monkeypatch.setattr(runs, "CHUNK", 64)
    run = mini_batch(1, method, activation=activation, n=20, width=8, horizon=4.0)
    memory = Memory()
    whole = runs.compute(run, NoCheckpoint())
    runs.compute(run, memory)
    assert len(memory.states) > 3
    memory.states = memory.states[:3]  # killed here
    resumed = runs.compute(run, memory)
    np.testing.assert_array_equal(whole["losses"]["train"], resumed["losses"]["train"])
    np.testing.assert_array_equal(whole["neurons"]["cosine"], resumed["neurons"]["cosine"])


def test_a_network_teacher_is_shared_by_all_runs_and_is_its_own_reference():
    first, second = (runs.compute(flow(n=n, teacher_neurons=5), NoCheckpoint()) for n in (4000, 5000))
    assert first["reference"]["test"] == 0.2
    for result in (first, second):
        assert result["reference"]["train"] == pytest.approx(0.2, rel=0.1)
        assert result["losses"]["train"][0] > 1
    assert first["losses"]["test"][0] == pytest.approx(second["losses"]["test"][0], rel=1e-3)


@pytest.mark.parametrize(
    ("activation", "teacher_neurons", "d"), [("relu", 0, 4), ("relu", 5, 3), ("gelu", 0, 4)]
)
def test_the_test_loss_is_that_of_fresh_samples(activation, teacher_neurons, d):
    run = mini_batch(
        1, activation=activation, teacher_neurons=teacher_neurons, n=30, d=d, width=8, init_variance=1.0,
        horizon=4.0,
    )  # fmt: skip
    result, rng = runs.compute(run, NoCheckpoint()), np.random.default_rng(5)
    teacher, fresh = runs.draw_problem(runs.settings_of(run), rng).teacher, rng.standard_normal((200_000, d))
    squares = (runs.end_point(result).predict(fresh, activation) - teacher(fresh)) ** 2
    samples = len(fresh) if activation == "relu" else runs.TEST_SAMPLES
    assert abs(result["losses"]["test"][-1] - 0.2 - squares.mean()) < 4 * squares.std() / np.sqrt(samples)


def test_flow_and_small_steps_of_sgd_start_alike():
    shared = {"n": 200, "width": 10, "horizon": 8.0}
    exact, small = (
        runs.compute(run, NoCheckpoint())
        for run in (flow(step=0.05, **shared), mini_batch(learning_rate=0.001, batch_size=200, **shared))
    )
    np.testing.assert_allclose(exact["losses"]["train"], small["losses"]["train"], rtol=0.05)
