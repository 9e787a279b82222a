"""What Lemmas F.2 to F.6 speak of, read off one group of neurons along its trajectory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.integrate import trapezoid

from earlyalign.dynamics.decoupled import HalfSpace
from earlyalign.items.run import Columns
from earlyalign.theory.growth import (
    alignment_bound,
    decay_modes,
    excess_loss,
    fast_growth_bound,
    growth_matrix,
    path_bound,
    polyak_constant,
)

RESOLVED = 1e-17
"""Excess losses below this share of their largest are rounding, and are not divided by."""

RATE_WINDOW = (1e-9, 1e-3)
"""The decay rate of a mode is fitted where its amplitude is this share of its value at tau3: late enough for the
linear regime, early enough to be clear of rounding."""


@dataclass(frozen=True)
class Group:
    """The neurons of one sign at `times` (T,).

    inner, outer            (T, m, d), (T, m)
    inner_rate, outer_rate  their time derivatives under the flow (4)
    in_cone                 (T,) bool, every neuron active on its half of the sample and on nothing else
    """

    times: np.ndarray
    inner: np.ndarray
    outer: np.ndarray
    inner_rate: np.ndarray
    outer_rate: np.ndarray
    in_cone: np.ndarray
    half: HalfSpace

    @cached_property
    def mass(self) -> np.ndarray:
        """(T,) sum of a_i^2."""
        return np.sum(self.outer**2, axis=1)

    @cached_property
    def beta(self) -> np.ndarray:
        """(T, d) sum of a_i w_i."""
        return np.einsum("ti,tid->td", self.outer, self.inner)

    @cached_property
    def gap(self) -> np.ndarray:
        """(T, d) beta - beta_n."""
        return self.beta - self.half.estimator

    @cached_property
    def distance(self) -> np.ndarray:
        """(T,) ||beta - beta_n||."""
        return np.linalg.norm(self.gap, axis=1)

    @cached_property
    def excess(self) -> np.ndarray:
        """(T,) L_+(beta) - L_+(beta_n)."""
        return excess_loss(self.half.gram, self.gap)

    @cached_property
    def gradient_square(self) -> np.ndarray:
        """(T,) ||grad||^2 over the group's weights: minus the rate at which they lower the loss."""
        return np.sum(self.inner_rate**2, axis=(1, 2)) + np.sum(self.outer_rate**2, axis=1)

    @cached_property
    def alignment(self) -> np.ndarray:
        """(T, m) <w_i / a_i, D / ||D||>, between -1 and 1 under domination."""
        return self.inner @ (self.half.moment / self.half.speed) / self.outer

    @cached_property
    def pairs(self) -> np.ndarray:
        """(T, m, m) a_i a_j - <w_i, w_j>: constant while neurons share one pull; its diagonal is Lemma F.1."""
        return self.outer[:, :, None] * self.outer[:, None, :] - self.inner @ np.swapaxes(self.inner, 1, 2)

    @cached_property
    def misalignment(self) -> np.ndarray:
        """(T,) the largest 1 - <w_i / a_i, w_j / a_j>."""
        return np.max(self.pairs / (self.outer[:, :, None] * self.outer[:, None, :]), axis=(1, 2))

    @cached_property
    def growth(self) -> np.ndarray:
        """(T, d, d) the matrix M of (35)."""
        return growth_matrix(self.inner, self.outer)

    @cached_property
    def polyak_ratio(self) -> np.ndarray:
        """(T,) ||grad||^2 / excess loss; nan where the excess is rounding."""
        clear = self.excess > RESOLVED * self.excess.max()
        return np.divide(self.gradient_square, self.excess, out=np.full(self.times.size, np.nan), where=clear)


def stopping_times(group: Group, tau: float, epsilon2: float, epsilon3: float) -> tuple[float, float]:
    """tau2, when sum a_i^2 reaches epsilon2, and tau3, when ||beta - beta_n|| falls to epsilon3; log-linear between
    marks, nan if never reached."""
    tau2 = crossing(group.times, np.log(group.mass / epsilon2), tau)
    return tau2, crossing(group.times, np.log(epsilon3 / group.distance), tau2)


def crossing(times: np.ndarray, gauge: np.ndarray, after: float) -> float:
    """First time past `after` at which `gauge` is no longer negative; nan if there is none or `after` is nan."""
    reached = np.flatnonzero((gauge >= 0) & (times >= after))
    if reached.size == 0:
        return float("nan")
    k = int(reached[0])
    if k == 0 or gauge[k - 1] >= 0:
        return float(times[k])
    return float(np.interp(0.0, gauge[k - 1 : k + 1], times[k - 1 : k + 1]))


def during(group: Group, first: float, last: float) -> np.ndarray:
    """(T,) bool: marks from `first` to `last`. None where either is nan."""
    return (group.times >= first) & (group.times <= last)


