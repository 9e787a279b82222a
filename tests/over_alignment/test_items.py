"""Items of Paper A's theory at smoke scale: verdicts, controls for every claim, pictures drawn from data."""

import numpy as np
import pytest
from tests.smoke import tables_and_claims, turned

from earlyalign.items.item import Verdict
from earlyalign.items.manifest import load

ITEMS = ("A-fls", "A-stop", "A-bal", "A-thm51", "A-cor53", "A-phase2")
FALSE_AS_STATED = {"A-cor53/growth-end", "A-phase2/from-growth-end"}
"""Claims about the conservative end of Phase 1, which the numbers contradict at every scale."""


@pytest.fixture(scope="module")
def measured():
    return {id: tables_and_claims(load(id)) for id in ITEMS}


@pytest.mark.parametrize("id", ITEMS)
def test_claims_hold_except_those_of_the_conservative_end(measured, id):
    verdicts = {name: claim.verdict for name, claim in measured[id][1].items()}
    contradicted = {name for name, verdict in verdicts.items() if verdict is Verdict.CONTRADICTED}
    assert contradicted == FALSE_AS_STATED & set(verdicts)


@pytest.mark.parametrize("id", ITEMS)
def test_every_claim_is_named_by_a_control(measured, id):
    named = {name for control in load(id).controls for name in control.claims}
    assert named == set(measured[id][1])


@pytest.mark.parametrize(
    ("id", "control"), [(id, control) for id in ITEMS for control in load(id).controls],
    ids=lambda value: getattr(value, "name", value),
)  # fmt: skip
def test_controls_give_their_verdict(id, control):
    _, claims = tables_and_claims(load(id), control.change)
    assert turned(claims, control)


@pytest.mark.parametrize("id", ITEMS)
def test_pictures_show_finite_data_and_describe_themselves(measured, id):
    tables = measured[id][0]
    for picture in load(id).figures:
        figure = picture.draw(tables)
        for axis in figure.axes:
            drawn = np.concatenate([np.asarray(line.get_ydata(), float) for line in axis.get_lines()])
            assert np.isfinite(drawn).any()
            assert axis.get_xlabel()
        assert len(picture.alt(tables)) > 80
        assert "seed" in picture.caption(tables)


def test_the_bound_is_drawn_where_zeta_is_positive_and_only_there(measured):
    curves = measured["A-thm51"][0]["curves"]
    spoken = curves.groupby(curves["zeta"] > 0)["bound"].apply(lambda values: values.notna().any())
    assert spoken[True] and not spoken[False]


def test_the_conservative_end_comes_before_the_alignment_end_and_that_before_stopping(measured):
    stops = measured["A-stop"][0]["stops"]
    assert np.all(stops["growth_end"] < stops["alignment_end"])
    assert np.all(stops["alignment_end"] < stops["time"])


def test_the_predictor_is_no_farther_than_its_farthest_neuron(measured):
    stages = measured["A-phase2"][0]["stages"]
    assert np.all(stages["angle"] <= stages["farthest"] + 1e-9)
