"""Caps: the closed form of the infimum against searches, and what the two terms do."""

from __future__ import annotations

import numpy as np
import pytest

from earlyalign.geometry.caps import decompose, error, nearest_angle, search


def unit(rng: np.random.Generator, d: int) -> np.ndarray:
    v = rng.standard_normal(d)
    return v / np.linalg.norm(v)


def test_the_error_is_the_share_of_misclassified_inputs():
    rng = np.random.default_rng(0)
    s, v = unit(rng, 4), unit(rng, 4)
    v *= np.sign(v @ s)
    count, kappa, sigma = 400_000, 1.5, 0.8
    labels = rng.choice([-1.0, 1.0], count)
    inputs = kappa * labels[:, None] * s + sigma * rng.standard_normal((count, 4))
    share = np.mean(labels * (inputs @ v) <= 0)
    assert abs(share - error(v @ s, kappa / sigma)) < 4 * np.sqrt(share / count)


@pytest.mark.parametrize("d", [3, 5, 20])
@pytest.mark.parametrize("level", [-0.3, 0.5, 0.9, 0.999])
def test_the_closed_form_is_the_minimum_over_the_cap(d, level):
    rng = np.random.default_rng(d)
    s, centre = unit(rng, d), unit(rng, d)
    phi = np.arccos(centre @ s)
    closed = error(np.cos(nearest_angle(phi, level)), 2.0)
    nearest = search(centre, level, s, 2.0, centre + 0.1 * rng.standard_normal((3, d)))
    assert nearest == pytest.approx(closed, abs=1e-8)


def test_no_point_of_the_cap_lies_nearer():
    rng = np.random.default_rng(1)
    s, centre = unit(rng, 3), unit(rng, 3)
    points = rng.standard_normal((200_000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    cap = points[points @ centre >= 0.8]
    angle = nearest_angle(np.arccos(centre @ s), 0.8)
    least = np.arccos(np.clip(cap @ s, -1, 1)).min()
    assert angle <= least + 1e-12
    assert least - angle < 0.02


def test_a_cap_that_holds_the_truth_costs_no_alignment():
    parts = decompose(0.7, 0.5, np.cos(0.6), 2.0)
    assert parts.over_alignment == pytest.approx(0, abs=1e-15)
    assert parts.over_fitting == pytest.approx(error(0.7, 2.0) - parts.bayes)


def test_a_cap_that_has_closed_leaves_the_sample_direction():
    parts = decompose(np.cos(0.5), 0.5, 1.0, 2.0)
    assert parts.over_fitting == pytest.approx(0, abs=1e-15)
    assert parts.over_alignment == pytest.approx(error(np.cos(0.5), 2.0) - parts.bayes)


def test_over_alignment_grows_as_the_cap_closes():
    levels = np.linspace(-1, 1, 200)
    assert np.all(np.diff(decompose(0.3, 0.9, levels, 2.0).over_alignment) >= 0)


def test_a_level_that_is_no_cosine_is_refused():
    with pytest.raises(ValueError, match="cosine"):
        nearest_angle(0.5, 1.1)


def test_a_search_that_cannot_succeed_says_so():
    with pytest.raises(ArithmeticError, match="no search"):
        search(np.eye(3)[0], 1.5, np.eye(3)[1], 2.0, np.eye(3)[2])
