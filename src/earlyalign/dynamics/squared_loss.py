"""Loss, residuals and the subgradient D_n of the two-layer network under the square loss (Paper B, Section 2)."""

from __future__ import annotations

import numpy as np

from earlyalign.networks.two_layer import TwoLayer


def loss(net: TwoLayer, inputs: np.ndarray, labels: np.ndarray) -> float:
    """L = 1/(2n) sum_k (h(x_k) - y_k)^2; the factor 1/2 is a convention."""
    return float(np.mean((net.predict(inputs) - labels) ** 2) / 2)


def subgradient(directions: np.ndarray, residuals: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """D_n(w, theta) = 1/n sum_k 1[<w, x_k> > 0] r_k x_k for each row w of directions (m, d); shape (m, d).

    residuals (n,) are r_k = y_k - h_theta(x_k). This is the element of the set D_n(w, theta) with eta_k = 0 at kinks.
    """
    active = (directions @ inputs.T) > 0
    return active * residuals @ inputs / len(inputs)


def velocity(net: TwoLayer, inputs: np.ndarray, labels: np.ndarray) -> TwoLayer:
    """The right-hand side of (4): w_i' = a_i D_n(w_i, theta), a_i' = <w_i, D_n(w_i, theta)>."""
    pull = subgradient(net.inner, labels - net.predict(inputs), inputs)
    return TwoLayer(net.outer[:, None] * pull, np.sum(net.inner * pull, axis=1))
