"""The paper's rule beside measured exponents, and a warning where they part."""

import warnings

import numpy as np
import pytest

from earlyalign.errors import UserError
from earlyalign.fls import ExponentsDisagree, Stop, Sweep, fit_exponents, measure_exponents, transfer
from earlyalign.fls.transferring import PAPER, SMALL_CNN, Exponents
from earlyalign.fls.verdicts import WORSE, Best, Gap


def test_the_papers_rule_is_inverse_square_in_samples_and_inverse_in_width():
    with pytest.warns(ExponentsDisagree):
        carried = transfer(0.5, n=100, n_new=200, h=8, h_new=32, measured=SMALL_CNN)
    assert carried.paper == pytest.approx(0.5 / 4 / 4)
    assert carried.measured == pytest.approx(0.5 * 2**SMALL_CNN.samples * 4**SMALL_CNN.width)


def test_exponents_that_are_the_papers_agree_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        carried = transfer(0.5, 100, 300, 8, 16, Exponents(-1.9, -1.1, 0.4, 0.4, "ours"))
    assert carried.agree and "they agree" in carried.words


def test_the_same_size_is_the_same_c_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        carried = transfer(0.3, 100, 100, 8, 8, SMALL_CNN)
    assert carried.paper == pytest.approx(0.3) == carried.measured


def test_the_disagreement_is_said_with_both_numbers_and_their_source():
    with pytest.warns(
        ExponentsDisagree, match=r"c = 0\.02041; .*c = 0\.143 .*\(five seeds\).*disagree.*sweep c"
    ):
        transfer(1.0, 10, 70, 1, 1, Exponents(-1.0, 0.0, source="five seeds"))


@pytest.mark.parametrize(
    "bad", [{"c": 0}, {"n": -1}, {"n_new": 0}, {"h": float("nan")}, {"h_new": float("inf")}]
)
def test_sizes_out_of_range_are_refused_by_name(bad):
    values = {"c": 1.0, "n": 10, "n_new": 20, "h": 4, "h_new": 8, **bad}
    with pytest.raises(UserError, match=next(iter(bad))):
        transfer(**values)


def test_exponents_of_an_exact_law_are_found_exactly():
    n, h = np.meshgrid([100, 200, 400], [8, 16])
    exponents = fit_exponents(
        n.ravel(), h.ravel(), 3.0 * n.ravel() ** PAPER.samples * h.ravel() ** PAPER.width
    )
    assert (exponents.samples, exponents.width) == pytest.approx((-2, -1))
    assert exponents.samples_half_width < 1e-10


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    n, h = (sizes.ravel().astype(float) for sizes in np.meshgrid([100, 200, 400], [8, 16, 32]))
    hits = 0
    for _ in range(200):
        exponents = fit_exponents(n, h, n**-0.5 * h**0.3 * np.exp(rng.normal(0, 0.3, n.size)))
        hits += abs(exponents.samples + 0.5) <= exponents.samples_half_width
    assert 0.9 < hits / 200 < 0.99


@pytest.mark.parametrize(
    "sizes", [([1, 2, 3], [1, 2, 1]), ([1, 2, 4, 8], [1, 2, 4, 8]), ([2, 2, 2, 2], [1, 2, 4, 8])]
)
def test_sweeps_that_cannot_tell_the_exponents_apart_are_refused(sizes):
    with pytest.raises(UserError, match="four sweeps"):
        fit_exponents(*sizes, np.ones(len(sizes[0])))


def test_without_exponents_of_ones_own_c_is_not_carried_far():
    near = transfer(0.5, 100, 200, 8, 4)
    assert near.measured is None and "sweep a few multipliers" in near.words
    assert near.paper == pytest.approx(0.5 / 4 * 2)
    for sizes in ((100, 210, 8, 8), (210, 100, 8, 8), (100, 100, 8, 32)):
        with pytest.raises(UserError, match=r"changes by a factor of .* give measured="):
            transfer(0.5, *sizes)
    assert transfer(0.5, 100, 400, 8, 8, at_most=4).paper == pytest.approx(0.5 / 16)
    with pytest.warns(ExponentsDisagree):
        assert transfer(0.5, 100, 6400, 8, 8, SMALL_CNN).measured


CLEAR = Gap(0.05, 0.01, 8)


def at(law, gain=CLEAR, reach=2.0, asked=None):
    """A sweep at (n, h) whose best multiplier is that of the law, on a grid of factors of four."""

    def sweep_at(n, h):
        if asked is not None:
            asked.append((n, h))
        c = law(n, h)
        rows = [{"c": value, "step": 0.1, "status": "reached"} for value in (c / 4, c, 4 * c)]
        return Sweep(rows, Best(c, 0.1, 0.1, c / reach, c * reach, WORSE, WORSE, gain), Stop(5))

    return sweep_at


def test_two_sweeps_give_one_exponent_with_what_their_ranges_allow():
    asked = []
    exponents = measure_exponents(at(lambda n, h: n**-1.5, asked=asked), [(100, 8), (400, 8)])
    assert asked == [(100, 8), (400, 8)]
    assert exponents.samples == pytest.approx(-1.5) and np.isnan(exponents.width)
    each = np.log(2) + np.log(4) / 2
    assert exponents.samples_half_width == pytest.approx(np.sqrt(2) * each / np.log(4))
    carried = transfer(0.5, 400, 1600, 8, 8, exponents)
    assert carried.measured == pytest.approx(0.5 * 4**-1.5) and carried.low < carried.measured < carried.high
    with pytest.raises(UserError, match="h changes, but its exponent was not measured"):
        transfer(0.5, 400, 400, 8, 16, exponents)


def test_the_exponent_of_the_width_is_measured_alike_and_both_by_four():
    law = at(lambda n, h: n**0.5 * h**-0.5)
    assert measure_exponents(law, [(100, 4), (100, 16)]).width == pytest.approx(-0.5)
    both = measure_exponents(law, [(100, 4), (100, 16), (400, 4), (400, 16)])
    assert (both.samples, both.width) == pytest.approx((0.5, -0.5))


def test_exponents_are_not_taken_from_sweeps_that_cannot_tell():
    with pytest.raises(UserError, match="n = 100, h = 8 has no best multiplier"):
        measure_exponents(at(lambda n, h: 0.5, gain=Gap(0.05, 0.3, 8)), [(100, 8), (400, 8)])
    for sizes in ([(100, 8)], [(100, 8), (400, 16)]):
        with pytest.raises(UserError, match="two sizes"):
            measure_exponents(at(lambda n, h: 1.0), sizes)
