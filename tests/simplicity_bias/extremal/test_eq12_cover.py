"""B-eq12 at a small scale."""

import numpy as np
import pytest
from tests.smoke import judged, tables_of

from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.extremal.eq12_cover import ITEM
from earlyalign.simplicity_bias.extremal.eq12_runs import patterns


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


def test_the_figure_shows_every_dimension(measured):
    figure = ITEM.figures[0]
    labels = figure.draw(measured[0]).axes[0].get_legend_handles_labels()[1]
    assert {f"formula, d = {d}" for d in (2, 3, 4)} <= set(labels)
    assert "d = 4" in figure.alt(measured[0])
