"""The early phases at smoke scale: what holds, what the numbers contradict, and the order of the clocks."""

import numpy as np
import pytest
from tests.smoke import tables_and_claims

from earlyalign.items.item import Verdict
from earlyalign.items.manifest import load
from earlyalign.over_alignment.early_phases.faults import WEAK, weakened
from earlyalign.over_alignment.separable_problem import ProblemSettings, draw_problem

ITEMS = ("A-stop", "A-bal", "A-thm51", "A-cor53", "A-phase2")
FALSE_AS_STATED = {"A-cor53/growth-end", "A-phase2/from-growth-end"}
"""Claims about the conservative end of Phase 1, which the numbers contradict at every scale."""

SETTINGS = ProblemSettings(n=8, d=5, width=6, kappa=2.0, sigma=1.0, separability=0.0)


@pytest.fixture(scope="module")
def measured():
    return {id: tables_and_claims(load(id)) for id in ITEMS}


@pytest.mark.parametrize("id", ITEMS)
def test_claims_hold_except_those_of_the_conservative_end(measured, id):
    verdicts = {name: claim.verdict for name, claim in measured[id][1].items()}
    contradicted = {name for name, verdict in verdicts.items() if verdict is Verdict.CONTRADICTED}
    assert contradicted == FALSE_AS_STATED & set(verdicts)


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


def test_a_seed_draws_one_sample_and_one_direction_for_every_alpha():
    small, large = (draw_problem(SETTINGS, alpha, seed=3) for alpha in (1e-3, 1.0))
    np.testing.assert_array_equal(small.sample.inputs, large.sample.inputs)
    np.testing.assert_allclose(small.net.inner * 1e3, large.net.inner, rtol=1e-12)
    np.testing.assert_array_equal(small.net.positive, large.net.positive)


def test_a_problem_starts_balanced_and_a_weakened_one_does_not():
    problem = draw_problem(SETTINGS, 0.1, seed=0)
    lengths = np.linalg.norm(problem.net.inner, axis=1)
    np.testing.assert_allclose(np.abs(problem.net.outer), lengths)
    np.testing.assert_allclose(np.abs(weakened(problem).net.outer), WEAK * lengths)
    np.testing.assert_array_equal(weakened(problem).net.positive, problem.net.positive)
