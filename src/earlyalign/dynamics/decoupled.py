"""The two autonomous systems of Paper B, equation (23): positive neurons see only S_+, negative ones only S_-.

On its half-space each group computes a linear map, so the sample enters through two moments alone. The flow of
hundreds of neurons on thousands of samples becomes two small systems that no longer hold a sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.dynamics.flow import Field
from earlyalign.networks.two_layer import TwoLayer


@dataclass(frozen=True)
class HalfSpace:
    """What a group of neurons needs to know of the samples that it sees.

    gram    (d, d), A = 1/n sum of x_k x_k^T over the half, n being the size of the whole sample
    moment  (d,), 1/n sum of y_k x_k over the half: the extremal vector D_n^+ or D_n^- of equation (19)
    seen    (n,) bool, the samples of the half
    """

    gram: np.ndarray
    moment: np.ndarray
    seen: np.ndarray

    @property
    def speed(self) -> float:
        """||D_n||, the rate of the early phases."""
        return float(np.linalg.norm(self.moment))

    @property
    def estimator(self) -> np.ndarray:
        """(d,) least squares on the half."""
        return np.linalg.solve(self.gram, self.moment)

    def pull(self, beta: np.ndarray) -> np.ndarray:
        """D = A (beta_n - beta), equation (34); beta (..., d)."""
        return self.moment - beta @ self.gram


def half_space(inputs: np.ndarray, labels: np.ndarray, seen: np.ndarray) -> HalfSpace:
    """The moments of the samples `seen` (n,) bool; inputs (n, d), labels (n,)."""
    kept = inputs[seen]
    return HalfSpace(kept.T @ kept / len(inputs), labels[seen] @ kept / len(inputs), seen)


def decoupled(plus: HalfSpace, minus: HalfSpace, positive: np.ndarray) -> Field:
    """The field of (23): w_i' = a_i D, a_i' = <w_i, D>, with D = A (beta_n - sum of a_j w_j) of the neuron's own half.

    positive (m,) bool says which neurons belong to `plus`; the others belong to `minus`.
    """

    def field(net: TwoLayer) -> TwoLayer:
        carried = net.outer[:, None] * net.inner
        pulls = np.where(
            positive[:, None], plus.pull(carried[positive].sum(axis=0)), minus.pull(carried[~positive].sum(axis=0))
        )  # fmt: skip
        return TwoLayer(net.outer[:, None] * pulls, np.sum(net.inner * pulls, axis=1))

    return field
