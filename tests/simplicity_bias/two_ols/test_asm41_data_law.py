"""B-asm41 at a small scale: the reference law passes, each control fails its condition, the example law is judged."""

from __future__ import annotations

import pytest
from tests.smoke import tables_of, values

from earlyalign.data.assumption_laws import LAWS
from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.two_ols.asm41_data_law import CONDITIONS, ITEM, Parameters

PARAMS = Parameters(**values(ITEM))


@pytest.fixture(scope="module")
def tables():
    return tables_of(ITEM)[0]


def judged(tables, **changes):
    return {claim.id: claim for claim in ITEM.claims(tables, PARAMS.model_copy(update=changes))}


def test_the_reference_law_keeps_every_condition_at_every_seed(tables):
    claims = judged(tables)
    assert all(claims[f"B-asm41/{name}"].measured == 1.0 for name in CONDITIONS)


OF_LAW = [control for control in ITEM.controls if "law" in control.change]


@pytest.mark.parametrize("control", OF_LAW, ids=lambda control: control.name)
def test_each_law_turns_its_condition_red_and_no_other(tables, control):
    claims = judged(tables, **control.change)
    red = [f"B-asm41/{name}" for name in CONDITIONS if claims[f"B-asm41/{name}"].measured < 0.5]
    assert red == list(control.claims)


def test_the_laws_of_the_controls_are_all_that_are_built_to_break_something():
    assert {control.change["law"] for control in OF_LAW} == set(LAWS) - {"reference", "example"}


def test_the_example_law_holds_in_the_plane_and_not_beyond(tables):
    claims = judged(tables)
    assert claims["B-asm41/example-in-the-plane"].verdict is Verdict.REPRODUCED
    assert claims["B-asm41/example-beyond-the-plane"].verdict is Verdict.CONTRADICTED
    assert claims["B-asm41/shared-cone"].verdict is Verdict.REPRODUCED


def test_the_law_under_judgement_costs_no_further_runs():
    assert ITEM.runs(PARAMS) == ITEM.runs(PARAMS.model_copy(update={"law": "signs"}))


def test_the_figure_shows_every_law(tables):
    figure = ITEM.figures[0].draw(tables)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list(LAWS)
    assert "signs fails condition 2" in ITEM.figures[0].alt(tables)
