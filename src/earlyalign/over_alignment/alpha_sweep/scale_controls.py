"""The controls of A-scale, and the faulty statistics that two of them need."""

from __future__ import annotations

import pandas as pd

from earlyalign.items.item import Control, Fault, Verdict
from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep import scale_faults as faults
from earlyalign.over_alignment.alpha_sweep.scale_claims import SIZES, TOLD
from earlyalign.over_alignment.alpha_sweep.scale_statistics import AXES, predicted, summarised
from earlyalign.over_alignment.alpha_sweep.statistics import ERRORS, with_errors


def summary_in_its_units(tables: Tables) -> dict[str, pd.DataFrame]:
    """The summary with alpha told in units of the law, n^-1 h^-1/2."""
    sweep = with_errors(tables["sweep"])
    unit = (sweep["n"] / sweep["base_n"]) ** AXES["n"] * (sweep["width"] / sweep["base_width"]) ** AXES[
        "width"
    ]
    return summarised(sweep.assign(alpha=sweep["alpha"] * unit, w_max=sweep["w_max"] / unit), predicted)


def summary_with_rule_inverted(tables: Tables) -> dict[str, pd.DataFrame]:
    """The summary with a rule that tells a small alpha where it should tell a large one."""
    return summarised(with_errors(tables["sweep"]), lambda rows: -predicted(rows))


COPIES = Fault(faults.copies, faults.has_copies)
EXPONENTS = tuple(
    f"A-scale/{law}-{error}-{size}{end}"
    for law in TOLD
    for error in ERRORS
    for size in SIZES.values()
    for end in ("", "-falls")
)
NO_MAP = {"kappas": [], "ratios": [], "map_seeds": 0}

CONTROLS = (
    Control(
        "copies", "n counts copies of the same samples, and h copies of the same neurons that leave f unchanged",
        {
            "base_n": 10, "base_width": 25, "sample_sizes": [10, 20], "widths": [25, 50],
            "separable_seeds": 8, "free_seeds": 8, **NO_MAP,
        },
        EXPONENTS, fault=COPIES,
    ),
    Control(
        "copies-in-its-units", "The same copies, alpha told in units of the law: every optimum obeys it",
        {
            "base_n": 10, "base_width": 25, "sample_sizes": [10, 20],
            "widths": [25, 50], "separable_seeds": 8, "free_seeds": 8, **NO_MAP,
        },
        EXPONENTS, Verdict.REPRODUCED, COPIES, {"summary": summary_in_its_units},
    ),
    Control(
        "wide-copies", "Widths are copies, alpha told in units of the law, which the rule knows",
        {
            "base_width": 25, "sample_sizes": [20], "widths": [25, 400],
            "separable_seeds": 16, "free_seeds": 8, **NO_MAP,
        },
        ("A-scale/rule-predictor", "A-scale/rule-network"), Verdict.REPRODUCED, COPIES,
        {"summary": summary_in_its_units},
    ),
    Control(
        "few-samples", "The largest n is ten",
        {"sample_sizes": [10], "widths": [50], "separable_seeds": 40, "free_seeds": 0, **NO_MAP},
        ("A-scale/arm-predictor", "A-scale/arm-network"), Verdict.REPRODUCED,
    ),
    Control(
        "other-sample", "phi is that of another sample",
        {
            "sample_sizes": [20], "widths": [50], "separable_seeds": 80,
            "free_seeds": 40, **NO_MAP,
        },
        tuple(f"A-scale/{law}-{error}-angle" for law in TOLD for error in ERRORS),
        fault=Fault(faults.other_sample),
    ),
    Control(
        "rule-inverted", "The rule is turned upside down",
        {
            "sample_sizes": [20, 40], "widths": [50], "separable_seeds": 10,
            "free_seeds": 10, **NO_MAP,
        },
        ("A-scale/rule-predictor", "A-scale/rule-network"),
        replaces={"summary": summary_with_rule_inverted},
    ),
    Control(
        "positives-only", "Networks are trained on positive samples only",
        {"variant": "positives", "sample_sizes": [20, 80], "widths": [50], "separable_seeds": 10, "free_seeds": 0,
         "map_seeds": 6},
        ("A-scale/arm-predictor", "A-scale/arm-network", "A-scale/map-predictor", "A-scale/map-network"),
    ),
)  # fmt: skip