def aligned(steps: Group, config) -> Columns:
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
        "largest_weight": np.abs(steps.outer[-1]).max() * np.sqrt(config["width"]),
        "alignment": steps.alignment[-1].min(),
        "deviation": deviation(steps),
        "shortfall": np.max(comparison(steps, steps.times, config) - steps.alignment),
    }


def deviation(steps: Group) -> float:
    """Largest distance of a neuron's pull w_i' / a_i to D."""
    pulls = steps.inner_rate / steps.outer[:, :, None]
    return float(np.linalg.norm(pulls - steps.half.moment, axis=2).max())


def comparison(steps: Group, times: np.ndarray, config) -> np.ndarray:
    """(T, m) the comparison solutions (22); -1, which says nothing, where the deviation is too large."""
    speed = steps.half.speed * (2.0 if config["sabotage"] == "wrong-comparison" else 1.0)
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


def grown(group: Group, stages: dict[str, float], config) -> Columns:
    """Lemmas F.4 and F.5: the two phases of growth.

    misalignment2     largest 1 - <w_i/a_i, w_j/a_j> at tau2
    pair_drift        change of a_i a_j - <w_i, w_j> from tau on, in units of max a_i^2
    identity_error    of (35), in units of ||M|| ||A|| ||beta_n||, from tau on
    growth_floor      smallest eigenvalue of M in phase 3, over epsilon2
    distance_rise     largest rise of ||beta - beta_n|| between two marks of phases 2 and 3, over its start
    duration3_share   duration of phase 3 over its bound
    kept2, kept3      share of marks of the phase with every neuron in its cone; nan for a phase that never was
    """
    tau, tau2, tau3 = stages["tau"], stages["tau2"], stages["tau3"]
    late = group.times >= tau
    slow, fast = during(group, tau, tau2), during(group, tau2, tau3)
    rises = np.diff(group.distance[slow | fast])
    pairs = group.pairs[late]
    scale = np.max(group.outer[late] ** 2, axis=1)[:, None, None]
    logs = np.log(np.maximum(group.misalignment, np.finfo(float).tiny))
    at = np.interp(tau2, group.times, logs) if np.isfinite(tau2) else np.nan
    excess2 = np.interp(tau2, group.times, group.excess)
    longest = fast_growth_bound(group.half.gram, excess2, config["epsilon2"], config["epsilon3"])
    return {
        "misalignment2": np.exp(at),
        "pair_drift": np.max(np.abs(pairs - pairs[0]) / scale),
        "identity_error": identity_error(group)[late].max(),
        "growth_floor": smallest(np.linalg.eigvalsh(group.growth[fast])[:, 0]) / config["epsilon2"],
        "distance_rise": largest(rises) / np.linalg.norm(group.half.estimator),
        "duration3_share": (tau3 - tau2) / longest,
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


def settled(group: Group, stages: dict[str, float], config) -> Columns:
    """Lemma F.6, from tau3 on.

    polyak_floor   smallest Polyak-Lojasiewicz ratio
    polyak_share   smallest quotient of that ratio and 2 lambda_min(A) sum a_i^2
    rate_share     fitted decay rate of the slowest mode of beta - beta_n, over the smallest eigenvalue of M A
    path_share     length of the way of all weights, over its bound
    limit_gap      ||beta - beta_n|| at the end
    kept4          share of marks with every neuron in its cone
    """
    last = during(group, stages["tau3"], stages["end"])
    if not np.any(last):
        names = ("polyak_floor", "polyak_share", "rate_share", "path_share", "kept4")
        return {**dict.fromkeys(names, np.nan), "limit_gap": group.distance[-1]}
    wrong = config["sabotage"] == "wrong-eigenvalue"
    gram = np.linalg.eigvalsh(group.half.gram)[-1] * np.eye(config["d"]) if wrong else group.half.gram
    mu = polyak_constant(gram, group.mass)
    rates, modes = decay_modes(group.half.gram, group.growth[-1])
    amplitude = np.abs(group.gap[last] @ modes[:, 0])
    first = int(np.argmax(last))
    way = trapezoid(np.sqrt(group.gradient_square[last]), group.times[last])
    return {
        "polyak_floor": np.nanmin(group.polyak_ratio[last]),
        "polyak_share": np.nanmin(group.polyak_ratio[last] / mu[last]),
        "rate_share": fitted_rate(group.times[last], amplitude) / rates[-1 if wrong else 0],
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


def curves(group: Group, stages: dict[str, float], steps: Group, config) -> Columns:
    """The film: what is drawn against time."""
    before = group.times <= stages["tau"]
    bound = np.full(group.times.size, np.nan)
    bound[before] = comparison(steps, group.times[before], config).min(axis=1)
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
    return float(np.mean(flags)) if flags.size else float("nan")


def smallest(values: np.ndarray) -> float:
    return float(values.min()) if values.size else float("nan")


def largest(values: np.ndarray) -> float:
    return float(values.max()) if values.size else float("nan")
