"""The readings behind Figures 2 and 3 on made-up tables, and the engine room on small networks."""

import numpy as np
import pandas as pd
import pytest

from earlyalign.errors import UserError
from earlyalign.items.item import Verdict
from earlyalign.items.run import NoCheckpoint, Run
from earlyalign.runs.measure import parse
from earlyalign.simplicity_bias import fig2_optimization_threshold as fig2
from earlyalign.simplicity_bias import fig3_alignment_with_ols as fig3
from earlyalign.simplicity_bias import threshold_runs
from earlyalign.simplicity_bias.threshold_readings import at_horizon, crossing, steepest_rise, threshold

SIZES = np.array([10.0, 100.0, 1000.0, 10_000.0])
VALUES = {
    "methods": ["flow"],
    "sample_sizes": [10, 100, 1000, 10_000],
    "seeds": 5,
    "d": 5,
    "width": 8,
    "horizon": 16.0,
}


def _tables(ratio_by_size, test_by_size, early_ratio=None, rough=0.0):
    """A sweep with the given ratios to OLS, told to `rough`; at 1/16 of the horizon `early_ratio`, if given."""
    losses, ols, certified = [], [], []
    for n, ratio, test in zip(SIZES.astype(int), ratio_by_size, test_by_size):
        for seed in range(5):
            wobble = 1 + 0.002 * seed
            for k in range(11):
                early = early_ratio is not None and k >= 4
                share = early_ratio[list(SIZES).index(n)] if early else ratio
                losses.append(("flow", n, seed, 16.0 * 2.0**-k, 0.2 * share * wobble, 0.2 * test * wobble))
                certified += [(n, seed, 16.0 * 2.0**-k, f"{side}_ratio", rough) for side in ("train", "test")]
            ols.append(("flow", n, seed, 0.2, 0.2))
    return {
        "losses": pd.DataFrame(losses, columns=["method", "n", "seed", "time", "train", "test"]),
        "reference": pd.DataFrame(ols, columns=["method", "n", "seed", "train", "test"]),
        "certificate": pd.DataFrame(certified, columns=["n", "seed", "time", "reading", "difference"]),
    }


def _verdicts(tables, **changes):
    params = parse(fig2.ITEM, {**VALUES, "small_n": 10, **changes})
    return {claim.id: claim.verdict for claim in fig2.claims(tables, params)}


def test_crossing_is_interpolated_in_log_n():
    assert crossing(SIZES, np.array([0, 0, 1, 1.0]), 0.5) == pytest.approx(np.sqrt(100 * 1000))
    assert crossing(SIZES, np.array([1, 1, 1, 1.0]), 0.5) == 0
    assert crossing(SIZES, np.array([0, 0, 0, 0.1]), 0.5) == np.inf
    assert crossing(SIZES, np.array([0, 0.9, 0.1, 1.0]), 0.5) > 1000


def test_a_clean_threshold_is_reproduced():
    verdicts = _verdicts(_tables([0, 0.001, 0.9, 0.99], [9, 5, 1.2, 1.01]))
    assert set(verdicts.values()) == {Verdict.REPRODUCED}


def test_what_half_the_step_could_overturn_is_undecided():
    verdicts = _verdicts(_tables([0, 0.001, 0.9, 0.99], [9, 5, 1.2, 1.01], rough=0.045))
    undecided = {id.split("/")[1] for id, verdict in verdicts.items() if verdict is Verdict.UNDECIDED}
    assert {"flow-ols-large-n", "flow-near-ols-large-n", "flow-interpolates-small-n"} <= undecided


