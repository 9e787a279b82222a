"""B-def21 at a small scale: claims hold, the controls break them, figures draw."""

from __future__ import annotations

import pytest
from tests.smoke import tables_of, values

from earlyalign.items.item import Verdict
from earlyalign.items.run import NoCheckpoint
from earlyalign.simplicity_bias.def21_extremal_vectors import ITEM, Parameters

VALUES = values(ITEM)


@pytest.fixture(scope="module")
def measured():
    return tables_of(ITEM)


def test_what_is_exact_is_reproduced(measured):
    verdicts = {claim.id.split("/")[1]: claim.verdict for claim in ITEM.claims(*measured)}
    exact = ("subgradient", "activations", "none-missed", "none-invented", "none-missed-at-random", "cells")
    assert {verdicts[name] for name in exact} == {Verdict.REPRODUCED}


def test_neurons_turn_and_hardly_grow(measured):
    by_id = {claim.id.split("/")[1]: claim for claim in ITEM.claims(*measured)}
    assert by_id["neurons-turn"].measured > 0.5
    assert by_id["norms-stay-small"].verdict is Verdict.REPRODUCED


def test_every_claim_has_a_control(measured):
    assert {claim.id for claim in ITEM.claims(*measured)} == {
        id for control in ITEM.controls for id in control.claims
    }


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_the_controls_turn_their_claims_red(control):
    by_id = {claim.id: claim for claim in ITEM.claims(*tables_of(ITEM, **control.change))}
    assert {by_id[id].verdict for id in control.claims} == {Verdict.CONTRADICTED}


def test_a_broken_search_leaves_the_alignment_runs_as_they_are():
    def aligned(sabotage):
        return [
            run
            for run in ITEM.runs(Parameters(**VALUES, sabotage=sabotage))
            if run.config["part"] == "alignment"
        ]

    assert aligned("opposite-pairs") == aligned("none") != aligned("late-stop")


@pytest.mark.parametrize("picture", ITEM.figures, ids=lambda picture: picture.id)
def test_the_pictures_draw_and_describe_every_sample(measured, picture):
    tables, params = measured
    figure = picture.draw(tables)
    sizes = params.drawn_plane if "circle" in picture.id else params.drawn_space
    titles = " ".join(axis.get_title() for axis in figure.axes)
    assert all(f"n = {n}" in titles for n in sizes)
    assert all(f"at n = {n}" in picture.caption(tables) for n in sizes)
    assert picture.alt(tables).endswith(".")


def test_a_run_gives_the_same_numbers_twice():
    params = Parameters(**VALUES)
    run = next(run for run in ITEM.runs(params) if run.config["part"] == "alignment")
    assert ITEM.compute(run, NoCheckpoint()) == ITEM.compute(run, NoCheckpoint())
