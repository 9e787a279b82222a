"""Caps of the sphere around the sample direction, and the error of unit predictors in them (Paper A, Section 5.3).

A unit vector v classifies x = kappa y s + sigma z, z standard Gaussian, by the sign of <v, x>. It errs with probability

    E(v) = Phi(-(kappa/sigma) <v, s>),        E* = Phi(-kappa/sigma) at v = s,

which depends on the angle between v and s alone. The cap H = {v : <x_+/||x_+||, v> >= Psi} is all that alignment says
of the predictor. Its point nearest to s lies on the great circle through x_+ and s, at angle
max(0, phi - arccos Psi) from s, where phi is the angle between x_+ and s. Hence both terms of the decomposition

    E(v) - E* = OA + OF,      OA = inf_H E - E*,      OF = E(v) - inf_H E

are known without a search. That they sum to the excess error is their definition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import ndtr

FEASIBLE = 1e-9
"""How far outside its constraints a search may end."""


def error(cosine: ArrayLike, snr: ArrayLike) -> np.ndarray:
    """E(v) of unit predictors with cosine <v, s>; snr = kappa/sigma. Arguments broadcast."""
    return ndtr(-np.asarray(snr, float) * np.asarray(cosine, float))


def nearest_angle(phi: ArrayLike, level: ArrayLike) -> np.ndarray:
    """Angle in radians between s and the cap of all v with <v, centre> >= level, its centre at angle phi from s.

    Raises ValueError for a level outside [-1, 1].
    """
    level = np.asarray(level, float)
    if np.any(np.abs(level) > 1):
        raise ValueError("a cap's level is a cosine, in [-1, 1]")
    return np.maximum(0.0, np.asarray(phi, float) - np.arccos(level))


@dataclass(frozen=True)
class Decomposition:
    """The two terms of the excess error, arrays of one shape.

    over_alignment  OA = inf_H E - E*
    over_fitting    OF = E(v) - inf_H E
    bayes           E*, of the shape of snr
    """

    over_alignment: np.ndarray
    over_fitting: np.ndarray
    bayes: np.ndarray

    @property
    def excess(self) -> np.ndarray:
        """E(v) - E*, the sum of the two by definition."""
        return self.over_alignment + self.over_fitting


def decompose(cosine: ArrayLike, phi: ArrayLike, level: ArrayLike, snr: ArrayLike) -> Decomposition:
    """OA and OF of predictors with cosine <v, s>, in caps of `level` around a centre at angle `phi` from s.

    Raises ValueError for a level outside [-1, 1].
    """
    lowest = error(np.cos(nearest_angle(phi, level)), snr)
    bayes = error(1.0, snr)
    return Decomposition(lowest - bayes, error(cosine, snr) - lowest, bayes)


def search(centre: np.ndarray, level: float, truth: np.ndarray, snr: float, starts: np.ndarray) -> float:
    """inf over the cap of E, found numerically: constrained descent over v in R^d from each of `starts` (k, d).

    centre, truth (d,) are unit vectors. Raises ArithmeticError if no search ends inside the cap and on the sphere.
    """

    def slope(v: np.ndarray) -> np.ndarray:
        return -snr * np.exp(-((snr * (v @ truth)) ** 2) / 2) / np.sqrt(2 * np.pi) * truth

    ends = [
        minimize(
            lambda v: float(error(v @ truth, snr)), start, jac=slope, method="SLSQP",
            constraints=[
                {"type": "eq", "fun": lambda v: v @ v - 1, "jac": lambda v: 2 * v},
                {"type": "ineq", "fun": lambda v: v @ centre - level, "jac": lambda v: centre},
            ],
            options={"ftol": 1e-12, "maxiter": 1000},
        )
        for start in np.atleast_2d(starts)
    ]  # fmt: skip
    inside = [
        float(end.fun) for end in ends
        if abs(end.x @ end.x - 1) <= FEASIBLE and end.x @ centre >= level - FEASIBLE
    ]  # fmt: skip
    if not inside:
        raise ArithmeticError("no search ended in the cap")
    return min(inside)
