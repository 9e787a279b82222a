"""Intervals and verdict rules: each rule must be able to say every one of its words."""

import numpy as np
import pytest

from earlyalign.items.evidence import (
    Estimate,
    bootstrapped,
    covers,
    exact,
    interval,
    not_run,
    percentile,
    point,
    slope,
    wilson,
    within,
)
from earlyalign.items.item import Verdict


@pytest.mark.parametrize("seeds", [5, 6, 8, 20, 41])
@pytest.mark.parametrize("statistic", [np.mean, np.median])
def test_an_interval_holds_the_truth_as_often_as_it_says(statistic, seeds):
    rng, trials = np.random.default_rng(seeds), 1500
    told = [interval(rng.standard_normal(seeds), statistic) for _ in range(trials)]
    share = np.mean([low <= 0 <= high for _, low, high in told])
    promised = min(0.95, 1 - 2.0 ** (1 - seeds)) if statistic is np.median else 0.95
    assert share >= promised - 3 * np.sqrt(0.05 * 0.95 / trials)
    assert share < 0.995


def test_the_interval_of_a_median_does_not_depend_on_the_law():
    rng = np.random.default_rng(3)
    told = [interval(rng.standard_cauchy(8)) for _ in range(1500)]
    assert np.mean([low <= 0 <= high for _, low, high in told]) >= 0.95 - 0.017


def test_a_value_that_is_not_finite_opens_the_interval():
    assert interval([1.0, 2.0, np.inf]) == (2.0, 1.0, np.inf)


def test_interval_of_equal_values_is_a_point_and_of_one_value_refused():
    assert interval([2.0, 2.0, 2.0]) == (2.0, 2.0, 2.0)
    with pytest.raises(ValueError, match="two seeds"):
        interval([1.0])


def test_an_estimate_names_its_parts():
    numbers = np.arange(8.0)
    x, seeds = np.tile(np.arange(4.0), 3), np.repeat(np.arange(3), 4)
    for told in (
        *(interval(numbers, statistic) for statistic in (np.median, np.mean, np.max)),
        interval(np.ones(3)), wilson(3, 10), slope(x, x + seeds, seeds), slope(x[1:], x[1:], seeds[1:]),
        bootstrapped(4.0, numbers), point(2.0),
    ):  # fmt: skip
        assert isinstance(told, Estimate) and told.low <= told.value <= told.high
        assert told == (told.value, told.low, told.high)
    assert point(2.0) == (2.0, 2.0, 2.0)


def test_percentiles_leave_a_fortieth_on_each_side():
    assert percentile(np.arange(1001.0)) == pytest.approx((25, 975))
    assert percentile([np.inf, *np.arange(1000.0)], method="nearest") == (25, 975)
    assert percentile([*range(20), *[np.inf] * 20], method="nearest")[1] == np.inf


def test_a_bootstrapped_interval_is_widened_to_hold_its_value():
    resampled = np.arange(1001.0)
    assert bootstrapped(500, resampled) == (500, *percentile(resampled))
    assert bootstrapped(2000, resampled) == (2000, percentile(resampled)[0], 2000)
    assert bootstrapped(-1, resampled) == (-1, -1, percentile(resampled)[1])


def test_wilson_stays_inside_the_unit_interval():
    for successes in (0, 5, 10):
        share, low, high = wilson(successes, 10)
        assert 0 <= low <= share <= high <= 1
    assert wilson(0, 10).high > 0.1


def test_slope_finds_the_exponent_and_resamples_whole_seeds():
    rng = np.random.default_rng(1)
    seeds = np.repeat(np.arange(30), 6)
    x = np.tile(np.log([10, 20, 40, 80, 160, 320]), 30)
    y = -0.5 * x + rng.normal(size=30)[seeds] + 0.1 * rng.normal(size=x.size)
    value, low, high = slope(x, y, seeds)
    assert low < -0.5 < high
    assert value == pytest.approx(-0.5, abs=0.05)
    assert high - low < 0.1
    ragged = slope(x[:-1], y[:-1], seeds[:-1])
    assert ragged == pytest.approx((value, low, high), abs=0.02)


