"""Lambert's projection: invertible and equal-area."""

from __future__ import annotations

import numpy as np
import pytest

from earlyalign.geometry.lambert import lift, project


def directions(n, seed=0):
    w = np.random.default_rng(seed).standard_normal((n, 3))
    return w / np.linalg.norm(w, axis=1, keepdims=True)


def test_lifting_undoes_projecting():
    w = directions(500)
    plane, side = project(w)
    for sign in (1.0, -1.0):
        np.testing.assert_allclose(lift(plane[side == sign], sign), w[side == sign], atol=1e-12)


def test_areas_are_kept():
    plane, side = project(directions(200_000))
    radii = np.linalg.norm(plane, axis=1)
    assert radii.max() <= 1 + 1e-12
    for r in (0.3, 0.6, 0.9):
        share = np.mean(radii[side > 0] < r)
        assert abs(share - r**2) < 4 * np.sqrt(r**2 * (1 - r**2) / (side > 0).sum())


def test_points_off_the_disc_are_refused():
    with pytest.raises(ValueError, match="radius 1"):
        lift(np.array([[1.0, 1.0]]), 1.0)
