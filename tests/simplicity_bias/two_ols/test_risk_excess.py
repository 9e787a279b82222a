"""B-risk at the smoke scale, and the closed form against fresh inputs."""

from __future__ import annotations

import numpy as np
import pytest
from tests.smoke import tables_and_claims, values

from earlyalign.data.assumption_laws import whitened
from earlyalign.data.linear_model import draw
from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.two_ols.risk_excess import ITEM
from earlyalign.simplicity_bias.two_ols.risk_runs import excess_risks
from earlyalign.theory.ols import two_ols


@pytest.fixture(scope="module")
def measured():
    return tables_and_claims(ITEM)


def test_nothing_is_contradicted_at_the_scale_of_tests(measured):
    assert Verdict.CONTRADICTED not in {claim.verdict for claim in measured[1].values()}


def test_the_closed_form_is_the_risk_on_fresh_inputs():
    rng = np.random.default_rng(1)
    sample = draw(whitened(3, 0.3), 400, 0.2, rng)
    halves, whole = excess_risks(sample)
    fresh = whitened(3, 0.3)(200_000, rng)
    limit = two_ols(sample.inputs, sample.labels, sample.teacher)
    risk = np.mean((limit.predict(fresh) - fresh @ sample.teacher) ** 2)
    assert halves == pytest.approx(risk, rel=0.02)
    assert 0 < whole != halves


def test_the_figure_says_how_high_the_plateau_is(measured):
    tables = measured[0]
    plateau = tables["interpolation"].groupby("n")["excess"].median() / values(ITEM)["noise_variance"]
    assert f"{plateau.max():.1f}" in ITEM.figures[0].alt(tables)
    assert len(ITEM.figures[0].draw(tables).axes) == 2


@pytest.mark.parametrize(
    ("control", "touched"),
    [
        ("sees-few", {"estimators"}),
        ("whole-sample", {"estimators"}),
        ("noise-free", {"interpolation"}),
        ("short", {"network", "interpolation"}),
    ],
)
def test_a_fault_leaves_the_runs_alone_that_it_does_not_concern(control, touched):
    faulty, runs = ITEM.under(control), ITEM.runs(ITEM.params(**values(ITEM)))
    assert {run.config["what"] for run in runs if faulty.work_of(run) is not ITEM.compute} == touched
