"""The early phase of one sample as tables: what the figures of B-def21 show, on the circle and on the sphere."""

from __future__ import annotations

import numpy as np

from earlyalign.data.linear_model import Dataset
from earlyalign.dynamics.early_alignment import Alignment
from earlyalign.geometry.circle import sweep, unit
from earlyalign.geometry.extremal import ExtremalVectors
from earlyalign.geometry.lambert import lift, project
from earlyalign.geometry.landscape import correlation
from earlyalign.items.run import Columns, Result

GRID = 91
"""Points on a side of the square in which the landscape of a hemisphere is kept."""

WALLS_SHOWN = 40
"""Walls that are drawn on the sphere, of the first samples."""


def plane(extremal: ExtremalVectors, path: Alignment, data: Dataset) -> Result:
    """Tables of a sample in the plane, angles in degrees from the teacher: landscape, walls, marks and paths."""
    angles = np.linspace(-180.0, 180.0, 1441)
    walls = sweep(data.inputs, data.inputs).walls
    turned = np.unwrap(np.arctan2(path.directions[..., 1], path.directions[..., 0]), axis=0)
    neurons = np.broadcast_to(np.arange(turned.shape[1]), turned.shape)
    times = np.broadcast_to((path.times / path.times[-1])[:, None], turned.shape)
    return {
        "circle_landscape": {"angle": angles, "G": correlation(unit(np.radians(angles)), data.inputs, data.labels)},
        "circle_walls": {"angle": np.degrees(np.mod(walls + np.pi, 2 * np.pi) - np.pi)},
        "circle_extremal": _marks(extremal, data)
        | {"angle": np.degrees(np.arctan2(extremal.witnesses[:, 1], extremal.witnesses[:, 0]))},
        "circle_paths": {
            "neuron": neurons.ravel(), "time": times.ravel(), "angle": np.degrees(turned).ravel(),
            "sign": np.sign(path.outer).ravel(),
        },
    }  # fmt: skip


def space(extremal: ExtremalVectors, path: Alignment, data: Dataset) -> Result:
    """Tables of a sample in three dimensions, in Lambert's projection of two hemispheres."""
    axis = np.linspace(-1, 1, GRID)
    plane_points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    radius = np.linalg.norm(plane_points, axis=1, keepdims=True)
    on_disc = plane_points / np.maximum(radius, 1.0)
    sides = np.repeat([1.0, -1.0], len(on_disc))
    heights = [correlation(lift(on_disc, side), data.inputs, data.labels) for side in (1.0, -1.0)]
    marks, mark_side = project(extremal.witnesses)
    flat, path_side = project(path.directions.reshape(-1, 3))
    shape = path.directions.shape[:2]
    return {
        "sphere_landscape": {
            "side": sides, "x": np.tile(plane_points[:, 0], 2), "y": np.tile(plane_points[:, 1], 2),
            "G": np.concatenate(heights),
        },
        "sphere_walls": _great_circles(data.inputs),
        "sphere_extremal": _marks(extremal, data) | {"side": mark_side, "x": marks[:, 0], "y": marks[:, 1]},
        "sphere_paths": {
            "neuron": np.broadcast_to(np.arange(shape[1]), shape).ravel(),
            "time": np.broadcast_to((path.times / path.times[-1])[:, None], shape).ravel(),
            "sign": np.sign(path.outer).ravel(), "side": path_side, "x": flat[:, 0], "y": flat[:, 1],
        },
    }  # fmt: skip


def _marks(extremal: ExtremalVectors, data: Dataset) -> dict[str, np.ndarray]:
    """What each extremal vector is, how long, and the height of its witness."""
    return {
        "kind": extremal.kind,
        "codimension": extremal.codimension,
        "length": np.linalg.norm(extremal.vectors, axis=1),
        "G": correlation(extremal.witnesses, data.inputs, data.labels),
    }


def _great_circles(points: np.ndarray, shown: int = WALLS_SHOWN) -> Columns:
    """The walls of the first `shown` samples as projected curves, cut where they change hemisphere."""
    turn = np.linspace(0, 2 * np.pi, 181)
    frames = np.linalg.svd(points[:shown, None, :], full_matrices=True)[2][:, 1:]
    curves = np.einsum("ta,wad->wtd", unit(turn), frames)
    flat, side = project(curves.reshape(-1, 3))
    wall = np.repeat(np.arange(len(curves)), len(turn))
    return {"wall": wall, "side": side, "x": flat[:, 0], "y": flat[:, 1]}
