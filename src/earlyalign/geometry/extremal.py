"""All extremal vectors of G_n (Paper B, Definition 2.1), by exact enumeration.

D is extremal if some direction w has D in the set D_n(w, 0) and D = 0 or A_n(D) = A_n(w) or A_n(D) = -A_n(w).

On the open face of a flat F the set D_n(w, 0) is fixed, and a kink k moves it along x_k, which is orthogonal to F.
A_n(D) = +-A_n(w) puts D into F. So each face has one candidate, the projection of D_n(w, 0) onto F; it is extremal if
it lies in the face or opposite to it, and if some eta in [0, 1] at the kinks reaches it. The search is over faces
of every codimension: cells, walls, their intersections, down to rays.

Tolerances: a sample is on a wall within `WALL_TOLERANCE` (relative), eta may leave [0, 1] by `ETA_TOLERANCE`, and
vectors below `WALL_TOLERANCE` times the mean ||y_k x_k|| are zero. A candidate that close to a boundary is
degenerate: a small change of the data decides it, and no float64 enumeration can.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from earlyalign.geometry.arrangement import WALL_TOLERANCE, Flat, flats, open_cells, signatures
from earlyalign.geometry.circle import Circle, sweep, unit
from earlyalign.geometry.landscape import kink_coefficients, pull, scale_of

ETA_TOLERANCE = 1e-9

MAXIMUM, MINIMUM, SADDLE, PLATEAU = "maximum", "minimum", "saddle", "plateau"

_BLOCK = 4_000_000


@dataclass(frozen=True)
class ExtremalVectors:
    """The extremal vectors of a sample, one row for each face that has one; D = 0 has one row in all.

    vectors      (e, d), D itself
    witnesses    (e, d), unit w of the definition; D/||D|| or its opposite, a direction of the face if D = 0
    codimension  (e,), 0 for an open cell, else the number of independent walls through w
    kind         (e,), what w is for G_n on the sphere: maximum, minimum, saddle, or plateau (D = 0)
    """

    vectors: np.ndarray
    witnesses: np.ndarray
    codimension: np.ndarray
    kind: np.ndarray

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def height(self) -> np.ndarray:
        """(e,), G_n(w) = <w, D>."""
        return np.einsum("ed,ed->e", self.vectors, self.witnesses)

    def attracting(self, sign: float) -> np.ndarray:
        """Directions (e', d) that hold neurons whose output weight has this sign, under domination |a_i| >= ||w_i||.

        Positive neurons climb G_n, so they need a maximum, and their norm follows ||w_i||' = a_i G_n(w), so it must lie
        above zero; below zero the norm shrinks, w_i passes through the origin and leaves on the other side. Negative
        neurons need a minimum below zero.
        """
        kind, up = (MAXIMUM, self.height > 0) if sign > 0 else (MINIMUM, self.height < 0)
        return self.witnesses[(self.kind == kind) & up]


def extremal_vectors(points: np.ndarray, labels: np.ndarray) -> ExtremalVectors:
    """All extremal vectors of the points (n, d) with labels (n,), d >= 2.

    Cost: O(n log n) for d = 2, O(n^3) for d = 3, O(n^d) beyond. Raises ValueError for d < 2 or mismatched lengths.
    """
    points, labels = np.asarray(points, float), np.asarray(labels, float)
    if points.ndim != 2 or points.shape[1] < 2 or labels.shape != points.shape[:1]:
        raise ValueError(f"points {points.shape} and labels {labels.shape}: need (n, d >= 2) and (n,)")
    d = points.shape[1]
    if d == 2:
        candidates = [_cells_of_circle(points, labels), _walls_of_circle(points, labels)]
    else:
        between = [
            _in_flat(flat, points, labels) for c in range(1, d - 1) for flat in flats(points, c)
        ]  # fmt: skip
        candidates = [_in_open_cells(points, labels), *between, _on_rays(points, labels)]
    vectors, witnesses = (np.concatenate([pair[i] for pair in candidates]) for i in (0, 1))
    return _described(vectors, witnesses, points, labels)


def _cells_of_circle(points: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    circle = sweep(points, labels[:, None] * points / len(points))
    return _extremal_cells(circle, scale_of(points, labels))


def _extremal_cells(circle: Circle, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Vectors and witnesses of the cells whose vector points into the cell, or opposite to it, or is zero."""
    vectors, here = circle.cell_sums, np.arange(len(circle.cells))
    heading = np.arctan2(vectors[:, 1], vectors[:, 0])
    zero = np.linalg.norm(vectors, axis=1) <= WALL_TOLERANCE * scale
    along = (circle.cell_of(heading) == here) & ~zero
    against = (circle.cell_of(heading + np.pi) == here) & ~zero
    witnesses = np.where(zero[:, None], unit(circle.cells), unit(heading) * np.where(along, 1, -1)[:, None])
    kept = zero | along | against
    return vectors[kept], witnesses[kept]


def _walls_of_circle(points: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Walls w of the circle that the segment (or sum of segments) of their kinks can bring onto w itself."""
    circle = sweep(points, labels[:, None] * points / len(points))
    witnesses = unit(circle.walls)
    tangents = unit(circle.walls + np.pi / 2)
    owned = circle.line >= 0
    reach = labels * np.linalg.norm(points, axis=1) / len(points)
    side = np.where(np.einsum("kd,kd->k", points[owned], tangents[circle.line[owned]]) > 0, 1.0, -1.0)
    up, down = (
        np.bincount(circle.line[owned], np.maximum(sign * side * reach[owned], 0), circle.lines)
        for sign in (1, -1)
    )
    up, down = np.concatenate([up, down]), np.concatenate([down, up])
    needed = -np.einsum("wd,wd->w", circle.wall_sums, tangents)
    slack = ETA_TOLERANCE * (up + down)
    kept = (needed <= up + slack) & (needed >= -down - slack)
    height = np.einsum("wd,wd->w", circle.wall_sums, witnesses)
    return (height[:, None] * witnesses)[kept], witnesses[kept]


def _in_open_cells(points: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors and witnesses of open cells in dimension three and more."""
    directions, scale = open_cells(points), scale_of(points, labels)
    parts = []
    rows = max(1, _BLOCK // len(points))
    for start in range(0, len(directions), rows):
        inside = directions[start : start + rows]
        vectors = pull(inside, points, labels)
        its, mine = signatures(inside, points, 0.0), signatures(vectors, points)
        zero = np.linalg.norm(vectors, axis=1) <= WALL_TOLERANCE * scale
        along, against = np.all(its == mine, axis=1) & ~zero, np.all(its == -mine, axis=1) & ~zero
        kept = zero | along | against
        length = np.where(zero, 1.0, np.linalg.norm(vectors, axis=1))[:, None]
        at = np.where(zero[:, None], inside, np.where(along, 1, -1)[:, None] * vectors / length)
        parts.append((vectors[kept], at[kept]))
    return np.concatenate([v for v, _ in parts]), np.concatenate([w for _, w in parts])


def _in_flat(flat: Flat, points: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors and witnesses on the open faces of one flat: its own cells' candidates, then the test of eta."""
    scale = scale_of(points, labels)
    if flat.points.shape[1] == 2:
        payload = labels[:, None] * flat.points / len(points)
        vectors, witnesses = _extremal_cells(sweep(flat.points, payload), scale)
    else:
        vectors, witnesses = _in_open_cells(flat.points, labels)
    lifted = vectors @ flat.basis.T, witnesses @ flat.basis.T
    distances = [kink_coefficients(v, w, points, labels)[1] for v, w in zip(*lifted, strict=True)]
    kept = np.array(distances, dtype=float) <= ETA_TOLERANCE * scale
    return lifted[0][kept], lifted[1][kept]


def _on_rays(points: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors and witnesses on rays, where d - 1 walls meet: D = G_n(w) w wherever some eta allows it."""
    n, d = points.shape
    subsets = np.array(list(combinations(range(n), d - 1)), dtype=int).reshape(-1, d - 1)
    rows = max(1, _BLOCK // (n * d))
    parts = [_rays_of(subsets[i : i + rows], points, labels) for i in range(0, len(subsets), rows)]
    empty = np.zeros((0, d))
    return (
        np.concatenate([empty, *(v for v, _ in parts)]),
        np.concatenate([empty, *(w for _, w in parts)]),
    )  # fmt: skip


def _rays_of(subsets: np.ndarray, points: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    normals = points[subsets]
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    _, sizes, right = np.linalg.svd(normals, full_matrices=True)
    independent = sizes[:, -1] > WALL_TOLERANCE
    subsets, lines = subsets[independent], right[independent, -1]
    subsets, rays = np.concatenate([subsets, subsets]), np.concatenate([lines, -lines])
    signs = signatures(rays, points)
    simple = np.sum(signs == 0, axis=1) == subsets.shape[1]
    strict = (signs > 0) * labels @ points / len(points)
    height = np.einsum("rd,rd->r", strict, rays)
    vectors = height[:, None] * rays
    kept = np.zeros(len(rays), dtype=bool)
    kept[simple] = _reachable(subsets[simple], (vectors - strict)[simple], points, labels)
    scale = scale_of(points, labels)
    for i in np.flatnonzero(~simple):
        kept[i] = kink_coefficients(vectors[i], rays[i], points, labels)[1] <= ETA_TOLERANCE * scale
    return vectors[kept], rays[kept]


def _reachable(
    subsets: np.ndarray, missing: np.ndarray, points: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Whether sum_k eta_k y_k x_k / n = missing (r, d) has its one solution within [0, 1], k over each subset."""
    walls = points[subsets]
    gram, right = walls @ walls.transpose(0, 2, 1), np.einsum("rkd,rd->rk", walls, missing)
    share = np.linalg.solve(gram, right[..., None])[..., 0]
    full = labels[subsets] / len(points)
    slack = ETA_TOLERANCE * np.abs(full)
    return np.all((share >= np.minimum(full, 0) - slack) & (share <= np.maximum(full, 0) + slack), axis=1)


def _described(
    vectors: np.ndarray, witnesses: np.ndarray, points: np.ndarray, labels: np.ndarray
) -> ExtremalVectors:
    """One row per face, with codimension and kind. D = 0 is witnessed by a whole closed cell; its inside is kept."""
    scale, d = scale_of(points, labels), points.shape[1]
    signs = signatures(witnesses, points)
    _, first = np.unique(signs, axis=0, return_index=True)
    ranks = np.zeros(len(signs), dtype=int)
    for row in np.flatnonzero(np.any(signs == 0, axis=1)):
        ranks[row] = np.linalg.matrix_rank(points[signs[row] == 0], tol=WALL_TOLERANCE)
    zero = np.linalg.norm(vectors, axis=1) <= WALL_TOLERANCE * scale
    idle = [row for row in np.argsort(ranks, kind="stable") if zero[row]][:1]
    kept = sorted([*(row for row in first if not zero[row]), *idle])
    kinds = [
        PLATEAU
        if zero[row]
        else _kind(vectors[row] @ witnesses[row], labels[signs[row] == 0], d - ranks[row])
        for row in kept
    ]
    return ExtremalVectors(vectors[kept], witnesses[kept], ranks[kept], np.array(kinds, dtype="U8"))


def _kind(height: float, kink_labels: np.ndarray, dimension: int) -> str:
    """Along the flat G_n is linear, so D decides; across a wall its kink is convex for y > 0 and concave for y < 0."""
    signs = np.sign(kink_labels)
    if dimension >= 2:
        signs = np.append(signs, -np.sign(height))
    return MAXIMUM if np.all(signs < 0) else MINIMUM if np.all(signs > 0) else SADDLE
