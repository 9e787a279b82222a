"""B-thm41: the limit at smoke scale, its controls, and figures drawn from finite data."""

import numpy as np
import pytest
from tests.smoke import tables_and_claims, turned, values

from earlyalign.data.linear_model import conditioned_gaussian, draw
from earlyalign.items.item import Verdict
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.simplicity_bias.thm41_runs import distances, signed_sums
from earlyalign.simplicity_bias.thm41_two_ols import ITEM, TOLERANCE, agrees
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


def test_every_claim_has_a_control(measured):
    assert set(measured[1]) == {id for control in ITEM.controls for id in control.claims}


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_controls_turn_red(control):
    scale = values(ITEM)
    quick = {"sweep": {**scale["sweep"], "sample_sizes": [25], "margins": [0.2], "init_scales": [0.01]}}
    _, claims = tables_and_claims(ITEM, {**control.change, **quick})
    assert turned(claims, control)


def test_pictures_hold_finite_data_and_say_what_they_show(measured):
    tables, _ = measured
    for picture in ITEM.figures:
        figure = picture.draw(tables)
        lines = [line for axis in figure.axes for line in axis.get_lines()]
        assert lines
        assert all(np.isfinite(np.asarray(line.get_ydata(), float)).all() for line in lines)
        assert len(picture.alt(tables)) > 60
        assert "nan" not in picture.alt(tables) + picture.caption(tables)


def test_the_circle_shows_a_network_that_its_caption_counts(measured):
    tables, _ = measured
    plane = tables["plane"].query("end == 'small'")
    count = int((plane["train_loss"] < 1e-6).sum())
    (picture,) = [picture for picture in ITEM.figures if picture.id == "B-thm41-circle"]
    assert f"in {count} of {len(plane)} samples" in picture.caption(tables)
