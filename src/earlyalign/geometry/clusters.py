"""Effective width: how many directions a network's neurons come down to."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform


def direction_clusters(directions: np.ndarray, degrees: float) -> np.ndarray:
    """Labels (m,) from 1 of clusters of the rows (m, d), by complete linkage: no two rows of a cluster are further
    apart than `degrees`. Raises ValueError for a zero row."""
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    if np.any(lengths == 0):
        raise ValueError("a zero vector has no direction")
    if len(directions) < 2:
        return np.ones(len(directions), dtype=int)
    unit = directions / lengths
    angles = np.degrees(np.arccos(np.clip(unit @ unit.T, -1.0, 1.0)))
    np.fill_diagonal(angles, 0.0)
    return fcluster(linkage(squareform(angles, checks=False), "complete"), degrees, "distance")


def effective_width(
    inner: np.ndarray, outer: np.ndarray, inputs: np.ndarray, degrees: float = 15.0, share: float = 0.95
) -> int:
    """The least number of clusters of directions that hold `share` of sum |a_i| ||w_i||.

    inner (m, d), outer (m,), inputs (n, d). Neurons of either sign are clustered apart; neurons active on no input
    are left out, for they do nothing. 0 if none is active.
    """
    mass = np.abs(outer) * np.linalg.norm(inner, axis=1)
    active = np.any(inner @ inputs.T > 0, axis=1) & (mass > 0)
    weights: list[float] = []
    for sign in (1.0, -1.0):
        rows = active & (np.sign(outer) == sign)
        if rows.any():
            weights += list(np.bincount(direction_clusters(inner[rows], degrees), mass[rows])[1:])
    if not weights:
        return 0
    held = np.cumsum(np.sort(weights)[::-1]) / np.sum(weights)
    return int(np.searchsorted(held, share) + 1)
