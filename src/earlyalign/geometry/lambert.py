"""The sphere on paper: Lambert's equal-area projection of two hemispheres."""

from __future__ import annotations

import numpy as np


def project(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Unit directions (m, 3) as planar points (m, 2) in the unit disc and hemisphere (m,), +1 or -1 by the sign of the
    first coordinate. Each disc is centred on +-e_1 and keeps areas up to one factor; the rim is the equator.

    The disc of -e_1 is seen from outside too, so that its horizontal axis runs the other way.
    """
    side = np.where(directions[:, 0] >= 0, 1.0, -1.0)
    stretch = 1 / np.sqrt(1 + np.abs(directions[:, 0]))
    return np.column_stack([side * directions[:, 1], directions[:, 2]]) * stretch[:, None], side


def lift(plane: np.ndarray, side: float) -> np.ndarray:
    """The inverse of `project` on the hemisphere `side`: planar points (m, 2) as unit directions (m, 3).

    Raises ValueError for points outside the unit disc.
    """
    square = np.sum(plane**2, axis=1)
    if np.any(square > 1 + 1e-12):
        raise ValueError("the disc of a hemisphere has radius 1")
    stretch = np.sqrt(2 - square)
    return np.column_stack([side * (1 - square), side * plane[:, 0] * stretch, plane[:, 1] * stretch])
