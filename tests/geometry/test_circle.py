"""The sweep of the circle against direct evaluation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earlyalign.geometry.circle import sweep, unit


def sample(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, 2)), rng.standard_normal((n, 3))


@given(st.integers(1, 40), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_sums_over_active_points_are_those_of_direct_evaluation(n, seed):
    points, payload = sample(n, seed)
    circle = sweep(points, payload)
    in_cells = (unit(circle.cells) @ points.T > 0) @ payload
    products = unit(circle.walls) @ points.T
    on_walls = (products > 1e-12) @ payload
    np.testing.assert_allclose(circle.cell_sums, in_cells, atol=1e-12 * n)
    np.testing.assert_allclose(circle.wall_sums, on_walls, atol=1e-12 * n)


def test_every_wall_is_orthogonal_to_the_points_that_own_it():
    points, payload = sample(30)
    circle = sweep(points, payload)
    for shift in (0, circle.lines):
        owned = unit(circle.walls[circle.line + shift])
        assert (
            np.abs(np.einsum("nd,nd->n", owned, points)).max()
            < 1e-14 * np.linalg.norm(points, axis=1).max() * 10
        )


def test_points_on_one_line_share_their_walls():
    points = np.array([[1.0, 2.0], [-1.0, -2.0], [3.0, 6.0], [0.0, 1.0]])
    circle = sweep(points, np.eye(4))
    assert circle.lines == 2
    assert len({*circle.line[:3]}) == 1
    np.testing.assert_array_equal(circle.cell_sums, unit(circle.cells) @ points.T > 0)


@pytest.mark.parametrize("tilt", [0.0, 1e-15, -1e-15])
def test_a_wall_at_angle_zero_is_not_counted_twice(tilt):
    points = np.array([[tilt, 1.0], [-tilt, -1.0], [1.0, 0.3]])
    circle = sweep(points, np.eye(3))
    assert circle.lines == 2
    np.testing.assert_array_equal(circle.cell_sums, unit(circle.cells) @ points.T > 0)


def test_cell_of_tells_the_cell_and_refuses_walls():
    circle = sweep(*sample(12))
    np.testing.assert_array_equal(circle.cell_of(circle.cells), np.arange(24))
    np.testing.assert_array_equal(circle.cell_of(circle.walls - 2 * np.pi), np.full(24, -1))


def test_zero_points_have_no_wall_and_are_never_active():
    circle = sweep(np.array([[0.0, 0.0], [1.0, 1.0]]), np.eye(2))
    assert circle.line.tolist() == [-1, 0]
    assert circle.cell_sums[:, 0].tolist() == [0.0, 0.0]
    assert sweep(np.zeros((3, 2)), np.eye(3)).cell_sums.tolist() == [[0.0, 0.0, 0.0]]
