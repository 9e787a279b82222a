"""Statistics of Figure 1: threshold and capacity at every width."""

from __future__ import annotations

from collections.abc import Sequence

from earlyalign.items.evidence import Estimate
from earlyalign.items.tables import Tables
from earlyalign.simplicity_bias.threshold.statistics import (
    at_horizon,
    threshold,
    threshold_exponent,
    where,
)

HALF = 0.5
"""Train loss over OLS's at which the optimization threshold is read, as in Figure 2."""


def capacity(width: int, d: int) -> int:
    """Samples that width · d effective parameters can interpolate: a neuron's weights count up to one rescaling."""
    return width * d


def threshold_of(tables: Tables, width: int, method: str) -> Estimate:
    """The optimization threshold at one width, with its interval."""
    return threshold(at_horizon(where(tables, width=width), method), HALF)


def width_exponent(tables: Tables, widths: Sequence[int], method: str) -> Estimate:
    """Slope of log threshold against log width."""
    return threshold_exponent(
        [at_horizon(where(tables, width=width), method) for width in widths], widths, HALF
    )
