"""B-lemF at the smoke scale: every lemma holds, every control turns its claims red, readings on made-up groups."""

from __future__ import annotations

import numpy as np
import pytest
from tests.smoke import tables_and_claims, turned

from earlyalign.dynamics.decoupled import HalfSpace
from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.lemF2_to_F6_phases import ITEM
from earlyalign.simplicity_bias.phases_readings import Group, crossing, fitted_rate, stopping_times


def verdicts(claims):
    return {id: claim.leaning for id, claim in claims.items()}


@pytest.fixture(scope="module")
def measured():
    return tables_and_claims(ITEM)


def test_every_lemma_holds(measured):
    found = verdicts(measured[1])
    assert Verdict.CONTRADICTED not in found.values()
    assert sum(verdict is Verdict.REPRODUCED for verdict in found.values()) > 0.9 * len(found)


def test_every_part_has_a_claim_and_every_claim_a_control(measured):
    judged = set(measured[1])
    assert {id.split("/")[0] for id in judged} == set(ITEM.parts)
    assert judged == {id for control in ITEM.controls for id in control.claims}


@pytest.mark.parametrize("control", ITEM.controls, ids=lambda control: control.name)
def test_each_control_turns_its_claims_red(control):
    assert turned(tables_and_claims(ITEM, control.change)[1], control)


def test_phases_follow_one_another(measured):
    sides = measured[0]["sides"]
    assert np.all(sides["tau"] < sides["tau2"])
    assert np.all(sides["tau2"] < sides["tau3"])
    assert np.all(sides["tau3"] < sides["end"])


@pytest.mark.parametrize("picture", ITEM.figures, ids=lambda picture: picture.id)
def test_pictures_are_drawn_from_the_tables(measured, picture):
    tables = measured[0]
    figure = picture.draw(tables)
    lines = [
        line
        for axis in figure.findobj(lambda artist: hasattr(artist, "get_lines"))
        for line in axis.get_lines()
    ]
    assert any(np.isfinite(line.get_ydata()).sum() > 2 for line in lines)
    assert picture.caption(tables) and picture.alt(tables)


def test_a_crossing_is_interpolated_and_may_be_missing():
    times = np.array([0.0, 1.0, 2.0, 3.0])
    assert crossing(times, np.array([-3.0, -1.0, 1.0, 2.0]), 0.0) == pytest.approx(1.5)
    assert crossing(times, np.array([1.0, -1.0, -1.0, 3.0]), 0.5) == pytest.approx(2.25)
    assert np.isnan(crossing(times, -np.ones(4), 0.0))
    assert np.isnan(crossing(times, np.ones(4), np.nan))


def lone_neuron(times, length):
    """A balanced neuron along e_1 of |a| = ||w|| = length(t), in front of A = I/2 and beta_n = e_1."""
    inner = np.stack([length, np.zeros_like(length)], axis=1)[:, None, :]
    half = HalfSpace(np.eye(2) / 2, np.array([0.5, 0.0]), np.ones(1, bool))
    still = np.zeros_like(inner)
    return Group(times, inner, length[:, None], still, still[..., 0], np.ones(times.size, bool), half)


def test_stopping_times_of_a_neuron_in_closed_form():
    times = np.linspace(0, 10, 4001)
    group = lone_neuron(times, np.sqrt(1 / (1 + 99 * np.exp(-times))))
    tau2, tau3 = stopping_times(group, 1.0, 0.1, 0.2)
    assert tau2 == pytest.approx(np.log(11), abs=1e-4)
    assert tau3 == pytest.approx(np.log(99 * 4), abs=1e-4)
    assert np.allclose(group.pairs, 0, atol=1e-15)


def test_the_rate_is_that_of_an_exponential():
    times = np.linspace(0, 30, 100)
    assert fitted_rate(times, 3 * np.exp(-0.7 * times)) == pytest.approx(0.7)
    assert np.isnan(fitted_rate(times, np.ones(100)))
