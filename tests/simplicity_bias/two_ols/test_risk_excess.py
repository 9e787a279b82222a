"""B-risk at the smoke scale, its controls, and the closed form against fresh inputs."""

from __future__ import annotations

import numpy as np
import pytest
from tests.smoke import tables_and_claims, turned, values

from earlyalign.data.assumption_laws import whitened
from earlyalign.data.linear_model import draw
from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.risk_excess import ITEM, one_sample
from earlyalign.theory.ols import two_ols


@pytest.fixture(scope="module")
def measured():
    return tables_and_claims(ITEM)


def test_nothing_is_contradicted_at_the_scale_of_tests(measured):
    assert Verdict.CONTRADICTED not in {claim.verdict for claim in measured[1].values()}


def test_every_claim_has_a_control(measured):
    assert set(measured[1]) == {id for control in ITEM.controls for id in control.claims}


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_each_control_gives_its_claims_the_verdict_it_must(control):
    _, found = tables_and_claims(ITEM, control.change)
    assert turned(found, control)


def test_the_closed_form_is_the_risk_on_fresh_inputs():
    config = {"d": 3, "n": 400, "c": 0.3, "noise_variance": 0.2, "sabotage": "none"}
    halves, whole = one_sample(config, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    sample = draw(whitened(3, 0.3), 400, 0.2, rng)
    fresh = whitened(3, 0.3)(200_000, rng)
    limit = two_ols(sample.inputs, sample.labels, sample.teacher)
    risk = np.mean((limit.predict(fresh) - fresh @ sample.teacher) ** 2)
    assert halves == pytest.approx(risk, rel=0.02)
    assert 0 < whole != halves


def test_the_picture_says_how_high_the_plateau_is(measured):
    tables = measured[0]
    plateau = tables["interpolation"].groupby("n")["excess"].median() / values(ITEM)["noise_variance"]
    assert f"{plateau.max():.1f}" in ITEM.figures[0].alt(tables)
    assert len(ITEM.figures[0].draw(tables).axes) == 2
