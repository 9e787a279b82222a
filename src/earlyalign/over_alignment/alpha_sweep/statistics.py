"""An optimum read off curves over alpha: errors in points, chosen on one half of the seeds, judged on the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from earlyalign.geometry.caps import decompose, error
from earlyalign.items.evidence import RESAMPLES, Estimate, bootstrapped

POINTS = 100.0
"""Errors are told in points, hundredths."""

REACH = 2
"""Grid points on each side of the least one through which the parabola goes."""

ERRORS = {"predictor": "effective predictor", "network": "whole network"}
"""The two errors of Part A: column of the tables -> name."""


def with_errors(sweep: pd.DataFrame) -> pd.DataFrame:
    """The sweep with excess errors in points: over_alignment, over_fitting, predictor (their sum), network (silence a
    coin toss), strict (silence an error), clean (of the neurons that the theory admits)."""
    snr = sweep["kappa"].to_numpy(float)
    bayes = error(1.0, snr)
    parts = decompose(sweep["cosine"], sweep["phi"], sweep["psi"].clip(-1, 1), snr)
    return sweep.assign(
        over_alignment=POINTS * parts.over_alignment,
        over_fitting=POINTS * parts.over_fitting,
        predictor=POINTS * parts.excess,
        network=POINTS * (sweep["wrong"] + sweep["silent"] / 2 - bayes),
        strict=POINTS * (sweep["wrong"] + sweep["silent"] - bayes),
        clean=POINTS * (error(sweep["clean_cosine"], snr) - bayes),
    )


def curves(rows: pd.DataFrame, value: str) -> tuple[np.ndarray, np.ndarray]:
    """alphas (A,) and `value` (seeds, A), one row a seed."""
    wide = rows.pivot(index="seed", columns="alpha", values=value)
    return wide.columns.to_numpy(float), wide.to_numpy(float)


@dataclass(frozen=True)
class Gain:
    """What the best alpha gains over the ends of the sweep, on seeds that did not choose it.

    best   the alpha with the least mean on the even rows
    left   (odd rows,) error at the smallest alpha minus error at the best
    right  (odd rows,) the same for the largest alpha
    """

    best: float
    left: np.ndarray
    right: np.ndarray


def crossed(errors: np.ndarray) -> np.ndarray:
    """(seeds,) gain over the smallest alpha, each half of errors (seeds, A) judged at the other's best alpha."""
    halves = (errors[::2], errors[1::2])
    chosen = [half.mean(axis=0).argmin() for half in halves]
    return np.concatenate([half[:, 0] - half[:, other] for half, other in zip(halves, reversed(chosen))])


def held_out(alphas: np.ndarray, errors: np.ndarray) -> Gain:
    """The optimum of errors (seeds, A): chosen on even rows, judged on odd ones."""
    best = int(errors[::2].mean(axis=0).argmin())
    judged = errors[1::2]
    return Gain(float(alphas[best]), judged[:, 0] - judged[:, best], judged[:, -1] - judged[:, best])


def vertices(log_alphas: np.ndarray, curves: np.ndarray, reach: int = REACH) -> np.ndarray:
    """(k,) log alpha at the bottom of each of curves (k, A): the vertex of a parabola through the least point and
    `reach` on each side, kept among these points. At an end of the range it is that end."""
    least = np.argmin(curves, axis=1)
    bottoms = log_alphas[least].astype(float)
    for place in np.unique(least):
        low, high = max(0, place - reach), min(len(log_alphas), place + reach + 1)
        if place in (0, len(log_alphas) - 1):
            continue
        rows = np.flatnonzero(least == place)
        second, first, _ = np.polyfit(log_alphas[low:high], curves[rows, low:high].T, 2)
        bowl = second > 0
        bottom = -first[bowl] / (2 * second[bowl])
        bottoms[rows[bowl]] = np.clip(bottom, log_alphas[low], log_alphas[high - 1])
    return bottoms


def optima(
    alphas: np.ndarray, errors: np.ndarray, reach: int = REACH, seed: int = 0
) -> tuple[float, np.ndarray]:
    """log alpha* of the mean of errors (seeds, A), and (RESAMPLES // 4,) of means over resampled seeds."""
    picks = np.random.default_rng(seed).integers(len(errors), size=(RESAMPLES // 4, len(errors)))
    means = np.stack([errors.mean(axis=0), *(errors[pick].mean(axis=0) for pick in picks)])
    bottoms = vertices(np.log(alphas), means, reach)
    return float(bottoms[0]), bottoms[1:]


def exponent(sizes: np.ndarray, optimal: list[tuple[float, np.ndarray]]) -> Estimate:
    """Slope of log alpha* on log size with its interval, from `optima` at each size. Resamples are paired by number,
    so the same seeds are resampled at every size when all sizes have the same seeds."""
    logs = np.log(np.asarray(sizes, float))
    slope = np.polyfit(logs, [centre for centre, _ in optimal], 1)[0]
    resampled = np.polyfit(logs, np.stack([many for _, many in optimal]), 1)[0]
    return bootstrapped(slope, resampled)