@pytest.mark.parametrize(
    ("ratios", "tests", "red"),
    [
        ([0, 0.001, 0.9, 0.80], [9, 5, 1.2, 1.01], "B-fig2a/flow-ols-large-n"),
        ([0.3, 0.4, 0.9, 0.99], [9, 5, 1.2, 1.01], "B-fig2a/flow-interpolates-small-n"),
        ([0, 0, 0.001, 0.01], [9, 5, 3, 2], "B-fig2a/flow-threshold"),
        ([0, 0.001, 0.9, 0.99], [1.2, 1.1, 1.05, 1.01], "B-fig2b/flow-overfits-small-n"),
        ([0, 0.001, 0.9, 0.99], [3, 5, 1.2, 1.01], "B-fig2b/flow-monotone"),
        ([0, 0.001, 0.9, 0.99], [9, 5, 1.2, 1.20], "B-fig2b/flow-near-ols-large-n"),
    ],
)
def test_each_claim_can_turn_red(ratios, tests, red):
    assert _verdicts(_tables(ratios, tests))[red] is Verdict.CONTRADICTED


def test_a_threshold_that_moves_and_a_loss_that_falls_are_seen():
    verdicts = _verdicts(_tables([0, 0.001, 0.3, 0.99], [9, 5, 1.2, 1.01], early_ratio=[0, 0.9, 0.95, 0.99]))
    assert verdicts["B-fig2a/flow-threshold-stays"] is Verdict.CONTRADICTED
    tables = _tables([0, 0.001, 0.9, 0.96], [9, 5, 1.2, 1.01])
    late = np.isclose(tables["losses"]["time"], 16.0)
    tables["losses"].loc[late, "train"] *= 0.95
    assert _verdicts(tables)["B-fig2a/flow-at-rest"] is Verdict.CONTRADICTED


def test_a_failure_before_the_end_is_a_matter_of_patience():
    tables = _tables([0, 0.001, 0.9, 0.99], [9, 5, 1.2, 1.01])
    early = tables["losses"]["time"] < 10
    falling = 0.2 * tables["losses"]["time"] ** -0.5
    tables["losses"].loc[early, "train"] = falling[early]
    verdicts = _verdicts(tables)
    assert verdicts["B-fig2a/flow-interpolates-small-n-sixteenth"] is Verdict.NOT_AT_THIS_SCALE
    assert verdicts["B-fig2a/flow-interpolates-small-n"] is Verdict.REPRODUCED


def test_threshold_and_rise_carry_intervals():
    rows = at_horizon(_tables([0, 0.001, 0.9, 0.99], [9, 5, 1.2, 1.01]), "flow")
    value, low, high = threshold(rows, 0.5)
    assert 100 < low <= value <= high < 1000
    assert steepest_rise(rows, "test")[2] < 0


@pytest.mark.parametrize(("method", "activation"), [("sgd", "relu"), ("adam", "gelu")])
def test_a_killed_run_goes_on_from_its_checkpoint(method, activation, monkeypatch):
    class Memory:
        def __init__(self):
            self.states = []

        def load(self):
            return self.states[-1] if self.states else None

        def save(self, state):
            self.states.append({name: np.atleast_1d(value) for name, value in state.items()})

    monkeypatch.setattr(threshold_runs, "CHUNK", 64)
    config = {"method": method, "activation": activation, "teacher_neurons": 0, "n": 20, "d": 3, "width": 8,
              "init_variance": 1e-2, "noise_variance": 0.2,
              "horizon": 4.0, "learning_rate": 0.01, "batch_size": 8}  # fmt: skip
    run, memory = Run(config, 1), Memory()
    whole = threshold_runs.compute(run, NoCheckpoint())
    threshold_runs.compute(run, memory)
    assert len(memory.states) > 3
    memory.states = memory.states[:3]  # killed here
    resumed = threshold_runs.compute(run, memory)
    np.testing.assert_array_equal(whole["losses"]["train"], resumed["losses"]["train"])
    np.testing.assert_array_equal(whole["neurons"]["cosine"], resumed["neurons"]["cosine"])


def test_a_network_teacher_is_shared_by_all_runs_and_is_its_own_reference():
    config = {"method": "flow", "n": 40, "d": 3, "width": 6, "init_variance": 1e-2, "noise_variance": 0.2,
              "horizon": 1.0, "step": 0.2, "certified": False, "activation": "relu",
              "teacher_neurons": 5}  # fmt: skip
    first, second = (threshold_runs.compute(Run({**config, "n": n}, 0), NoCheckpoint()) for n in (4000, 5000))
    assert first["reference"]["test"] == 0.2
    for result in (first, second):
        assert result["reference"]["train"] == pytest.approx(0.2, rel=0.1)
        assert result["losses"]["train"][0] > 1
    assert first["losses"]["test"][0] == pytest.approx(second["losses"]["test"][0], rel=1e-3)


