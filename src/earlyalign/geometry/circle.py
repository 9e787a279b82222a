"""The arrangement in the plane: every wall and every cell of the circle in one angular sweep, O(n log n).

A point x with angle phi is active on the half-circle (phi - pi/2, phi + pi/2). Going round once, each point is met
twice, where it enters and where it leaves, so sums over active points come from one cumulative sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ANGLE_TOLERANCE = 1e-13
"""Walls closer than this (radians) are one wall: double precision cannot tell them apart."""


@dataclass(frozen=True)
class Circle:
    """Walls and cells of n points in the plane, L distinct lines, anticlockwise. Cell i follows wall i.

    walls      (2L,) angles of the directions w with <w, x_k> = 0 for some k; wall i and wall i + L are antipodal
    cells      (2L,) angles of the cells' midpoints; a single cell at angle 0 if every point is zero
    line       (n,) index of each point's line, so that it owns walls line and line + L; -1 for a zero point
    wall_sums  (2L, p) payload summed over the points strictly active on the wall
    cell_sums  (2L, p) payload summed over the points active in the cell
    """

    walls: np.ndarray
    cells: np.ndarray
    line: np.ndarray
    wall_sums: np.ndarray
    cell_sums: np.ndarray

    @property
    def lines(self) -> int:
        """L, how many distinct lines there are."""
        return len(self.walls) // 2

    def cell_of(self, angles: np.ndarray) -> np.ndarray:
        """Index of the cell that holds each angle; -1 for an angle on a wall (within the tolerance)."""
        if not self.lines:
            return np.zeros(np.shape(angles), dtype=int)
        angles = np.mod(angles, 2 * np.pi)
        after = np.searchsorted(self.walls, angles, side="right") - 1
        before, behind = self.walls[after % len(self.walls)], self.walls[(after + 1) % len(self.walls)]
        gap = np.minimum(turn(angles - before), turn(behind - angles))
        return np.where(gap > ANGLE_TOLERANCE, after % len(self.walls), -1)


def turn(angle: np.ndarray) -> np.ndarray:
    """Size of a rotation, in [0, pi]."""
    return np.abs(np.mod(angle + np.pi, 2 * np.pi) - np.pi)


def unit(angles: np.ndarray) -> np.ndarray:
    """Unit vectors (..., 2) at these angles."""
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def sweep(points: np.ndarray, payload: np.ndarray) -> Circle:
    """Walls and cells of the points (n, 2), with the sums of payload (n, p) over active points.

    Zero points have no wall and are never active. With payload y_k x_k / n the sums are the vectors D_n of the cells.
    """
    nonzero = np.any(points != 0, axis=1)
    line, enters, angles = _lines(points, nonzero)
    count, width = len(angles), payload.shape[1]
    entering, leaving = np.zeros((count, width)), np.zeros((count, width))
    first, second = nonzero & enters, nonzero & ~enters
    np.add.at(entering, line[first], payload[first])
    np.add.at(leaving, line[second], payload[second])
    if count == 0:
        nothing = np.zeros((0, width))
        return Circle(np.zeros(0), np.zeros(1), line, nothing, np.zeros((1, width)))
    gained, lost = np.concatenate([entering, leaving]), np.concatenate([leaving, entering])
    cell_sums = leaving.sum(axis=0) + np.cumsum(gained - lost, axis=0)
    walls = np.concatenate([angles, angles + np.pi])
    following = np.append(walls[1:], walls[0] + 2 * np.pi)
    return Circle(walls, np.mod((walls + following) / 2, 2 * np.pi), line, cell_sums - gained, cell_sums)


def _lines(points: np.ndarray, nonzero: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Line index (n,), whether the point enters at its line's first wall (n,), and the lines' angles (L,)."""
    start = np.mod(np.arctan2(points[:, 1], points[:, 0]) - np.pi / 2, 2 * np.pi)
    enters, angle = start < np.pi, np.mod(start, np.pi)
    line = np.full(len(points), -1)
    index = np.flatnonzero(nonzero)
    order = index[np.argsort(angle[index], kind="stable")]
    if order.size == 0:
        return line, enters, np.zeros(0)
    jumps = np.diff(angle[order]) > ANGLE_TOLERANCE
    line[order] = np.concatenate([[0], np.cumsum(jumps)])
    angles = angle[order][np.concatenate([[True], jumps])]
    if len(angles) > 1 and angles[0] + np.pi - angles[-1] <= ANGLE_TOLERANCE:
        wrapped = line == len(angles) - 1
        line[wrapped], enters[wrapped], angles = 0, ~enters[wrapped], angles[:-1]
    return line, enters, angles
