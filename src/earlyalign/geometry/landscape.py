"""The function G_n on the sphere, its subgradients, and Definition 2.1 as a check on any pair (D, w)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import lsq_linear

from earlyalign.geometry.arrangement import WALL_TOLERANCE, open_cells, signatures
from earlyalign.geometry.circle import sweep, unit


def correlation(directions: np.ndarray, points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """G_n(w) = 1/n sum_k y_k relu(<w, x_k>) for each row w of directions (m, d): shape (m,). Paper B, equation (5)."""
    return np.maximum(directions @ points.T, 0.0) @ labels / len(points)


def pull(directions: np.ndarray, points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """D_n(w, 0) = 1/n sum_k 1[<w, x_k> > 0] y_k x_k for each row w of directions (m, d): shape (m, d).

    Off the walls it is the gradient of G_n; on a wall it is the element of the set D_n(w, 0) with eta_k = 0.
    """
    return ((directions @ points.T) > 0) * labels @ points / len(points)


def cell_pulls(points: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every value that D_n(w, 0) takes on open cells: directions (cells, d) and vectors (cells, d)."""
    if points.shape[1] == 2:
        circle = sweep(points, labels[:, None] * points / len(points))
        return unit(circle.cells), circle.cell_sums
    directions = open_cells(points)
    return directions, pull(directions, points, labels)


def scale_of(points: np.ndarray, labels: np.ndarray) -> float:
    """Mean of ||y_k x_k||: the size of a subgradient, against which errors are measured."""
    return float(np.mean(np.abs(labels) * np.linalg.norm(points, axis=1)))


def kink_coefficients(
    vector: np.ndarray, witness: np.ndarray, points: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, float]:
    """The eta in [0, 1] of the kinks at `witness` that bring the set D_n(w, 0) closest to `vector`, and the distance.

    The set is { 1/n sum_k eta_k y_k x_k } with eta_k = 1 where <w, x_k> > 0, 0 where it is negative, and free in
    [0, 1] on the walls (Paper B, below equation (4)). Distance 0 means membership.
    """
    sign = signatures(witness[None], points)[0]
    kinks = sign == 0
    missing = vector - labels[sign > 0] @ points[sign > 0] / len(points)
    columns = (labels[kinks, None] * points[kinks] / len(points)).T
    if not kinks.any():
        return np.zeros(0), float(np.linalg.norm(missing))
    eta = lsq_linear(columns, missing, bounds=(0.0, 1.0), method="bvls", tol=1e-15).x
    return eta, float(np.linalg.norm(missing - columns @ eta))


@dataclass(frozen=True)
class Conformity:
    """How a pair (D, w) stands to Definition 2.1.

    distance    from D to the set D_n(w, 0), relative to the mean ||y_k x_k||
    mismatches  samples whose sign differs between D and w, or between D and -w, whichever is fewer; 0 if D = 0
    """

    distance: float
    mismatches: int


def conformity(vector: np.ndarray, witness: np.ndarray, points: np.ndarray, labels: np.ndarray) -> Conformity:
    """Definition 2.1 checked on one pair; both fields are 0 for an extremal vector."""
    scale = scale_of(points, labels)
    _, distance = kink_coefficients(vector, witness, points, labels)
    if np.linalg.norm(vector) <= WALL_TOLERANCE * scale:
        return Conformity(distance / scale, 0)
    mine, its = signatures(np.stack([vector, witness]), points)
    return Conformity(distance / scale, int(min(np.sum(mine != its), np.sum(mine != -its))))
