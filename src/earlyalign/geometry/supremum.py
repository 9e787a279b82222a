"""How far the vectors D_n(w, 0) stray from one fixed vector: the supremum over all directions w, exact or from below.

D_n(w, 0) is constant on open cells, and ||D - target|| is convex, so its supremum over all sets D_n(w, 0) is a maximum
over open cells (Paper B, Lemma C.1). With n >= d points in general position every cell has an edge: an arc of a circle
cut out by d - 2 walls. So the cells are met by going once round each of these binomial(n, d - 2) circles, on every
side of its walls. Cost O(2^d n^(d-1) log n): n to 10^5 for d = 2, thousands for d = 3, a hundred for d = 4.

Where that is too dear, `ascend` goes uphill from circle to circle. What it finds is the value at some cell, hence a
lower bound, and is called so wherever it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, islice, product
from math import comb

import numpy as np

_BLOCK = 1_000_000


@dataclass(frozen=True)
class _Walk:
    """Half-way round B circles of n points each; the other half follows from antipodes.

    angles  (B, n) where each point enters or leaves, in [0, pi), increasing
    sums    (B, n, p) payload of the points active after each of these
    """

    angles: np.ndarray
    sums: np.ndarray

    def midpoint(self, circle: np.ndarray, step: np.ndarray) -> np.ndarray:
        """Angle in the middle of the cell that follows `step` on each `circle`."""
        last = step == self.angles.shape[1] - 1
        behind = self.angles[circle, np.where(last, 0, step + 1)] + np.pi * last
        return (self.angles[circle, step] + behind) / 2


def _walk(within: np.ndarray, payload: np.ndarray) -> _Walk:
    """Go round circles on which the points are `within` (B, n, 2), summing payload (B, n, p) over active points."""
    start = np.mod(np.arctan2(within[..., 1], within[..., 0]) - np.pi / 2, 2 * np.pi)
    enters = start < np.pi
    angle = np.where(enters, start, start - np.pi)
    order = np.argsort(angle, axis=1)
    jumps = np.where(enters[..., None], payload, -payload)
    sums = np.cumsum(np.take_along_axis(jumps, order[..., None], axis=1), axis=1)
    sums += np.einsum("bn,bnp->bp", ~enters, payload)[:, None]
    return _Walk(np.take_along_axis(angle, order, axis=1), sums)


def _farthest(sums: np.ndarray, total: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Larger of ||D - target|| and ||total - D - target||, squared, for D = sums (..., p): a cell and its antipode."""
    here = sums - target
    mirror = total - 2 * target
    square = np.einsum("...p,...p->...", here, here)
    return np.maximum(
        square, square - 2 * np.einsum("...p,...p->...", here, mirror) + np.sum(mirror**2, axis=-1)
    )


def supremum(points: np.ndarray, labels: np.ndarray, target: np.ndarray) -> float:
    """sup over w and over D in D_n(w, 0) of ||D - target||_2, for points (n, d), labels (n,), target (d,); exact.

    For points in general position. (Points that share a wall make it the supremum over the sets of D_n(w, 0) with
    independent eta at some walls; see Lemma C.1.) Raises ValueError unless n >= d >= 2.
    """
    n, d = points.shape
    if not n >= d >= 2:
        raise ValueError(f"need n = {n} >= d = {d} >= 2")
    subsets = combinations(range(n), d - 2)
    rows = max(1, _BLOCK // (n * d))
    best = 0.0
    for _ in range(-(-comb(n, d - 2) // rows)):
        walls = list(islice(subsets, rows))
        best = max(
            best, _over_circles(np.array(walls, int).reshape(len(walls), d - 2), points, labels, target)
        )
    return best


def _over_circles(walls: np.ndarray, points: np.ndarray, labels: np.ndarray, target: np.ndarray) -> float:
    """The supremum over cells that touch one of the circles cut out by `walls` (B, d - 2)."""
    n, d = points.shape
    payload = labels[:, None] * points / n
    total = payload.sum(axis=0)
    planes = np.linalg.svd(points[walls], full_matrices=True)[2][:, d - 2 :].transpose(0, 2, 1)
    off_walls = np.repeat(payload[None], len(walls), axis=0)
    off_walls[np.arange(len(walls))[:, None], walls] = 0.0
    walk = _walk(np.einsum("nd,bdr->bnr", points, planes), off_walls)
    best = 0.0
    for sides in product((0.0, 1.0), repeat=d - 2):
        beside = np.einsum("k,bkd->bd", np.array(sides), payload[walls])
        best = max(best, _farthest(walk.sums + beside[:, None], total, target).max())
    return float(np.sqrt(best))


def suprema_in_plane(points: np.ndarray, labels: np.ndarray, target: np.ndarray) -> np.ndarray:
    """`supremum` of many samples in the plane at once: points (s, n, 2), labels (s, n), target (2,); shape (s,)."""
    payload = labels[..., None] * points / points.shape[1]
    walk = _walk(points, payload)
    square = _farthest(walk.sums, payload.sum(axis=1, keepdims=True), target)
    return np.sqrt(square.max(axis=1))


def ascend(
    points: np.ndarray,
    labels: np.ndarray,
    target: np.ndarray,
    rng: np.random.Generator,
    starts: int = 8,
    rounds: int = 40,
) -> float:
    """A lower bound of `supremum` in any dimension d >= 2, by ascent along great circles from random starts.

    Each round lays a circle through every current direction and a second one, and moves to the best of all cells on
    it; the value never falls. Second directions alternate between uniform ones and the slope of the value smoothed
    over near-by walls. Cost O(starts * rounds * n (d + log n)).
    """
    n, d = points.shape
    payload = labels[:, None] * points / n
    total = payload.sum(axis=0)
    w = rng.standard_normal((starts, d))
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    best = np.zeros(starts)
    every = np.arange(starts)
    for turn in range(rounds):
        across = (
            rng.standard_normal((starts, d)) if turn % 2 == 0 else _slope(w, points, payload, target, rng)
        )
        across -= np.einsum("sd,sd->s", across, w)[:, None] * w
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        frame = np.stack([w, across], axis=1)
        walk = _walk(np.einsum("nd,srd->snr", points, frame), np.broadcast_to(payload, (starts, n, d)))
        values = _farthest(walk.sums, total, target)
        step = values.argmax(axis=1)
        reached = values[every, step]
        angle = walk.midpoint(every, step)
        there = np.cos(angle)[:, None] * w + np.sin(angle)[:, None] * across
        here = walk.sums[every, step] - target
        there *= np.where(np.sum(here**2, axis=1) >= reached * (1 - 1e-12), 1.0, -1.0)[:, None]
        w = np.where((reached > best)[:, None], there, w)
        best = np.maximum(best, reached)
    return float(np.sqrt(best.max()))


def _slope(w: np.ndarray, points: np.ndarray, payload: np.ndarray, target: np.ndarray, rng) -> np.ndarray:
    """Gradient (s, d) in w of <u, D_n(w)>, u = (D_n(w) - target) normalised, the step functions smoothed to a width
    drawn between a tenth of the typical <w, x_k> and all of it."""
    heights = w @ points.T
    u = (heights > 0) @ payload - target
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    width = np.median(np.abs(heights), axis=1, keepdims=True) * 10 ** rng.uniform(-1, 0, (len(w), 1))
    weight = np.exp(-0.5 * (heights / width) ** 2) * (u @ payload.T)
    return weight @ points + 1e-12 * rng.standard_normal(w.shape)
