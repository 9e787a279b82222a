"""The numbers by which Lemmas F.2 to F.6 are judged, read off one group of neurons along its trajectory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.integrate import trapezoid

from earlyalign.dynamics.decoupled import HalfSpace
from earlyalign.items.run import Columns
from earlyalign.simplicity_bias.phases.group_runs import Group, Stages, during
from earlyalign.theory.growth import (
    alignment_bound,
    decay_modes,
    fast_growth_bound,
    path_bound,
    polyak_constant,
)

RATE_WINDOW = (1e-9, 1e-3)
"""The decay rate of a mode is fitted where its amplitude is this share of its value at tau3: late enough for the
linear regime, early enough to be clear of rounding."""


@dataclass(frozen=True)
class Constants:
    """What the bounds take from a group's half of the sample.

    speed  ||D||, at which the comparison solutions (22) turn
    gram   (d, d), A, whose smallest eigenvalue is that of (45)
    mode   place among the eigenvalues of M A, ascending, of the one in (48)
    """

    speed: float
    gram: np.ndarray
    mode: int = 0


def constants_of(half: HalfSpace) -> Constants:
    """The constants that the lemmas name."""
    return Constants(half.speed, half.gram)


def aligned(steps: Group, constants: Constants, width: int) -> Columns:
    """Lemma F.2, on the solver's own steps up to tau.

    weight_drift     largest |ln |a_i(t)/a_i(0)||
    largest_weight   max |a_i(tau)| sqrt(m)
    alignment        smallest <w_i/a_i, D/||D||> at tau
    deviation        largest ||D_n(w_i, theta) - D||
    shortfall        how far any neuron falls below its comparison solution
    """
    with np.errstate(divide="ignore"):
        drift = np.abs(np.log(np.abs(steps.outer / steps.outer[0])))
    return {
        "weight_drift": drift.max(),
        "largest_weight": np.abs(steps.outer[-1]).max() * np.sqrt(width),
        "alignment": steps.alignment[-1].min(),
        "deviation": deviation(steps),
        "shortfall": np.max(comparison(steps, steps.times, constants.speed) - steps.alignment),
    }


def deviation(steps: Group) -> float:
    """Largest distance of a neuron's pull w_i' / a_i to D."""
    pulls = steps.inner_rate / steps.outer[:, :, None]
    return float(np.linalg.norm(pulls - steps.half.moment, axis=2).max())


def comparison(steps: Group, times: np.ndarray, speed: float) -> np.ndarray:
    """(T, m) the comparison solutions (22); -1, which says nothing, where the deviation is too large."""
    wide = deviation(steps)
    if 2 * wide >= speed:
        return np.full((times.size, steps.outer.shape[1]), -1.0)
    return alignment_bound(times, speed, wide, steps.alignment[0])


def coupled(group: Group, tau: float, gaps: np.ndarray) -> Columns:
    """Lemma F.3. decoupling_gap: distance to (23) as long as cones are kept, nan if they never were; kept:
    share of marks past tau at which every neuron is in its cone."""
    past = group.times >= tau
    left = np.flatnonzero(past & ~group.in_cone)
    until = group.times[left[0]] if left.size else np.inf
    compared = ~np.isnan(gaps) & (group.times < until)
    return {
        "decoupling_gap": largest(gaps[compared]),
        "cone_exit": until,
        "kept": np.mean(group.in_cone[past]),
    }


def grown(group: Group, stages: Stages, epsilon2: float, epsilon3: float) -> Columns:
    """Lemmas F.4 and F.5: the two phases of growth.

    misalignment2     largest 1 - <w_i/a_i, w_j/a_j> at tau2
    pair_drift        change of a_i a_j - <w_i, w_j> from tau on, in units of max a_i^2
    identity_error    of (35), in units of ||M|| ||A|| ||beta_n||, from tau on
    growth_floor      smallest eigenvalue of M in phase 3, over epsilon2
    distance_rise     largest rise of ||beta - beta_n|| between two marks of phases 2 and 3, over its start
    duration3_share   duration of phase 3 over its bound
    kept2, kept3      share of marks of the phase with every neuron in its cone; nan for a phase that never was
    """
    late = group.times >= stages.tau
    slow, fast = during(group, stages.tau, stages.tau2), during(group, stages.tau2, stages.tau3)
    rises = np.diff(group.distance[slow | fast])
    pairs = group.pairs[late]
    scale = np.max(group.outer[late] ** 2, axis=1)[:, None, None]
    logs = np.log(np.maximum(group.misalignment, np.finfo(float).tiny))
    at = np.interp(stages.tau2, group.times, logs) if np.isfinite(stages.tau2) else np.nan
    excess2 = np.interp(stages.tau2, group.times, group.excess)
    longest = fast_growth_bound(group.half.gram, excess2, epsilon2, epsilon3)
    return {
        "misalignment2": np.exp(at),
        "pair_drift": np.max(np.abs(pairs - pairs[0]) / scale),
        "identity_error": identity_error(group)[late].max(),
        "growth_floor": smallest(np.linalg.eigvalsh(group.growth[fast])[:, 0]) / epsilon2,
        "distance_rise": largest(rises) / np.linalg.norm(group.half.estimator),
        "duration3_share": (stages.tau3 - stages.tau2) / longest,
        "kept2": share(group.in_cone[slow]),
        "kept3": share(group.in_cone[fast]),
    }


def identity_error(group: Group) -> np.ndarray:
    """(T,) error of beta' = M A (beta_n - beta), beta' taken from the full network's velocity."""
    rate = np.einsum("ti,tid->td", group.outer_rate, group.inner)
    rate += np.einsum("ti,tid->td", group.outer, group.inner_rate)
    predicted = np.einsum("tde,te->td", group.growth, group.half.pull(group.beta))
    unit = np.linalg.norm(group.growth, 2, axis=(1, 2)) * np.linalg.norm(group.half.moment)
    return np.linalg.norm(rate - predicted, axis=1) / unit


