"""The verdict says what the intervals allow, and no more."""

import numpy as np
import pytest
from scipy import stats

from earlyalign.fls.verdicts import EDGE, UNCOMPARED, WORSE, Best, Gap, as_math, as_power, gap

CLEAR, UNCLEAR = Gap(0.029, 0.005), Gap(0.001, 0.006)


def best(c=2.0**-4, low=2.0**-5, high=2.0**-3, below=WORSE, above=WORSE, gain=CLEAR):
    return Best(c, 0.1, 0.3, low, high, below, above, gain)


def test_a_gap_is_the_paired_t_interval():
    rng = np.random.default_rng(0)
    ours, theirs = rng.normal(0.6, 0.1, 7), rng.normal(0.5, 0.1, 7)
    interval = stats.ttest_rel(ours, theirs).confidence_interval(0.95)
    difference = gap(ours, theirs)
    assert (difference.low, difference.mean + difference.half_width) == pytest.approx(
        (interval.low, interval.high)
    )


def test_a_gap_of_equal_scores_is_nothing():
    assert gap([0.5, 0.6], [0.5, 0.6]) == Gap(0.0, 0.0, 2)
    with pytest.raises(ValueError, match="two seeds"):
        gap([0.5], [0.4])


def test_an_interior_optimum_is_said_with_its_range_and_gain():
    optimum = best()
    assert optimum.interior
    assert optimum.words == "the optimum is interior: c = 2^-4 [2^-5, 2^-3], +2.9 ± 0.5 points over c = 1"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"below": EDGE}, "below, the grid ends before anything is worse; add smaller"),
        ({"above": EDGE}, "above, the grid ends before anything is worse; add larger"),
        ({"below": UNCOMPARED}, "below, runs did not finish"),
    ],
)
def test_an_optimum_with_an_open_side_is_not_called_interior(change, said):
    optimum = best(**change)
    assert optimum.resolved and not optimum.interior
    assert "not bracketed" in optimum.words and said in optimum.words and "+2.9 ± 0.5" in optimum.words


def test_a_gain_that_may_be_nothing_leaves_c_alone():
    optimum = best(gain=UNCLEAR)
    assert not optimum.resolved and not optimum.undecided
    assert (
        optimum.words.startswith("leave c = 1") and "no difference that matters: +0.1 ± 0.6" in optimum.words
    )


def test_a_gain_that_may_be_large_or_nothing_is_not_told_and_more_seeds_are_asked_for():
    optimum = best(gain=Gap(0.139, 0.309, 4))
    assert optimum.undecided and not optimum.resolved
    assert optimum.words.startswith("cannot tell") and "leave" not in optimum.words
    assert "+13.9 ± 30.9" in optimum.words and "about 6 more judging seeds would tell" in optimum.words


def test_a_loss_beyond_doubt_is_said():
    optimum = best(gain=Gap(-0.05, 0.02, 8))
    assert (
        not optimum.undecided
        and "leave c = 1" in optimum.words
        and "worse when judged: -5.0 ± 2.0" in optimum.words
    )


@pytest.mark.parametrize("mean", [0.03, -0.03, 0.001])
def test_so_many_seeds_as_are_advised_would_tell(mean):
    now = Gap(mean, 0.05, 8)
    spread = 0.05 * np.sqrt(8) / stats.t.ppf(0.975, 7)
    needed = now.seeds_to_tell

    def then(n):
        return Gap(mean, stats.t.ppf(0.975, n - 1) * spread / np.sqrt(n), n)

    def told(one):
        return one.low > 0 or one.high < 0 or one.negligible

    assert told(then(needed)) and not told(then(needed - 1))


def test_a_spread_that_no_seeds_outweigh_is_said():
    assert Gap(0.005, 0.3, 8).seeds_to_tell is None
    assert "not even 200 judging seeds" in best(gain=Gap(0.005, 0.3, 8)).words


def test_c_one_itself_is_left():
    assert "worse beyond doubt" in best(c=1.0, low=1.0, high=1.0, gain=Gap(0.0, 0.0, 8)).words
    told = best(c=1.0, low=0.5, high=2.0, below=EDGE, gain=Gap(0.0, 0.0, 8)).words
    assert told.startswith("leave c = 1") and "[2^-1, 2^1]" in told and "beyond doubt" not in told


def test_without_finished_runs_nothing_is_claimed():
    nothing = Best(None, None, 0.3, None, None, UNCOMPARED, UNCOMPARED, None)
    assert "no run reached" in nothing.words and not nothing.interior
    assert "its gain is not known" in best(gain=None).words


@pytest.mark.parametrize(
    ("c", "said"), [(0.0625, "2^-4"), (8.0, "2^3"), (1.0, "1"), (0.3, "0.3"), (2.0**0.5, "1.414")]
)
def test_powers_of_two_are_written_as_such(c, said):
    assert as_power(c) == said


def test_on_a_figure_the_exponent_is_raised():
    assert as_math(2.0**-4) == "$2^{-4}$"
    assert as_math(1.0) == "1"
