"""B-orth at a small scale."""

import numpy as np
import pytest
from tests.smoke import did_its_work, judged, tables_of

from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.concentration.orth_exponential import ITEM, geometric_mean
from earlyalign.simplicity_bias.concentration.orth_runs import leaning, random_inputs


@pytest.fixture(scope="module")
def measured():
    return tables_of(ITEM)


def test_the_closed_form_and_the_equal_tilt_are_exact(measured):
    verdicts = judged(ITEM, *measured)
    assert verdicts["count"] is Verdict.REPRODUCED
    assert verdicts["equal-tilt"] is Verdict.REPRODUCED


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_the_controls_turn_red_over_more_sizes(control):
    assert did_its_work(ITEM, control, seeds=5, sizes=[3, 5, 7])


def test_leaning_inputs_stay_unit_and_gain_the_same_inner_product():
    x = random_inputs(6, 20, np.random.default_rng(0))
    np.testing.assert_allclose(leaning(x, 0.2) @ leaning(x, 0.2).T, 0.8 * x @ x.T + 0.2)


@pytest.mark.parametrize("d", [3, 6, 60])
def test_random_inputs_are_unit_and_as_orthogonal_as_their_dimension_says(d):
    x = random_inputs(6, d, np.random.default_rng(0))
    assert x.shape == (6, min(d, 6))
    gram = x @ x.T
    assert np.diag(gram) == pytest.approx(np.ones(6))
    assert np.abs(gram - np.diag(np.diag(gram))).max() < 5 / np.sqrt(d)


def test_the_geometric_mean_is_that(measured):
    rows = measured[0]["counts"].query("family == 'orthogonal'")
    of_two = rows.loc[rows["n"] == 2, "count"]
    assert geometric_mean(rows, "n")[2] == pytest.approx(np.prod(of_two) ** (1 / len(of_two)))


def test_the_figure_draws_both_panels(measured):
    figure = ITEM.figures[0].draw(measured[0])
    assert all(axis.lines for axis in figure.axes)
    assert "at most 3" in ITEM.figures[0].alt(measured[0])
