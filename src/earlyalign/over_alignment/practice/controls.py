"""Controls that the practice items share: small cases under the names of the book's, and the multiplier not applied."""

from __future__ import annotations

from collections.abc import Sequence

from earlyalign.items.item import Control, Fault, Verdict
from earlyalign.items.run import Run
from earlyalign.over_alignment.practice.faults import multiplier_not_applied

TOY = {"task": "generator", "network": "cnn", "width": 4, "samples": 60}

NOT_APPLIED = "The multiplier is not applied: every run is one at c = 1"


def toys(edims: Sequence[int]) -> dict[str, dict]:
    """A small case for each edim, named as in the book: for controls that decide whatever is trained."""
    return {f"generator-{edim}": {**TOY, "edim": edim} for edim in edims}


def has_a_multiplier(run: Run) -> bool:
    """Whether a run is at another multiplier than c = 1."""
    return run.config["log2_c"] != 0


def knob_off(
    cases: dict[str, dict],
    claims: Sequence[str],
    name: str = "knob-off",
    words: str = NOT_APPLIED,
    verdict: Verdict = Verdict.CONTRADICTED,
) -> Control:
    """The multiplier is not applied to these cases, so that no multiplier is better than another."""
    return Control(
        name, words, {"cases": cases, "multipliers": [-12, -3, 0, 2], "steps": [0.1], "seeds": 4}, claims,
        verdict, Fault(multiplier_not_applied, touches=has_a_multiplier),
    )  # fmt: skip
