"""Cells and faces: counted by Cover, found by sampling, and robust where points are not in general position."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from earlyalign.geometry.arrangement import cover_count, faces, flats, open_cells, signatures


def points_of(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize("d", [2, 3, 4])
@pytest.mark.parametrize("n", [1, 2, 3, 6, 9])
def test_in_general_position_there_are_as_many_cells_as_cover_counts(n, d):
    points = points_of(n, d)
    cells = open_cells(points)
    signs = signatures(cells, points)
    assert len(np.unique(signs, axis=0)) == len(cells) == cover_count(n, d)
    assert np.all(signs != 0)


def test_a_random_direction_is_always_in_a_listed_cell():
    points = points_of(40, 3)
    listed = {tuple(row) for row in signatures(open_cells(points), points)}
    drawn = {tuple(row) for row in signatures(points_of(20_000, 3, seed=1), points)}
    assert drawn <= listed


@pytest.mark.parametrize("d", [2, 3])
def test_collinear_points_cut_fewer_cells(d):
    points = points_of(5, d)
    doubled = np.concatenate([points, -2.0 * points[:2]])
    assert len(open_cells(doubled)) == len(open_cells(points)) < cover_count(7, d)


def test_three_walls_through_one_ray():
    points = np.array([[1.0, 0, 0], [0, 1.0, 0], [1.0, 1.0, 0], [0.2, -0.3, 1.0]])
    assert len(open_cells(points)) == 12
    assert len(faces(points, 2).directions) == 8


def test_euler_s_relation_on_the_sphere():
    points = points_of(12, 3)
    vertices, edges, cells = (len(faces(points, codimension).directions) for codimension in (2, 1, 0))
    assert vertices == 2 * comb(12, 2)
    assert vertices - edges + cells == 2


def test_faces_lie_on_exactly_their_walls():
    points = points_of(8, 3)
    for codimension in (1, 2):
        walls = faces(points, codimension)
        np.testing.assert_array_equal(signatures(walls.directions, points) == 0, walls.kinks)
        assert np.all(walls.kinks.sum(axis=1) == codimension)


def test_flats_are_orthogonal_to_their_kinks():
    points = points_of(5, 4)
    listed = list(flats(points, 2))
    assert len(listed) == comb(5, 2)
    for flat in listed:
        assert np.abs(points[flat.kinks] @ flat.basis).max() < 1e-13
        np.testing.assert_allclose(flat.basis.T @ flat.basis, np.eye(2), atol=1e-13)


def test_nothing_to_cut_with_is_refused():
    with pytest.raises(ValueError, match="nonzero"):
        open_cells(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="at least 1"):
        cover_count(0, 3)
