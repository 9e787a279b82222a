"""B-lemF at the smoke scale: every lemma holds, and the numbers of made-up groups are known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.smoke import tables_and_claims

from earlyalign.dynamics.decoupled import HalfSpace
from earlyalign.items.item import Verdict
from earlyalign.simplicity_bias.phases.group_runs import Group, crossing, stages_of
from earlyalign.simplicity_bias.phases.lemF2_to_F6_phases import ITEM
from earlyalign.simplicity_bias.phases.lemma_runs import fitted_rate


@pytest.fixture(scope="module")
def measured():
    return tables_and_claims(ITEM)


def test_every_lemma_holds(measured):
    verdicts = [claim.leaning for claim in measured[1].values()]
    assert Verdict.CONTRADICTED not in verdicts
    assert verdicts.count(Verdict.REPRODUCED) > 0.9 * len(verdicts)


def test_phases_follow_one_another(measured):
    sides = measured[0]["sides"]
    assert np.all(sides["tau"] < sides["tau2"])
    assert np.all(sides["tau2"] < sides["tau3"])
    assert np.all(sides["tau3"] < sides["end"])


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
    stages = stages_of(group, 1.0, 0.1, 0.2)
    assert stages.tau2 == pytest.approx(np.log(11), abs=1e-4)
    assert stages.tau3 == pytest.approx(np.log(99 * 4), abs=1e-4)
    assert (stages.tau, stages.end) == (1.0, 10.0)
    assert np.allclose(group.pairs, 0, atol=1e-15)


def test_the_rate_is_that_of_an_exponential():
    times = np.linspace(0, 30, 100)
    assert fitted_rate(times, 3 * np.exp(-0.7 * times)) == pytest.approx(0.7)
    assert np.isnan(fitted_rate(times, np.ones(100)))
