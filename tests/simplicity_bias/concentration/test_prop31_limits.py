"""B-prop31 at a small scale."""

import numpy as np
import pytest
from tests.smoke import did_its_work, judged, tables_of

from earlyalign.data.regression_laws import sample
from earlyalign.geometry.landscape import pull
from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.concentration.prop31_limits import ITEM
from earlyalign.simplicity_bias.concentration.prop31_runs import limit_vectors


@pytest.fixture(scope="module")
def measured():
    return tables_of(ITEM)


@pytest.mark.parametrize("role", ["gaussian", "conditioned", "one-neuron"])
def test_the_limits_are_what_a_huge_sample_gives_at_the_teacher_and_opposite(role):
    data = sample(role, 300_000, 3, 0.2, np.random.default_rng(0), c=0.3)
    ends = pull(np.array([[1.0, 0, 0], [-1.0, 0, 0]]), data.inputs, data.labels)
    gaps = np.linalg.norm(ends[:, None] - limit_vectors(3, role, 0.3), axis=2)
    assert gaps.min(axis=1).max() < 0.02


def test_extremal_vectors_stay_below_the_supremum_and_come_closer(measured):
    assert judged(ITEM, *measured)["below-supremum"] is Verdict.REPRODUCED
    mean = measured[0]["extremal"].query("d == 2").groupby(["role", "n"])["distance"].mean().unstack()
    assert (mean.iloc[:, -1] < mean.iloc[:, 0]).all()


def test_neurons_come_down_to_few_clusters_and_stay(measured):
    verdicts = judged(ITEM, *measured)
    assert verdicts["few-clusters"] is Verdict.REPRODUCED
    start = measured[0]["width"].query("time == 0")["clusters"]
    assert start.min() > 10


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_the_controls_turn_red_at_larger_n(control):
    changes = {"plane_sizes": [100, 1000, 4000], "plane_seeds": 8, "space_sizes": [20, 80], "space_seeds": 8}
    assert did_its_work(ITEM, control, **changes, train_d=5, train_seeds=12, train_width=60)
