"""B-def21 at a small scale: claims hold, a fault concerns its own runs, figures show every sample."""

from __future__ import annotations

import pytest
from tests.smoke import tables_of, values

from earlyalign.items.item import Verdict
from earlyalign.items.run import NoCheckpoint
from earlyalign.simplicity_bias.extremal.def21_extremal_vectors import ITEM, Parameters

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


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_a_fault_of_the_search_leaves_the_other_runs_as_they_are_and_the_reverse(control):
    concerned = "alignment" if control.name in ("wrong-sign", "late-stop") else "search"
    broken = ITEM.under(control)
    for run in ITEM.runs(Parameters(**VALUES)):
        assert (broken.work_of(run) is ITEM.compute) == (run.config["part"] != concerned)


@pytest.mark.parametrize("figure", ITEM.figures, ids=lambda figure: figure.id)
def test_the_figures_draw_and_describe_every_sample(measured, figure):
    tables, params = measured
    sizes = params.drawn_plane if "circle" in figure.id else params.drawn_space
    titles = " ".join(axis.get_title() for axis in figure.draw(tables).axes)
    assert all(f"n = {n}" in titles for n in sizes)
    assert all(f"at n = {n}" in figure.caption(tables) for n in sizes)
    assert figure.alt(tables).endswith(".")


def test_a_run_gives_the_same_numbers_twice():
    params = Parameters(**VALUES)
    run = next(run for run in ITEM.runs(params) if run.config["part"] == "alignment")
    assert ITEM.compute(run, NoCheckpoint()) == ITEM.compute(run, NoCheckpoint())
