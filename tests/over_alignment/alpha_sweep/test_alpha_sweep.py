"""A-fig4, A-dec, A-fig5 and A-scale at the smoke scale: what a few seeds decide, and runs that a fault leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
from tests.smoke import tables_and_claims, values

from earlyalign.items.item import Verdict
from earlyalign.items.manifest import load
from earlyalign.items.run import NoCheckpoint
from earlyalign.over_alignment.alpha_sweep import fig4_faults, scale_faults

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


@pytest.mark.parametrize("id", FIRM)
def test_what_a_few_seeds_can_decide_is_decided(id):
    _, claims = tables_and_claims(load(id))
    verdicts = {name: claims[f"{id}/{name}"].verdict for name in FIRM[id]}
    assert not set(verdicts.values()) & {Verdict.CONTRADICTED, Verdict.NOT_RUN}, verdicts


def test_over_alignment_and_over_fitting_add_up():
    sweep = tables_and_claims(load("A-fig5"))[0]["sweep"]
    gap = (sweep["over_alignment"] + sweep["over_fitting"] - sweep["predictor"]).abs().max()
    assert gap < 1e-10
    assert (sweep["over_alignment"] >= -1e-10).all() and (sweep["over_fitting"] >= -1e-10).all()


@pytest.mark.parametrize(
    ("id", "fault", "touches"),
    [
        ("A-fig4", fig4_faults.stuck_rich, fig4_faults.starts_above),
        ("A-fig4", fig4_faults.stuck_lazy, fig4_faults.starts_below),
        ("A-scale", scale_faults.copies, scale_faults.has_copies),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_fault_changes_nothing_in_a_run_that_it_does_not_concern(id, fault, touches):
    item = load(id)
    runs = item.runs(item.params(**values(item)))
    assert any(map(touches, runs))
    run = next(run for run in runs if not touches(run))
    faulty, own = fault(run, NoCheckpoint()), item.compute(run, NoCheckpoint())
    assert set(faulty) == set(own)
    for table, columns in own.items():
        for name, column in columns.items():
            np.testing.assert_array_equal(faulty[table][name], column, err_msg=f"{table}/{name}")
