"""One group of neurons, those of one sign, along a trajectory: what Lemmas F.2 to F.6 speak of, and its phases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from earlyalign.data.linear_model import Dataset
from earlyalign.dynamics.decoupled import HalfSpace
from earlyalign.dynamics.squared_loss import velocity
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.theory.growth import excess_loss, growth_matrix

RESOLVED = 1e-17
"""Excess losses below this share of their largest are rounding, and are not divided by."""


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


def read_group(
    times: np.ndarray, nets: list[TwoLayer], members: np.ndarray, half: HalfSpace, sample: Dataset
) -> Group:
    """One sign's neurons at `times`, with their true velocities in the full network."""
    rates = [velocity(net, sample.inputs, sample.labels) for net in nets]
    return Group(
        times,
        np.array([net.inner[members] for net in nets]), np.array([net.outer[members] for net in nets]),
        np.array([rate.inner[members] for rate in rates]), np.array([rate.outer[members] for rate in rates]),
        np.array([cones_kept(net.inner[members], half, sample.inputs) for net in nets]), half,
    )  # fmt: skip


def cones_kept(inner: np.ndarray, half: HalfSpace, inputs: np.ndarray) -> bool:
    """Whether every neuron of inner (m, d) is active on all samples of the half and on no other."""
    return bool(np.all((inputs @ inner.T > 0) == half.seen[:, None]))


@dataclass(frozen=True)
class Stages:
    """The stopping times of one group, nan if never reached, and the end of its trajectory."""

    tau: float
    tau2: float
    tau3: float
    end: float


def stages_of(group: Group, tau: float, epsilon2: float, epsilon3: float) -> Stages:
    """tau2, when sum a_i^2 reaches epsilon2, and tau3, when ||beta - beta_n|| falls to epsilon3; log-linear between
    marks."""
    tau2 = crossing(group.times, np.log(group.mass / epsilon2), tau)
    tau3 = crossing(group.times, np.log(epsilon3 / group.distance), tau2)
    return Stages(tau, tau2, tau3, group.times[-1])


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
