"""Closed forms of Section 3, held against sampling and against brute force."""

import numpy as np
import pytest

from earlyalign.data.regression_laws import sample
from earlyalign.geometry.exhaustive import by_sign_patterns
from earlyalign.geometry.landscape import pull
from earlyalign.theory.concentration import (
    equicorrelated,
    expectation_bound,
    one_neuron_vector,
    orthogonal_count,
    population_vector,
    second_moment,
)


@pytest.fixture
def directions():
    rows = np.random.default_rng(0).standard_normal((5, 3))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("law", "closed"),
    [("gaussian", lambda w: population_vector(3)[None]), ("one-neuron", one_neuron_vector)],
)
def test_population_vectors_are_the_limit_of_sample_vectors(law, closed, directions):
    data = sample(law, 400_000, 3, 0.2, np.random.default_rng(1))
    gap = pull(directions, data.inputs, data.labels) - closed(directions)
    assert np.abs(gap).max() < 6 * np.sqrt(second_moment(3, 0.2) / data.n)


def test_only_the_teacher_and_its_opposite_satisfy_equation_6_for_one_neuron():
    angle = np.linspace(0.01, np.pi - 0.01, 200)
    w = np.column_stack([np.cos(angle), np.sin(angle)])
    vectors = one_neuron_vector(w)
    across = np.abs(vectors[:, 0] * w[:, 1] - vectors[:, 1] * w[:, 0])
    assert across.min() > 0
    assert one_neuron_vector(np.array([[1.0, 0.0], [-1.0, 0.0]])) == pytest.approx(
        np.array([[0.5, 0], [0, 0]])
    )


@pytest.mark.parametrize(("d", "variance"), [(2, 0.0), (3, 0.2), (6, 1.0)])
def test_the_second_moment_is_that_of_the_law(d, variance):
    data = sample("gaussian", 200_000, d, variance, np.random.default_rng(2))
    squares = data.labels**2 * np.sum(data.inputs**2, axis=1)
    error = squares.std() / np.sqrt(data.n)
    assert abs(squares.mean() - second_moment(d, variance)) < 5 * error


def test_the_bound_falls_with_n_and_grows_with_d():
    n = np.array([10, 100, 1000])
    assert np.all(np.diff(expectation_bound(n, 3, 5.0)) < 0)
    assert expectation_bound(100, 8, 5.0) == pytest.approx(2 * expectation_bound(100, 2, 5.0))


@pytest.mark.parametrize("signs", ["+", "-", "+-", "++-", "+++", "--+-", "++--+"])
def test_the_orthogonal_count_is_that_of_brute_force_whatever_the_lengths(signs):
    rng = np.random.default_rng(len(signs))
    n = len(signs)
    labels = np.array([1.0 if sign == "+" else -1.0 for sign in signs]) * rng.uniform(0.3, 2, n)
    rotation = np.linalg.qr(rng.standard_normal((n, n)))[0]
    vectors = by_sign_patterns(rng.uniform(0.5, 2, (n, 1)) * rotation, labels)
    assert len(np.unique(np.round(vectors, 9), axis=0)) == orthogonal_count(labels)


def test_a_zero_label_has_no_count():
    with pytest.raises(ValueError, match="zero label"):
        orthogonal_count(np.array([1.0, 0.0]))


@pytest.mark.parametrize("correlation", [0.0, 1e-6, 0.4])
def test_equicorrelated_inputs_have_the_inner_products_asked_for(correlation):
    x = equicorrelated(6, correlation)
    assert x @ x.T == pytest.approx(np.where(np.eye(6, dtype=bool), 1.0, correlation), abs=1e-14)


def test_a_correlation_of_one_is_refused():
    with pytest.raises(ValueError, match="must lie in"):
        equicorrelated(3, 1.0)
