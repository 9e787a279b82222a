"""The arrangement of hyperplanes {w : <w, x_k> = 0} in any dimension: its open cells and its lower faces.

Everything rests on one remark: inside the hyperplane of x_k, the others cut an arrangement one dimension lower,
whose cells are the facets. Two cells meet at each facet, one step along +x_k and one along -x_k. So cells in dimension
d come from n lists of cells in dimension d - 1, down to the circle, which is swept. The number of cells grows like
n^(d-1): several hundred points in three dimensions, a few dozen in four.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from earlyalign.geometry.circle import sweep, unit

WALL_TOLERANCE = 1e-10
"""|<w, x>| <= WALL_TOLERANCE ||w|| ||x|| counts as w on the wall of x."""

_BLOCK = 2_000_000


@dataclass(frozen=True)
class Flat:
    """A linear subspace {w : <w, x_k> = 0 for k in kinks} on which faces live.

    basis   (d, r) orthonormal columns
    kinks   (n,) bool: the points orthogonal to it
    points  (n, r) the points' coordinates within it, exactly zero for the kinks
    """

    basis: np.ndarray
    kinks: np.ndarray
    points: np.ndarray


@dataclass(frozen=True)
class Faces:
    """Faces of one codimension. directions (F, d), unit, strictly inside their faces; kinks (F, n) bool."""

    directions: np.ndarray
    kinks: np.ndarray


def cover_count(n: int, d: int) -> int:
    """Number of cells of n hyperplanes through the origin of R^d in general position (Paper B, equation (12))."""
    if n < 1 or d < 1:
        raise ValueError(f"n = {n} and d = {d} must be at least 1")
    return 2 * sum(comb(n - 1, k) for k in range(d))


def signatures(directions: np.ndarray, points: np.ndarray, tolerance: float = WALL_TOLERANCE) -> np.ndarray:
    """A_n(w) for every row w: signs of <w, x_k> as int8 (F, n), zero on walls within the tolerance."""
    scale = np.linalg.norm(directions, axis=1)[:, None] * np.linalg.norm(points, axis=1)
    products = directions @ points.T
    return np.where(np.abs(products) <= tolerance * scale, 0, np.sign(products)).astype(np.int8)


def flats(points: np.ndarray, codimension: int) -> Iterator[Flat]:
    """The flats cut by `codimension` independent walls; one per independent subset of points, repeats not removed."""
    n, d = points.shape
    lengths = np.linalg.norm(points, axis=1)
    for subset in combinations(range(n), codimension):
        left, sizes, _ = np.linalg.svd(points[list(subset)].T / lengths[list(subset)], full_matrices=True)
        if codimension and sizes[-1] <= WALL_TOLERANCE:
            continue
        basis = left[:, codimension:] if codimension else np.eye(d)
        within = points @ basis
        kinks = np.linalg.norm(within, axis=1) <= WALL_TOLERANCE * lengths
        yield Flat(basis, kinks, np.where(kinks[:, None], 0.0, within))


def open_cells(points: np.ndarray) -> np.ndarray:
    """One unit direction strictly inside every open cell of the points (n, d): shape (cells, d).

    Points that share a wall count once. Raises ValueError if all points are zero or none is given.
    """
    if not np.any(points):
        raise ValueError("an arrangement needs at least one nonzero point")
    return _cells(np.asarray(points, float))


def faces(points: np.ndarray, codimension: int) -> Faces:
    """Every face of this codimension, from 0 (open cells) to d - 1 (rays), each once."""
    parts = [
        (_cells(flat.points) @ flat.basis.T if np.any(flat.points) else flat.basis.T, flat)
        for flat in flats(points, codimension)
    ]
    if not parts:
        return Faces(np.zeros((0, points.shape[1])), np.zeros((0, len(points)), bool))
    directions = np.concatenate([inside for inside, _ in parts])
    kinks = np.concatenate([np.repeat(flat.kinks[None], len(inside), axis=0) for inside, flat in parts])
    signs = np.where(kinks, 0, np.sign(directions @ points.T)).astype(np.int8)
    _, first = np.unique(signs, axis=0, return_index=True)
    return Faces(directions[first], kinks[first])


def _cells(points: np.ndarray) -> np.ndarray:
    """`open_cells`, where zero points are allowed and stand for walls that are already used up."""
    d = points.shape[1]
    if d == 1:
        return np.array([[1.0], [-1.0]]) if np.any(points) else np.ones((1, 1))
    if d == 2:
        return unit(sweep(points, np.zeros((len(points), 1))).cells)
    if not np.any(points):
        return np.eye(d)[:1]
    walls = list(flats(points, 1)) if np.all(np.any(points, axis=1)) else _walls_of_nonzero(points)
    beside = [_beside(points, flat) for flat in walls]
    return _one_per_cell(np.concatenate(beside), points)


def _walls_of_nonzero(points: np.ndarray) -> list[Flat]:
    rows = np.any(points, axis=1)
    lifted = []
    for flat in flats(points[rows], 1):
        within = np.zeros((len(points), points.shape[1] - 1))
        within[rows] = flat.points
        lifted.append(Flat(flat.basis, ~np.any(within, axis=1), within))
    return lifted


def _beside(points: np.ndarray, wall: Flat) -> np.ndarray:
    """Directions of the cells on both sides of every facet in this wall: half-way to the next wall along its normal."""
    facets = _cells(wall.points) @ wall.basis.T
    normal = _normal(wall.basis)
    height = points @ normal
    heading = np.where(np.abs(height) > 0, height, np.inf)
    step = -(facets @ points.T) / heading
    step[:, wall.kinks] = 0.0
    up = np.min(np.where(step > 0, step, 2.0), axis=1, keepdims=True) / 2
    down = np.max(np.where(step < 0, step, -2.0), axis=1, keepdims=True) / 2
    beside = np.concatenate([facets + up * normal, facets + down * normal])
    return beside / np.linalg.norm(beside, axis=1, keepdims=True)


def _normal(basis: np.ndarray) -> np.ndarray:
    """The unit vector orthogonal to the d - 1 columns of `basis`."""
    return np.linalg.svd(basis, full_matrices=True)[0][:, -1]


def _one_per_cell(inside: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Directions that lie in one cell replaced by their mean, which lies in it too."""
    rows = max(1, _BLOCK // len(points))
    packed = [np.packbits(inside[i : i + rows] @ points.T > 0, axis=1) for i in range(0, len(inside), rows)]
    _, cell = np.unique(np.concatenate(packed), axis=0, return_inverse=True)
    cell = cell.ravel()
    total = np.column_stack([np.bincount(cell, column) for column in inside.T])
    return total / np.linalg.norm(total, axis=1, keepdims=True)
