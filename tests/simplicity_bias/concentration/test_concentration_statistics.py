"""Exponents are recovered from data that have them."""

import numpy as np
import pandas as pd
import pytest

from earlyalign.simplicity_bias.concentration.statistics import (
    frequency_slope,
    log_factor,
    log_mean_slope,
    pooled_slope,
)


def suprema(exponent, log_exponent=0.0, seeds=60):
    rng = np.random.default_rng(0)
    n = np.repeat([100, 1000, 10_000, 100_000], seeds)
    mean = n**exponent * np.log(n) ** log_exponent
    return pd.DataFrame({"n": n, "sup": mean * rng.lognormal(0, 0.25, len(n)), "d": 2})


@pytest.mark.parametrize("exponent", [-0.5, -0.3])
def test_the_slope_of_a_power_is_within_its_interval(exponent):
    value, low, high = log_mean_slope(suprema(exponent), "n", "sup")
    assert low < exponent < high
    assert low < value < high
    assert high - low < 0.06


def test_the_log_factor_tells_a_constant_from_a_root():
    none, root = log_factor(suprema(-0.5)), log_factor(suprema(-0.5, 0.5))
    assert none.low < 0 < none.high < 0.5
    assert root.low < 0.5 < root.high
    assert root.low > 0


def test_groups_have_intercepts_of_their_own():
    at = np.array([0.0, 1.0, 0.0, 1.0])
    values = np.array([[5.0], [4.0], [-3.0], [-4.0]])
    assert pooled_slope(at, values, np.array([0, 0, 1, 1])) == pytest.approx([-1.0])


def test_groups_of_a_table_share_the_slope_only():
    table = pd.concat(
        [suprema(-0.5).assign(d=3), suprema(-0.5).assign(d=5, sup=lambda rows: 40 * rows["sup"])]
    )
    value, low, high = log_mean_slope(table, "n", "sup", within="d")
    assert low < -0.5 < high
    assert value == pytest.approx(log_mean_slope(suprema(-0.5), "n", "sup").value, abs=1e-9)


@pytest.mark.parametrize("exponent", [-0.5, -1.5])
def test_frequencies_give_their_exponent_even_where_nothing_was_hit(exponent):
    n, trials = np.array([20, 40, 80, 160, 320]), 1000
    hits = np.random.default_rng(1).poisson(trials * 0.05 * (n / 20) ** exponent, (10, 5))
    value, low, high = frequency_slope(n, hits, trials)
    assert low < exponent < high
    assert (hits == 0).any() == (exponent == -1.5)
    assert low <= value <= high
