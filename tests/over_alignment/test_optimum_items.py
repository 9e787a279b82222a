"""A-fig4, A-dec, A-fig5 and A-scale at the smoke scale: claims, controls and pictures."""

from __future__ import annotations

import pytest
from tests.smoke import tables_and_claims, turned

from earlyalign.items.item import Verdict
from earlyalign.over_alignment import dec_decomposition, fig4_geometry, fig5_optimum, scale_law

ITEMS = [module.ITEM for module in (fig4_geometry, dec_decomposition, fig5_optimum, scale_law)]
CONTROLS = [(item, control) for item in ITEMS for control in item.controls]
FIRM = {
    "A-fig4": {"plane", "cap-closes", "truth-outside", "truth-inside", "inherits"},
    "A-dec": {"closed-form", "identity", "oa-falls", "of-rises"},
    "A-fig5": {
        "separable-network-left",
        "separable-network-right",
        "silence",
        "vacuous",
        "antisymmetric-network",
    },
    "A-scale": {"separable-network-n-falls"},
}
"""Claims that a handful of seeds decides."""


@pytest.fixture(scope="module")
def measured():
    return {item.id: tables_and_claims(item) for item in ITEMS}


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_what_a_few_seeds_can_decide_is_decided(measured, item):
    claims = measured[item.id][1]
    told = {name: claims[f"{item.id}/{name}"].verdict for name in FIRM[item.id]}
    assert not set(told.values()) & {Verdict.CONTRADICTED, Verdict.NOT_RUN}, told


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_every_claim_has_a_control(measured, item):
    assert set(measured[item.id][1]) == {id for control in item.controls for id in control.claims}


@pytest.mark.parametrize(("item", "control"), CONTROLS, ids=lambda each: getattr(each, "name", None))
def test_each_control_does_its_work(item, control):
    _, found = tables_and_claims(item, control.change)
    assert turned(found, control)


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_every_picture_is_drawn_and_described_from_the_tables(measured, item):
    tables = measured[item.id][0]
    for picture in item.figures:
        figure = picture.draw(tables)
        assert all(axis.has_data() for axis in figure.axes)
        for text in (picture.caption(tables), picture.alt(tables)):
            assert "nan" not in text and len(text) > 40


def test_over_alignment_and_over_fitting_add_up(measured):
    sweep = measured["A-fig5"][0]["sweep"]
    gap = (sweep["over_alignment"] + sweep["over_fitting"] - sweep["predictor"]).abs().max()
    assert gap < 1e-10
    assert (sweep["over_alignment"] >= -1e-10).all() and (sweep["over_fitting"] >= -1e-10).all()
