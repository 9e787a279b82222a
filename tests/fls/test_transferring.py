"""The paper's rule beside measured exponents, and a warning where they part."""

import warnings

import numpy as np
import pytest

from earlyalign.errors import UserError
from earlyalign.fls import ExponentsDisagree, fit_exponents, transfer
from earlyalign.fls.transferring import PAPER, SMALL_CNN, Exponents


def test_the_papers_rule_is_inverse_square_in_samples_and_inverse_in_width():
    with pytest.warns(ExponentsDisagree):
        found = transfer(0.5, n=100, n_new=200, h=8, h_new=32)
    assert found.paper == pytest.approx(0.5 / 4 / 4)
    assert found.measured == pytest.approx(0.5 * 2**SMALL_CNN.samples * 4**SMALL_CNN.width)


def test_exponents_that_are_the_papers_agree_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = transfer(0.5, 100, 300, 8, 16, Exponents(-1.9, -1.1, 0.4, 0.4, "ours"))
    assert found.agree and "they agree" in found.words


def test_the_same_size_is_the_same_c_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = transfer(0.3, 100, 100, 8, 8)
    assert found.paper == pytest.approx(0.3) == found.measured


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
    found = fit_exponents(n.ravel(), h.ravel(), 3.0 * n.ravel() ** PAPER.samples * h.ravel() ** PAPER.width)
    assert (found.samples, found.width) == pytest.approx((-2, -1))
    assert found.samples_half_width < 1e-10


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    n, h = (sizes.ravel().astype(float) for sizes in np.meshgrid([100, 200, 400], [8, 16, 32]))
    hits = 0
    for _ in range(200):
        found = fit_exponents(n, h, n**-0.5 * h**0.3 * np.exp(rng.normal(0, 0.3, n.size)))
        hits += abs(found.samples + 0.5) <= found.samples_half_width
    assert 0.9 < hits / 200 < 0.99


@pytest.mark.parametrize(
    "sizes", [([1, 2, 3], [1, 2, 1]), ([1, 2, 4, 8], [1, 2, 4, 8]), ([2, 2, 2, 2], [1, 2, 4, 8])]
)
def test_sweeps_that_cannot_tell_the_exponents_apart_are_refused(sizes):
    with pytest.raises(UserError, match="four sweeps"):
        fit_exponents(*sizes, np.ones(len(sizes[0])))
