"""Extremal vectors: what is listed meets the definition, and nothing is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earlyalign.geometry.exhaustive import by_random_directions, by_sign_patterns
from earlyalign.geometry.extremal import MAXIMUM, MINIMUM, PLATEAU, SADDLE, extremal_vectors
from earlyalign.geometry.landscape import conformity, correlation, scale_of


def sample(n, d, seed, noise=0.7):
    rng = np.random.default_rng([seed, n, d])
    points = rng.standard_normal((n, d))
    return points, points[:, 0] + noise * rng.standard_normal(n)


def farthest(some, others):
    return np.linalg.norm(some[:, None] - others[None], axis=2).min(axis=1, initial=np.inf).max(initial=0.0)


@given(st.sampled_from([(2, 9), (3, 7), (4, 6)]), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_list_is_the_one_of_all_sign_patterns(size, seed):
    points, labels = sample(size[1], size[0], seed)
    listed, brute = extremal_vectors(points, labels).vectors, by_sign_patterns(points, labels)
    assert farthest(listed, brute) < 1e-12
    assert farthest(brute, listed) < 1e-12


@pytest.mark.parametrize(("n", "d"), [(5000, 2), (80, 3), (9, 4)])
def test_every_listed_vector_meets_the_definition(n, d):
    points, labels = sample(n, d, 3)
    listed = extremal_vectors(points, labels)
    checks = [conformity(D, w, points, labels) for D, w in zip(listed.vectors, listed.witnesses, strict=True)]
    assert max(check.distance for check in checks) < 1e-12
    assert all(check.mismatches == 0 for check in checks)
    np.testing.assert_allclose(np.linalg.norm(listed.witnesses, axis=1), 1.0)


@pytest.mark.parametrize(("n", "d"), [(400, 2), (60, 3)])
def test_random_search_finds_no_other(n, d):
    for seed in range(4):
        points, labels = sample(n, d, seed)
        hits = by_random_directions(points, labels, 100, np.random.default_rng(seed))
        assert len(hits)
        assert farthest(hits, extremal_vectors(points, labels).vectors) < 1e-12


@pytest.mark.parametrize("d", [2, 3])
def test_kinds_say_how_g_n_behaves_nearby(d):
    rng = np.random.default_rng(0)
    seen = set()
    for seed in range(12):
        points, labels = sample(8, d, seed)
        listed = extremal_vectors(points, labels)
        for witness, kind in zip(listed.witnesses, listed.kind, strict=True):
            kinks = points[np.abs(points @ witness) < 1e-9]
            across = rng.standard_normal((400, d))
            single = np.linalg.pinv(kinks).T if len(kinks) else np.zeros((0, d))
            along = across - across @ kinks.T @ single
            near = witness + np.concatenate([1e-6 * across, 1e-5 * along, 1e-6 * single, -1e-6 * single])
            near /= np.linalg.norm(near, axis=1, keepdims=True)
            rise = correlation(near, points, labels) - correlation(witness[None], points, labels)
            up, down = (rise > 1e-15).any(), (rise < -1e-15).any()
            seen.add(str(kind))
            assert (up, down) == {
                MAXIMUM: (False, True), MINIMUM: (True, False), SADDLE: (True, True), PLATEAU: (False, False),
            }[kind]  # fmt: skip
    assert {MAXIMUM, MINIMUM} <= seen
    assert (SADDLE in seen) == (d == 3)


def test_attracting_directions_carry_the_right_sign_of_g_n():
    for seed in range(10):
        points, labels = sample(9, 2, seed)
        listed = extremal_vectors(points, labels)
        assert np.all(correlation(listed.attracting(1), points, labels) > 0)
        assert np.all(correlation(listed.attracting(-1), points, labels) < 0)


def test_samples_in_a_half_space_leave_a_plateau():
    points, labels = sample(7, 3, 1)
    points[:, 0] = np.abs(points[:, 0])
    listed = extremal_vectors(points, labels)
    dead = listed.kind == PLATEAU
    assert dead.sum() == 1
    assert np.sum(np.linalg.norm(listed.vectors, axis=1) == 0) == 1
    assert not (listed.witnesses[dead] @ points.T > 0).any()


def test_duplicated_samples_count_twice_and_change_no_direction():
    points, labels = sample(6, 2, 4)
    once = extremal_vectors(points, labels)
    twice = extremal_vectors(np.concatenate([points, points]), np.concatenate([labels, labels]))
    assert farthest(once.vectors, twice.vectors) < 1e-13
    assert len(once) == len(twice)


def test_three_walls_through_one_ray_are_judged_together():
    points = np.array([[1.0, 0, 0], [0, 1.0, 0], [1.0, 1.0, 0], [0.2, -0.3, 1.0], [-0.4, 0.1, 0.9]])
    labels = np.array([-1.0, -1.2, -0.7, 1.0, 1.5])
    listed = extremal_vectors(points, labels)
    checks = [conformity(D, w, points, labels) for D, w in zip(listed.vectors, listed.witnesses, strict=True)]
    assert max(check.distance for check in checks) < 1e-9 * scale_of(points, labels)
    assert all(check.mismatches == 0 for check in checks)
    signs = np.sign(np.round(listed.witnesses @ points.T, 9))
    assert len(np.unique(signs, axis=0)) == len(listed)


def test_a_wrong_vector_does_not_conform():
    points, labels = sample(10, 2, 0)
    listed = extremal_vectors(points, labels)
    tilted = listed.vectors[0] + 0.1 * listed.vectors[0][::-1] * [1, -1]
    assert conformity(tilted, listed.witnesses[0], points, labels).distance > 1e-3
    assert conformity(listed.vectors[0], listed.witnesses[0][::-1] * [1, -1], points, labels).mismatches > 0


def test_bad_shapes_are_refused():
    with pytest.raises(ValueError, match="need"):
        extremal_vectors(np.ones((3, 1)), np.ones(3))
    with pytest.raises(ValueError, match="need"):
        extremal_vectors(np.ones((3, 2)), np.ones(4))