def settled(group: Group, stages: Stages, constants: Constants) -> Columns:
    """Lemma F.6, from tau3 on.

    polyak_floor   smallest Polyak-Lojasiewicz ratio
    polyak_share   smallest quotient of that ratio and 2 lambda_min(A) sum a_i^2
    rate_share     fitted decay rate of the slowest mode of beta - beta_n, over the smallest eigenvalue of M A
    path_share     length of the way of all weights, over its bound
    limit_gap      ||beta - beta_n|| at the end
    kept4          share of marks with every neuron in its cone
    """
    last = during(group, stages.tau3, stages.end)
    if not np.any(last):
        names = ("polyak_floor", "polyak_share", "rate_share", "path_share", "kept4")
        return {**dict.fromkeys(names, np.nan), "limit_gap": group.distance[-1]}
    mu = polyak_constant(constants.gram, group.mass)
    rates, modes = decay_modes(group.half.gram, group.growth[-1])
    amplitude = np.abs(group.gap[last] @ modes[:, 0])
    first = int(np.argmax(last))
    way = trapezoid(np.sqrt(group.gradient_square[last]), group.times[last])
    return {
        "polyak_floor": np.nanmin(group.polyak_ratio[last]),
        "polyak_share": np.nanmin(group.polyak_ratio[last] / mu[last]),
        "rate_share": fitted_rate(group.times[last], amplitude) / rates[constants.mode],
        "path_share": way / path_bound(group.excess[first], mu[last].min()),
        "limit_gap": group.distance[-1],
        "kept4": share(group.in_cone[last]),
    }


def fitted_rate(times: np.ndarray, amplitude: np.ndarray) -> float:
    """Slope of -ln(amplitude) inside RATE_WINDOW; nan with fewer than three marks there."""
    low, high = np.array(RATE_WINDOW) * amplitude[0]
    inside = (amplitude >= low) & (amplitude <= high)
    return (
        float(-np.polyfit(times[inside], np.log(amplitude[inside]), 1)[0])
        if inside.sum() >= 3
        else float("nan")
    )


def curves(group: Group, stages: Stages, steps: Group, constants: Constants) -> Columns:
    """The film: what is drawn against time."""
    before = group.times <= stages.tau
    bound = np.full(group.times.size, np.nan)
    bound[before] = comparison(steps, group.times[before], constants.speed).min(axis=1)
    return {
        "time": group.times,
        "mass": group.mass,
        "alignment": group.alignment.min(axis=1),
        "comparison": bound,
        "misalignment": group.misalignment,
        "distance": group.distance,
        "excess": group.excess,
        "polyak": group.polyak_ratio,
        "polyak_bound": polyak_constant(group.half.gram, group.mass),
        "in_cone": group.in_cone,
    }


def share(flags: np.ndarray) -> float:
    """Share of the flags that are set; nan if there is none."""
    return float(np.mean(flags)) if flags.size else float("nan")


def smallest(values: np.ndarray) -> float:
    """The least value; nan if there is none."""
    return float(values.min()) if values.size else float("nan")


def largest(values: np.ndarray) -> float:
    """The greatest value; nan if there is none."""
    return float(values.max()) if values.size else float("nan")
