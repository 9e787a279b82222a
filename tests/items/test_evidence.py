"""Intervals and verdict rules: each rule must be able to say every one of its words."""

import numpy as np
import pytest

from earlyalign.items.contract import Verdict
from earlyalign.items.evidence import covers, exact, interval, not_run, slope, wilson, within


def test_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = sum(
        low <= 0 <= high for _, low, high in (interval(rng.standard_normal(40), np.mean) for _ in range(200))
    )
    assert 0.88 <= hits / 200 <= 0.99


def test_interval_of_equal_values_is_a_point_and_of_one_value_refused():
    assert interval([2.0, 2.0, 2.0]) == (2.0, 2.0, 2.0)
    with pytest.raises(ValueError, match="two seeds"):
        interval([1.0])


def test_wilson_stays_inside_the_unit_interval():
    for successes in (0, 5, 10):
        share, low, high = wilson(successes, 10)
        assert 0 <= low <= share <= high <= 1
    assert wilson(0, 10)[2] > 0.1


def test_slope_finds_the_exponent_and_resamples_whole_seeds():
    rng = np.random.default_rng(1)
    seeds = np.repeat(np.arange(30), 6)
    x = np.tile(np.log([10, 20, 40, 80, 160, 320]), 30)
    y = -0.5 * x + rng.normal(size=30)[seeds] + 0.1 * rng.normal(size=x.size)
    value, low, high = slope(x, y, seeds)
    assert low < -0.5 < high
    assert value == pytest.approx(-0.5, abs=0.05)
    assert high - low < 0.1


def test_every_rule_can_say_each_of_its_words():
    assert exact("a", "", 1e-13, 1e-12).verdict is Verdict.REPRODUCED
    assert exact("a", "", 1e-11, 1e-12).verdict is Verdict.CONTRADICTED
    assert exact("a", "", float("nan"), 1e-12).verdict is Verdict.CONTRADICTED
    assert within("a", "", (1, 0.9, 1.1), "", high=2).verdict is Verdict.REPRODUCED
    assert within("a", "", (1, 0.9, 2.1), "", high=2).verdict is Verdict.WEAKER
    assert within("a", "", (3, 0.9, 3.1), "", high=2).verdict is Verdict.CONTRADICTED
    assert covers("a", "", (1.0, 0.9, 1.1), 1.05, 0.1).verdict is Verdict.REPRODUCED
    assert covers("a", "", (1.0, 0.98, 1.02), 1.05, 0.1).verdict is Verdict.WEAKER
    assert covers("a", "", (1.0, 0.5, 1.5), 1.3, 0.1).verdict is Verdict.CONTRADICTED
    assert not_run("a", "", "").verdict is Verdict.NOT_RUN


def test_measured_text_shows_the_interval_only_where_there_is_one():
    assert exact("a", "", 1.5e-14, 1e-12).measured_text == "1.5e-14"
    assert within("a", "", (1.0, 0.5, 2.0), "").measured_text == "1 [0.5, 2]"
    assert not_run("a", "", "").measured_text == "—"
