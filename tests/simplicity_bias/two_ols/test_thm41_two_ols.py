"""B-thm41: the limit at smoke scale, and where the sweeps leave it."""

import numpy as np
import pytest
from tests.smoke import tables_and_claims

from earlyalign.data.linear_model import conditioned_gaussian, draw
from earlyalign.items.item import Verdict
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.simplicity_bias.two_ols.thm41_runs import distances, signed_sums
from earlyalign.simplicity_bias.two_ols.thm41_two_ols import ITEM, TOLERANCE, agrees
from earlyalign.theory.ols import two_ols


@pytest.fixture(scope="module")
def measured():
    return tables_and_claims(ITEM)


def test_two_neurons_at_the_estimators_are_the_limit():
    rng = np.random.default_rng(0)
    data = draw(conditioned_gaussian(3, 0.2), 50, 0.2, rng)
    limit = two_ols(data.inputs, data.labels, data.teacher)
    net = TwoLayer(np.array([limit.plus / 2, limit.plus / 4, -limit.minus]), np.array([1.0, 2.0, -1.0]))
    np.testing.assert_allclose(signed_sums(net)[1], limit.minus)
    assert max(distances(net, limit, data.inputs).values()) < 1e-14
    shifted = TwoLayer(net.inner, net.outer * np.array([1.0, 1.0, 1.1]))
    assert distances(shifted, limit, data.inputs)["minus_gap"] > 0.05


def test_the_limit_is_reached_to_the_asked_precision(measured):
    _, claims = measured
    for name in ("plus", "minus", "prediction", "flow", "many-do-not"):
        assert claims[f"B-thm41/{name}"].verdict is Verdict.REPRODUCED
    assert claims["B-thm41/prediction"].measured <= TOLERANCE


def test_the_sweeps_leave_the_theorem(measured):
    agreement = measured[0]["agreement"]
    no_margin = agreement.query("part == 'over c' and c == 0")
    large = agreement.query("part == 'over lambda' and init_scale == 1")
    assert not agrees(no_margin).any()
    assert not agrees(large).any()


def test_the_circle_shows_a_network_that_its_caption_counts(measured):
    tables, _ = measured
    plane = tables["plane"].query("end == 'small'")
    count = int((plane["train_loss"] < 1e-6).sum())
    (figure,) = [figure for figure in ITEM.figures if figure.id == "B-thm41-circle"]
    assert f"in {count} of {len(plane)} samples" in figure.caption(tables)
