"""Every item at the smoke profile: it runs, each of its claims has a control, each control gives its verdict, and its
figures show finite numbers and say what they show."""

import numpy as np
import pytest
from tests.smoke import tables_and_claims, turned, under

from earlyalign.items.item import Verdict
from earlyalign.items.manifest import MODULES, load

NEEDS_LEARNING = {"hard-task", "first-epoch"}
"""Controls of the deep networks that say something only of networks that have learned; the book's build judges them."""

CONTROLS = [
    pytest.param(id, control.name, id=f"{id}-{control.name}")
    for id in MODULES
    for control in load(id).controls
    if control.name not in NEEDS_LEARNING
]


@pytest.mark.parametrize("id", MODULES)
def test_it_runs_and_judges_every_part(id):
    tables, claims = tables_and_claims(load(id))
    assert all(len(table) for table in tables.values())
    assert {claim.part for claim in claims.values()} == set(load(id).parts)
    assert all(
        isinstance(claim.verdict, Verdict) and claim.words and claim.expected for claim in claims.values()
    )


@pytest.mark.parametrize("id", MODULES)
def test_every_claim_is_named_by_a_control_and_every_control_names_claims(id):
    named = {claim for control in load(id).controls for claim in control.claims}
    assert set(tables_and_claims(load(id))[1]) <= named


@pytest.mark.parametrize(("id", "control"), CONTROLS)
def test_a_control_gives_its_verdict(id, control):
    item = load(id)
    chosen = next(each for each in item.controls if each.name == control)
    assert turned(under(item, chosen)[1], chosen)


@pytest.mark.parametrize("id", MODULES)
def test_figures_show_finite_numbers_and_say_what_they_show(id):
    tables, _ = tables_and_claims(load(id))
    for figure in load(id).figures:
        axes = [axis for axis in figure.draw(tables).axes if axis.has_data()]
        lines = [np.asarray(line.get_ydata(), float) for axis in axes for line in axis.get_lines()]
        assert axes and all(np.isfinite(axis.dataLim.get_points()).all() for axis in axes)
        assert not lines or any(np.isfinite(line).any() for line in lines)
        told = [figure.caption(tables), figure.alt(tables)]
        assert all(len(text) > 40 and "nan" not in text.lower().split() for text in told)
