"""Where a curve crosses a level, and how that moves with a scale."""

import numpy as np
import pandas as pd
import pytest

from earlyalign.simplicity_bias.threshold.statistics import crossing, threshold_exponent, where

SIZES = np.array([10.0, 100.0, 1000.0, 10_000.0])


def test_crossing_is_interpolated_in_log_n():
    assert crossing(SIZES, np.array([0, 0, 1, 1.0]), 0.5) == pytest.approx(np.sqrt(100 * 1000))
    assert crossing(SIZES, np.array([1, 1, 1, 1.0]), 0.5) == 0
    assert crossing(SIZES, np.array([0, 0, 0, 0.1]), 0.5) == np.inf
    assert crossing(SIZES, np.array([0, 0.9, 0.1, 1.0]), 0.5) > 1000


def _sweep(thresholds, sizes=(10, 100, 1000, 10_000)):
    """One sweep a threshold: train_ratio 0 below it and 1 above, on a fine grid, five equal seeds."""
    grid = np.geomspace(sizes[0], sizes[-1], 61)
    return [
        pd.DataFrame(
            [(n, seed, float(n > each)) for n in grid for seed in range(5)],
            columns=["n", "seed", "train_ratio"],
        )
        for each in thresholds
    ]


def test_the_exponent_of_a_power_law_is_its_power():
    scales = np.array([1.0, 2.0, 4.0])
    value, low, high = threshold_exponent(_sweep(30 * scales**2), scales, 0.5)
    assert value == pytest.approx(2, abs=0.1)
    assert low == high == value
    assert threshold_exponent(_sweep(30 * scales[::-1] ** 2), scales, 0.5)[0] == pytest.approx(-2, abs=0.1)


def test_where_keeps_the_rows_and_drops_columns_that_only_others_fill():
    table = pd.DataFrame({"d": [2, 3], "w2": [np.nan, 1.0], "n": [5, 6]})
    kept = where({"neurons": table}, d=2)["neurons"]
    assert list(kept.columns) == ["d", "n"]
    assert list(kept["n"]) == [5]
