"""B-eq12 at a small scale."""

import numpy as np
import pytest
from tests.smoke import controlled, did_its_work, judged, tables_of

from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.eq12_cover import ITEM, patterns


@pytest.fixture(scope="module")
def measured():
    return tables_of(ITEM)


def test_every_claim_is_reproduced(measured):
    assert set(judged(ITEM, *measured).values()) == {Verdict.REPRODUCED}


def test_random_directions_meet_most_cells_of_a_small_sample(measured):
    cells = measured[0]["cells"]
    few = cells[(cells["position"] == "general") & (cells["formula"] <= 20)]
    assert len(few)
    assert (few["met"] >= 0.7 * few["formula"]).all()


def test_patterns_are_counted_once():
    points = np.eye(2)
    assert len(patterns(np.array([[1.0, 1.0], [2.0, 0.1], [-1.0, 1.0]]), points)) == 2


def test_every_claim_has_a_control(measured):
    assert set(judged(ITEM, *measured)) == controlled(ITEM)


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_the_controls_turn_red(control):
    assert did_its_work(ITEM, control)


def test_the_picture_shows_every_dimension(measured):
    picture = ITEM.figures[0]
    labels = picture.draw(measured[0]).axes[0].get_legend_handles_labels()[1]
    assert {f"formula, d = {d}" for d in (2, 3, 4)} <= set(labels)
    assert "d = 4" in picture.alt(measured[0])
