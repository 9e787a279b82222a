"""Claims about gains, for all practice items: a number in points with its interval, or that no run got there."""

from __future__ import annotations

from earlyalign.items.evidence import Estimate, within
from earlyalign.items.item import Claim, Mark, Verdict
from earlyalign.over_alignment.practice.params import Case
from earlyalign.over_alignment.practice.statistics import Scores, gain
from earlyalign.over_alignment.practice.words import case_words

LEAST_GAIN = 0.5
"""Points below which a gain is none."""

ARMS = {
    "rich": "the smallest multiplier", "lazy": "the largest multiplier whose runs finish", "default": "c = 1",
}  # fmt: skip
"""What the best multiplier is compared with."""


def claim_within(
    id: str,
    words: str,
    measured: Estimate | None,
    expected: str,
    mark: Mark = Mark.STATED,
    **range_,
) -> Claim:
    """`within`; where too few runs got to the training accuracy to compare, "not at this scale"."""
    if measured is None:
        nan = float("nan")
        return Claim(id, words, nan, nan, nan, expected, Verdict.NOT_AT_THIS_SCALE, mark)
    return within(id, words, measured, expected, mark=mark, **range_)


def arms(part: str, name: str, scores: Scores, case: Case) -> list[Claim]:
    """The best multiplier of a case against both ends and the default."""
    rivals = {"rich": None, "lazy": scores.largest_finished, "default": 0}
    return [
        claim_within(
            f"{part}/{name}-{arm}", f"{case_words(case)}: the best multiplier beats {told} (points, held out)",
            gain(scores, rivals[arm]), f"above {LEAST_GAIN:g}", low=LEAST_GAIN,
        )
        for arm, told in ARMS.items()
    ]  # fmt: skip
