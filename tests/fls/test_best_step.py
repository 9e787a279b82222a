"""What a sweep says of a best step that lies at the end of its grid."""

import pytest

from earlyalign.fls import Stop, Sweep
from earlyalign.fls.verdicts import WORSE, Best, Gap


def row(c, step, status="reached"):
    return {"c": c, "step": step, "seed": 0, "status": status, "peak_accuracy": 0.5}


@pytest.mark.parametrize(
    ("steps", "step", "default", "said"),
    [
        ([0.1, 0.2, 0.3], 0.2, 0.2, ""),
        ([0.1, 0.2, 0.3], 0.1, 0.2, "at c = 2^-2 the best step is the smallest tried: widen the steps"),
        ([0.1, 0.2, 0.3], 0.2, 0.3, "at c = 1 the best step is the largest tried: widen the steps"),
        ([0.1], 0.1, 0.1, "only one step was tried"),
    ],
)
def test_a_best_step_at_the_end_of_its_grid_is_said(steps, step, default, said):
    best = Best(0.25, step, default, 0.25, 0.25, WORSE, WORSE, Gap(0.03, 0.01))
    sweep = Sweep([row(c, eta) for c in (0.25, 1.0) for eta in steps], best, Stop(5))
    assert said in sweep.verdict and sweep.verdict.startswith(best.words)
    assert said or sweep.verdict == best.words
