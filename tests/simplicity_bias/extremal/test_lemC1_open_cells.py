"""B-lemC1 at a small scale."""

import numpy as np
import pytest
from tests.smoke import judged, tables_of

from earlyalign.data.regression_laws import sample
from earlyalign.geometry.arrangement import faces
from earlyalign.geometry.landscape import kink_coefficients
from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.extremal.lemC1_open_cells import ITEM
from earlyalign.simplicity_bias.extremal.lemC1_runs import over_corners, over_interior, strict_pulls


@pytest.fixture(scope="module")
def measured():
    return tables_of(ITEM)


def test_every_claim_is_reproduced(measured):
    assert set(judged(ITEM, *measured).values()) == {Verdict.REPRODUCED}


@pytest.mark.parametrize("d", [2, 3])
def test_strict_pulls_are_elements_of_the_sets(d):
    data = sample("gaussian", 9, d, 0.2, np.random.default_rng(0))
    on_walls = faces(data.inputs, d - 1)
    for vector, witness in zip(strict_pulls(on_walls, data), on_walls.directions, strict=True):
        assert kink_coefficients(vector, witness, data.inputs, data.labels)[1] < 1e-12


def test_corners_bound_the_interior():
    data = sample("paired", 10, 3, 0.2, np.random.default_rng(1))
    on_walls = faces(data.inputs, 2)
    assert on_walls.kinks.sum(axis=1).max() == 4
    assert over_interior(on_walls, data, 50, np.random.default_rng(2)) < over_corners(on_walls, data)


def test_the_figure_draws_one_step_a_cell(measured):
    tables, params = measured
    figure = ITEM.figures[0].draw(tables)
    assert len(tables["round"]) == 2 * params.drawn_n
    assert len(figure.axes) == 2
    assert f"{2 * params.drawn_n} steps" in ITEM.figures[0].alt(tables)
