"""How far stored certificates let a reading be trusted."""

import numpy as np
import pandas as pd
import pytest

from earlyalign.items.run import NoCheckpoint, Run
from earlyalign.simplicity_bias.threshold import runs
from earlyalign.simplicity_bias.threshold.certificates import certificate_of, certificate_words

TABLE = pd.DataFrame(
    {
        "n": [10, 10, 10, 20], "seed": [0, 0, 5, 0], "reading": ["train_ratio"] * 3 + ["test_ratio"],
        "time": [1.0, 2.0, 2.0, 2.0], "difference": [0.5, 0.01, 0.03, 0.2],
    }
)  # fmt: skip


def test_the_largest_difference_over_seeds_is_what_counts():
    tables = {"certificate": TABLE}
    assert certificate_of(tables, "train_ratio") == 0.5
    assert certificate_of(tables, "train_ratio", 2.0, n=10) == 0.03
    assert "at most 0.03 in train loss" in certificate_words(tables, "train_ratio", "train loss", 2.0)


@pytest.mark.parametrize("tables", [{}, {"certificate": TABLE}])
def test_what_was_not_certified_has_no_certificate(tables):
    with pytest.raises(ValueError, match="no certificate"):
        certificate_of(tables, "test_ratio", n=10)


def test_a_certified_flow_stores_its_readings_and_another_does_not():
    config = {"method": "flow", "n": 40, "d": 3, "width": 6, "init_variance": 1e-2, "noise_variance": 0.2,
              "horizon": 4.0, "step": 0.2, "activation": "relu", "teacher_neurons": 0}  # fmt: skip
    plain, checked = (
        runs.compute(Run({**config, "certified": flag}, 0), NoCheckpoint()) for flag in (False, True)
    )
    assert "certificate" not in plain
    np.testing.assert_array_equal(plain["losses"]["train"], checked["losses"]["train"])
    table = pd.DataFrame(checked["certificate"])
    ratios = table[table["reading"] == "train_ratio"]
    np.testing.assert_allclose(
        ratios["value"], np.array(plain["losses"]["train"]) / plain["reference"]["train"], rtol=1e-12
    )
    assert set(table["reading"]) == {"train_ratio", "test_ratio", "aligned"}
    assert (table["difference"] > 0).any()
