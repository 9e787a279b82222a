"""The statistics of A-scale's sweeps: optima by cell, exponents, optima by seed, and the rule that guesses them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from earlyalign.items.tables import Tables
from earlyalign.over_alignment.alpha_sweep.statistics import (
    ERRORS,
    crossed,
    curves,
    exponent,
    optima,
    vertices,
    with_errors,
)
from earlyalign.theory.knob_rule import critical_scale

AXES = {"n": -1.0, "width": -0.5}
"""Size -> the law's exponent of alpha* in it."""

REACHES = (1, 2, 3)
"""Windows of the parabola; the claims judge the middle one."""

ENDS = (0.025, 0.975)
"""Of percentile intervals. The stored results were read with these; `evidence.percentile`, whose lower end is the
rounded (1 - 0.95) / 2, differs in the last digit."""

CELL = ["part", "law", "n", "width", "d", "kappa"]


Guess = Callable[[pd.DataFrame], pd.Series]
"""Rows of the sweep -> log of the alpha that each row's sample tells, up to a constant."""


def summary(tables: Tables) -> dict[str, pd.DataFrame]:
    """The sweep with its errors, and the statistics of `summarised`."""
    return summarised(with_errors(tables["sweep"]), predicted)


def summarised(sweep: pd.DataFrame, guess: Guess) -> dict[str, pd.DataFrame]:
    """The sweep, and four tables.

    optimum    a cell and error: alpha* by local parabola with its interval, cross-fitted gain over the least alpha
    exponents  law, error, size, reach of the parabola: slope of log alpha* with its interval
    by_seed    the base cells: a seed's phi, its estimate, and alpha* of both errors
    rule       a cell and error: mean error at the rule's alpha, at one constant alpha, and at the cell's best
    """
    law = sweep[sweep["part"] == "law"]
    return {
        "sweep": sweep,
        "optimum": cell_optima(sweep),
        "exponents": exponents(law),
        "by_seed": seed_optima(law),
        "rule": rule(sweep, guess),
    }


def cell_optima(sweep: pd.DataFrame) -> pd.DataFrame:
    cells = []
    for cell, rows in sweep.groupby(CELL, sort=True):
        for error in ERRORS:
            alphas, values = curves(rows, error)
            centre, many = optima(alphas, values)
            low, high = np.exp(np.quantile(many, ENDS))
            gain = crossed(values)
            spread = gain.std(ddof=1) / np.sqrt(len(gain))
            cells.append(
                dict(zip(CELL, cell)) | {
                    "error": error, "alpha_star": np.exp(centre), "low": low, "high": high, "gain": gain.mean(),
                    "gain_se": spread, "least": values.mean(axis=0).min(), "phi": rows["phi"].median(),
                    "base_n": rows["base_n"].iloc[0], "base_width": rows["base_width"].iloc[0],
                }
            )  # fmt: skip
    return pd.DataFrame(cells)


def along(law: pd.DataFrame, name: str, size: str) -> pd.DataFrame:
    """The rows of one law in which only `size` moves off the base cell."""
    other = {"n": "width", "width": "n"}[size]
    return law[(law["law"] == name) & (law[other] == law[f"base_{other}"])]


def exponents(law: pd.DataFrame) -> pd.DataFrame:
    fitted = []
    for name in law["law"].unique():
        for size, target in AXES.items():
            rows = along(law, name, size)
            sizes = np.sort(rows[size].unique())
            if len(sizes) < 2:
                continue
            for error in ERRORS:
                here = [curves(rows[rows[size] == value], error) for value in sizes]
                for reach in REACHES:
                    slope, low, high = exponent(sizes, [optima(*each, reach) for each in here])
                    fitted.append(
                        {"law": name, "error": error, "size": size, "target": target, "reach": reach,
                         "exponent": slope, "low": low, "high": high}
                    )  # fmt: skip
    return pd.DataFrame(
        fitted, columns=["law", "error", "size", "target", "reach", "exponent", "low", "high"]
    )


def base(law: pd.DataFrame) -> pd.DataFrame:
    return law[(law["n"] == law["base_n"]) & (law["width"] == law["base_width"])]


def seed_optima(law: pd.DataFrame) -> pd.DataFrame:
    """One row a law and seed of the base cell: alpha* of that seed alone, by error."""
    shown_by_law = []
    for name, rows in base(law).groupby("law"):
        shown = rows.groupby("seed")[["phi", "told_phi"]].first().reset_index().assign(law=name)
        for error in ERRORS:
            alphas, values = curves(rows, error)
            shown[error] = np.exp(vertices(np.log(alphas), values))
        shown_by_law.append(shown)
    columns = ["law", "seed", "phi", "told_phi", *ERRORS]
    return (
        pd.concat(shown_by_law, ignore_index=True)[columns] if shown_by_law else pd.DataFrame(columns=columns)
    )


def predicted(rows: pd.DataFrame) -> pd.Series:
    """log of the critical scale that each sample tells of itself."""
    told = critical_scale(
        rows["told_phi"], rows["n"], rows["width"], rows["x_plus"], rows["x_max"], rows["w_max"]
    )
    return np.log(np.maximum(told, 1e-12))


def rule(sweep: pd.DataFrame, guess: Guess) -> pd.DataFrame:
    """The rule alpha = C alpha_crit against one constant alpha, both set on the even seeds of their law's base cell
    and judged on all other cells, and on nothing that set them."""
    tried = []
    for _, rows in sweep.groupby("law"):
        calibration = base(rows[rows["part"] == "law"])
        if calibration.empty:
            continue
        calibration = calibration[calibration["seed"] % 2 == 0]
        for error in ERRORS:
            constant = optima(*curves(calibration, error))[0]
            shift = constant - guess(calibration).mean()
            for cell, judged in rows.groupby(CELL):
                if cell == tuple(calibration[CELL].iloc[0]):
                    continue
                alphas, values = curves(judged, error)
                logs = np.log(alphas)
                told = judged.groupby("seed").first().pipe(guess).to_numpy() + shift
                at = {
                    "rule": [np.interp(one, logs, curve) for one, curve in zip(told, values)],
                    "constant": [np.interp(constant, logs, curve) for curve in values],
                }
                tried.append(
                    pd.DataFrame(
                        {
                            "error": error, "seed": np.sort(judged["seed"].unique()), "guess": np.exp(told),
                            **at, "best": values[:, values.mean(axis=0).argmin()],
                        }
                    ).assign(**dict(zip(CELL, cell)))
                )  # fmt: skip
    columns = [*CELL, "error", "seed", "guess", "rule", "constant", "best"]
    return pd.concat(tried, ignore_index=True)[columns] if tried else pd.DataFrame(columns=columns)
