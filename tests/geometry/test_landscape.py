"""G_n, its subgradients and the set at kinks."""

from __future__ import annotations

import numpy as np

from earlyalign.dynamics.squared_loss import subgradient
from earlyalign.geometry.arrangement import cover_count, faces
from earlyalign.geometry.landscape import cell_pulls, correlation, kink_coefficients, pull


def sample(n, d, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal(n), rng.standard_normal((30, d))


def test_g_n_is_w_times_its_subgradient_and_d_n_is_the_one_of_the_dynamics():
    points, labels, w = sample(40, 4)
    np.testing.assert_allclose(
        np.sum(w * pull(w, points, labels), axis=1), correlation(w, points, labels), atol=1e-13
    )
    np.testing.assert_allclose(pull(w, points, labels), subgradient(w, labels, points), atol=1e-15)


def test_the_pull_is_the_gradient_off_the_walls():
    points, labels, w = sample(20, 3)
    step = 1e-7
    for axis in range(3):
        moved = w + step * np.eye(3)[axis]
        slope = (correlation(moved, points, labels) - correlation(w, points, labels)) / step
        np.testing.assert_allclose(slope, pull(w, points, labels)[:, axis], atol=1e-6)


def test_cell_pulls_cover_every_cell():
    for d in (2, 3):
        points, labels, w = sample(15, d)
        directions, vectors = cell_pulls(points, labels)
        assert len(directions) == cover_count(15, d)
        np.testing.assert_allclose(vectors, pull(directions, points, labels), atol=1e-13)
        gaps = np.linalg.norm(pull(w, points, labels)[:, None] - vectors[None], axis=2).min(axis=1)
        assert gaps.max() < 1e-13


def test_mixtures_at_a_kink_are_members_and_overshoots_are_not():
    points, labels, _ = sample(7, 3)
    edges = faces(points, 1)
    for w, kinks in zip(edges.directions[:10], edges.kinks[:10], strict=True):
        k = np.flatnonzero(kinks)[0]
        part = labels[k] * points[k] / len(points)
        base = labels[points @ w > 1e-9] @ points[points @ w > 1e-9] / len(points)
        eta, distance = kink_coefficients(base + 0.3 * part, w, points, labels)
        np.testing.assert_allclose(eta, [0.3], atol=1e-9)
        assert distance < 1e-12
        _, beyond = kink_coefficients(base + 1.5 * part, w, points, labels)
        np.testing.assert_allclose(beyond, 0.5 * np.linalg.norm(part), rtol=1e-9)