def test_every_rule_can_say_each_of_its_words():
    assert exact("a", "", 1e-13, 1e-12).verdict is Verdict.REPRODUCED
    assert exact("a", "", 1e-11, 1e-12).verdict is Verdict.CONTRADICTED
    assert exact("a", "", float("nan"), 1e-12).verdict is Verdict.CONTRADICTED
    assert within("a", "", Estimate(1, 0.9, 1.1), "", high=2).verdict is Verdict.REPRODUCED
    assert within("a", "", Estimate(1, 0.9, 2.1), "", high=2).verdict is Verdict.UNDECIDED
    assert within("a", "", Estimate(2.05, 0.9, 3.1), "", high=2).verdict is Verdict.UNDECIDED
    assert within("a", "", Estimate(3, 2.9, 3.1), "", high=2).verdict is Verdict.CONTRADICTED
    assert covers("a", "", Estimate(1.0, 0.92, 1.1), 1.05, 0.1).verdict is Verdict.REPRODUCED
    assert covers("a", "", Estimate(1.0, 0.98, 1.02), 1.05, 0.1).verdict is Verdict.WEAKER
    assert covers("a", "", Estimate(1.0, 0.7, 1.3), 1.05, 0.1).verdict is Verdict.UNDECIDED
    assert covers("a", "", Estimate(1.0, 0.9, 1.1), 1.3, 0.1).verdict is Verdict.CONTRADICTED
    assert not_run("a", "", "").verdict is Verdict.NOT_RUN


def test_an_interval_wider_than_the_slack_decides_nothing():
    wide = covers("a", "", Estimate(-0.856, -1.40, -0.56), -1.0, 0.2)
    assert wide.verdict is wide.leaning is Verdict.UNDECIDED


def test_what_clears_a_boundary_by_less_than_the_margin_is_undecided_and_says_where_it_leans():
    touching = within("a", "", Estimate(1.5, 1.0, 1.95), "", high=2)
    assert touching.verdict is Verdict.UNDECIDED and touching.leaning is Verdict.REPRODUCED
    beyond = within("a", "", Estimate(2.5, 2.05, 3.0), "", high=2)
    assert beyond.verdict is Verdict.UNDECIDED and beyond.leaning is Verdict.CONTRADICTED
    for error, leaning in ((0.8e-12, Verdict.REPRODUCED), (1.2e-12, Verdict.CONTRADICTED)):
        near = exact("a", "", error, 1e-12)
        assert near.verdict is Verdict.UNDECIDED and near.leaning is leaning


def test_the_accuracy_of_the_method_counts_as_room():
    measured = Estimate(0.97, 0.968, 0.972)
    assert within("a", "", measured, "", low=0.95).verdict is Verdict.REPRODUCED
    rough = within("a", "", measured, "", low=0.95, accuracy=0.02)
    assert rough.verdict is rough.leaning is Verdict.UNDECIDED


def test_infinite_readings_are_judged():
    infinite = float("inf")
    assert within("a", "", point(infinite), "", high=9).verdict is Verdict.CONTRADICTED
    assert within("a", "", Estimate(8.0, 7.0, infinite), "", high=9).verdict is Verdict.UNDECIDED
    assert within("a", "", Estimate(8.0, 7.0, infinite), "", low=6).verdict is Verdict.REPRODUCED


def test_measured_text_shows_the_interval_only_where_there_is_one():
    assert exact("a", "", 1.5e-14, 1e-12).measured_text == "1.5e-14"
    assert within("a", "", Estimate(1.0, 0.5, 2.0), "").measured_text == "1 [0.5, 2]"
    assert not_run("a", "", "").measured_text == "—"
