"""The claims of a sweep over sample sizes, on made-up tables."""

import numpy as np
import pandas as pd
import pytest

from earlyalign.items.item import Verdict
from earlyalign.runs.outcome import parse
from earlyalign.simplicity_bias.threshold import fig2_optimization_threshold as fig2
from earlyalign.simplicity_bias.threshold.controls import claim_ids
from earlyalign.simplicity_bias.threshold.statistics import at_horizon, steepest_rise, threshold

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


def test_claim_ids_spell_out_horizons():
    ids = claim_ids("B-fig4", ("sgd",), ("interpolates-small-n*",), ("monotone",))
    assert ids == [
        "B-fig4a/sgd-interpolates-small-n",
        "B-fig4a/sgd-interpolates-small-n-quarter",
        "B-fig4a/sgd-interpolates-small-n-sixteenth",
        "B-fig4b/sgd-monotone",
    ]
