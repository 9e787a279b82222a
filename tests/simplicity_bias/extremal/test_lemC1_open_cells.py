"""B-lemC1 at a small scale."""

import numpy as np
import pytest
from tests.smoke import controlled, did_its_work, judged, tables_of

from earlyalign.data.regression_laws import sample
from earlyalign.geometry.arrangement import faces
from earlyalign.geometry.landscape import kink_coefficients
from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.lemC1_open_cells import ITEM, over_corners, over_interior, strict_pulls


@pytest.fixture(scope="module")
def measured():
    return tables_of(ITEM)


def test_every_claim_is_reproduced(measured):
    assert set(judged(ITEM, *measured).values()) == {Verdict.REPRODUCED}


def test_every_claim_has_a_control(measured):
    assert set(judged(ITEM, *measured)) == controlled(ITEM)


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_the_controls_turn_red(control):
    assert did_its_work(ITEM, control)


@pytest.mark.parametrize("d", [2, 3])
def test_strict_pulls_are_elements_of_the_sets(d):
    data = sample("gaussian", 9, d, 0.2, np.random.default_rng(0))
    found = faces(data.inputs, d - 1)
    for vector, witness in zip(strict_pulls(found, data), found.directions, strict=True):
        assert kink_coefficients(vector, witness, data.inputs, data.labels)[1] < 1e-12


def test_corners_bound_the_interior():
    data = sample("paired", 10, 3, 0.2, np.random.default_rng(1))
    found = faces(data.inputs, 2)
    assert found.kinks.sum(axis=1).max() == 4
    assert over_interior(found, data, 50, np.random.default_rng(2)) < over_corners(found, data)


def test_the_picture_draws_one_step_a_cell(measured):
    tables, params = measured
    figure = ITEM.figures[0].draw(tables)
    assert len(tables["round"]) == 2 * params.drawn_n
    assert len(figure.axes) == 2
    assert f"{2 * params.drawn_n} steps" in ITEM.figures[0].alt(tables)
