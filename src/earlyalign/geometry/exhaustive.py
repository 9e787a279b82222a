"""Extremal vectors by brute force, with no enumeration of cells: the answer that the exact search is held against."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
from scipy.optimize import linprog

from earlyalign.geometry.arrangement import signatures
from earlyalign.geometry.extremal import ETA_TOLERANCE
from earlyalign.geometry.landscape import kink_coefficients, pull, scale_of


def by_sign_patterns(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """All extremal vectors (e, d) of data in general position, by trying every pattern in {-1, 0, 1}^n.

    A pattern s fixes the one candidate, the projection of the active sum onto the flat of its zeros. If the candidate
    has pattern s or -s, the direction of D is itself the witness, so whether a pattern is realised need not be known.
    D = 0 needs a direction with no active sample: one linear program. Cost O(n^(d-1) 2^n): n up to about 14.
    """
    n, d = points.shape
    vectors = [np.zeros((0, d))] if _dead_direction(points) is None else [np.zeros((1, d))]
    for codimension in range(d):
        for zeros in combinations(range(n), codimension):
            vectors.append(_with_zeros(list(zeros), points, labels))
    return np.concatenate(vectors)


def _with_zeros(zeros: list[int], points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Extremal vectors of patterns whose zeros are exactly these."""
    n = len(points)
    rest = [k for k in range(n) if k not in zeros]
    patterns = np.zeros((2 ** len(rest), n))
    patterns[:, rest] = np.array(list(product((-1.0, 1.0), repeat=len(rest))))
    vectors = (patterns > 0) * labels @ points / n
    if zeros:
        span = np.linalg.qr(points[zeros].T)[0]
        vectors = vectors - (vectors @ span) @ span.T
    mine = signatures(vectors, points)
    along, against = np.all(mine == patterns, axis=1), np.all(mine == -patterns, axis=1)
    hits = np.flatnonzero((along | against) & (np.linalg.norm(vectors, axis=1) > 0))
    tolerance = ETA_TOLERANCE * scale_of(points, labels)
    kept = [
        vectors[i]
        for i in hits
        if kink_coefficients(vectors[i], vectors[i] if along[i] else -vectors[i], points, labels)[1]
        <= tolerance
    ]
    return np.array(kept).reshape(-1, points.shape[1])


def _dead_direction(points: np.ndarray) -> np.ndarray | None:
    """A direction with <w, x_k> < 0 for all k, or None."""
    d = points.shape[1]
    solved = linprog(np.zeros(d), A_ub=points, b_ub=-np.ones(len(points)), bounds=[(None, None)] * d)
    return solved.x if solved.success else None


def by_random_directions(
    points: np.ndarray, labels: np.ndarray, starts: int, rng: np.random.Generator, rounds: int = 30
) -> np.ndarray:
    """Extremal vectors of open cells (e, d) that random directions run into.

    Each start is taken as it is, and then iterated w -> D_n(w)/||D_n(w)|| and w -> -D_n(w)/||D_n(w)||, whose fixed
    points are the extremal directions. Finds nothing false, and need not find all.
    """
    d = points.shape[1]
    w = rng.standard_normal((starts, d))
    parts = []
    for sign in (1.0, -1.0):
        w_now = w
        for _ in range(rounds):
            vectors = pull(w_now, points, labels)
            length = np.linalg.norm(vectors, axis=1)
            alive = length > 0
            w_now, vectors = w_now[alive], vectors[alive]
            mine, its = signatures(vectors, points), signatures(w_now, points, 0.0)
            hit = np.all(mine == its, axis=1) | np.all(mine == -its, axis=1)
            parts.append(vectors[hit])
            w_now = sign * vectors[~hit]
            if not len(w_now):
                break
    hits = np.concatenate(parts)
    return hits[np.unique(np.round(hits / scale_of(points, labels), 9), axis=0, return_index=True)[1]]
