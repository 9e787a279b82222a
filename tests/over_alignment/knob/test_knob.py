"""The knob at smoke scale: what is equal, what is not, and runs that a fault does not concern."""

import numpy as np
import pytest
from tests.smoke import tables_and_claims, values

from earlyalign.items.item import Verdict
from earlyalign.items.run import NoCheckpoint
from earlyalign.over_alignment.knob import faults
from earlyalign.over_alignment.knob.fls_knob import ITEM
from earlyalign.over_alignment.knob.runs import GapSettings


def runs(case):
    return [run for run in ITEM.runs(ITEM.params(**values(ITEM))) if run.config["case"] == case]


def test_no_claim_is_contradicted():
    _, claims = tables_and_claims(ITEM)
    assert not [id for id, claim in claims.items() if claim.verdict is Verdict.CONTRADICTED]


def test_the_exact_step_and_the_paper_s_are_one_for_two_layers():
    settings = runs("exact step")[0].read(GapSettings)
    c = settings.multiplier
    assert settings.depth == 2
    assert settings.multiplied_step == settings.step / c


@pytest.mark.parametrize("fault", [faults.two_layers, faults.no_biases_no_batch_norm])
def test_a_fault_changes_nothing_in_a_run_that_it_does_not_concern(fault):
    run = runs("exact step")[0]
    assert not faults.is_deep(run) and not faults.is_not_homogeneous(run)
    faulty, own = fault(run, NoCheckpoint()), ITEM.compute(run, NoCheckpoint())
    np.testing.assert_array_equal(faulty["gaps"]["gap"], own["gaps"]["gap"])