@pytest.mark.parametrize(
    ("activation", "teacher_neurons", "d"), [("relu", 0, 4), ("relu", 5, 3), ("gelu", 0, 4)]
)
def test_the_test_loss_is_that_of_fresh_samples(activation, teacher_neurons, d):
    config = {"method": "sgd", "activation": activation, "teacher_neurons": teacher_neurons, "n": 30, "d": d,
              "width": 8, "init_variance": 1.0, "noise_variance": 0.2,
              "horizon": 4.0, "learning_rate": 0.01, "batch_size": 8}  # fmt: skip
    run = Run(config, 1)
    result, rng = threshold_runs.compute(run, NoCheckpoint()), np.random.default_rng(5)
    teacher, fresh = threshold_runs.draw_problem(run, rng).teacher, rng.standard_normal((200_000, d))
    squares = (threshold_runs.end_point(result).predict(fresh, activation) - teacher(fresh)) ** 2
    samples = len(fresh) if activation == "relu" else threshold_runs.TEST_SAMPLES
    assert abs(result["losses"]["test"][-1] - 0.2 - squares.mean()) < 4 * squares.std() / np.sqrt(samples)


def test_flow_and_small_steps_of_sgd_start_alike():
    shared = {"n": 200, "d": 3, "width": 10, "init_variance": 1e-2, "noise_variance": 0.2, "horizon": 8.0,
              "activation": "relu", "teacher_neurons": 0}  # fmt: skip
    flow = threshold_runs.compute(
        Run({"method": "flow", **shared, "step": 0.05, "certified": False}, 0), NoCheckpoint()
    )
    sgd = threshold_runs.compute(
        Run({"method": "sgd", **shared, "learning_rate": 0.001, "batch_size": 200}, 0), NoCheckpoint()
    )
    np.testing.assert_allclose(flow["losses"]["train"], sgd["losses"]["train"], rtol=0.05)


def test_aligned_shares_are_counted_over_neurons_and_over_the_output():
    neurons = pd.DataFrame(
        {
            "method": "flow", "n": 7, "seed": 0, "cosine": [0.95, -0.99, 0.2], "outer": [1.0, 1.0, 0.5],
            "w0": [3.0, -3.0, 0.0], "w1": [0.0, 0.0, 2.0],
        }
    )  # fmt: skip
    tables = {"neurons": neurons}
    assert fig3.shares(tables, "flow", 7, 0.9) == pytest.approx([2 / 3])
    x = np.random.default_rng(0).standard_normal((400_000, 2))
    whole, rest = 3 * np.abs(x[:, 0]) + np.maximum(x[:, 1], 0), np.maximum(x[:, 1], 0)
    expected = np.mean(rest**2) / np.mean(whole**2)
    assert fig3.output_shares(tables, "flow", 7, 0.9) == pytest.approx([expected], rel=0.02)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sample_sizes": [0]}, "sample_sizes"),
        ({"sample_sizes": [5, 10]}, "must exceed d = 5"),
        ({"methods": ["sgd"], "batch_size": 20_000}, "exceeds every sample size"),
        ({"init_variance": -1.0}, "init_variance"),
        ({"methods": ["lbfgs"]}, "'flow', 'sgd' or 'adam'"),
        ({"methods": ["flow"], "activation": "gelu"}, "allowed: sgd, adam"),
        ({"widht": 3}, "unknown parameter of B-fig2 'widht'; allowed: methods, sample_sizes"),
        ({"small_n": 11}, "must be one of"),
    ],
)
def test_bad_parameters_give_one_clear_line(change, says):
    with pytest.raises(UserError) as caught:
        parse(fig2.ITEM, {**VALUES, "small_n": 10, **change})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
