"""B-lemF1: verdicts at smoke scale, and a figure that shows both ways of training."""

import numpy as np
import pytest
from tests.smoke import tables_and_claims

from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.setting.lemF1_balancedness import ITEM


@pytest.fixture(scope="module")
def measured():
    return tables_and_claims(ITEM)


def test_every_claim_is_reproduced_at_smoke_scale(measured):
    _, claims = measured
    assert {claim.verdict for claim in claims.values()} == {Verdict.REPRODUCED}


def test_the_trajectories_did_train(measured):
    drift = measured[0]["drift"]
    assert drift["loss"].max() < drift["noise_variance"].max()


def test_the_figure_shows_every_resolution(measured):
    tables, _ = measured
    (figure,) = ITEM.figures
    for axis, method in zip(figure.draw(tables).axes, ("flow", "descent"), strict=True):
        shown = axis.get_lines()[0].get_xdata()
        expected = np.sort(tables["drift"].set_index("method").loc[method, "resolution"].unique())
        np.testing.assert_array_equal(np.sort(shown), expected)
        assert axis.get_xscale() == axis.get_yscale() == "log"
    assert "slope 1" in figure.alt(tables)
