"""Full-batch gradient descent on the square loss: the Euler steps of the flow (1), every activation recomputed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.dynamics.squared_loss import velocity
from earlyalign.networks.two_layer import TwoLayer


@dataclass(frozen=True)
class Descent:
    """Where a descent stopped.

    net            the weights there
    steps          how many steps were taken
    gradient_norm  ||grad L||_2 over all weights where it was last computed: at `net`, or one step before it when the
                   steps ran out
    at_rest        whether that norm fell below the tolerance
    """

    net: TwoLayer
    steps: int
    gradient_norm: float
    at_rest: bool


def descend(
    net: TwoLayer,
    inputs: np.ndarray,
    labels: np.ndarray,
    step: float,
    steps: int,
    gradient_tolerance: float = 0.0,
    outer_ratio: float = 1.0,
) -> Descent:
    """At most `steps` steps of length `step` on L from `net`; inputs (n, d), labels (n,).

    It stops early once ||grad L|| has come down to gradient_tolerance from above: near theta = 0, a saddle, the
    gradient may be as small, and a start from there is not yet an end. outer_ratio multiplies the step of the
    outer layer; 1 is descent. Raises ValueError unless step > 0.
    """
    if step <= 0:
        raise ValueError(f"step = {step} must be positive")
    norm, left_the_start = np.inf, False
    for taken in range(steps):
        pull = velocity(net, inputs, labels)
        norm = float(np.hypot(np.linalg.norm(pull.inner), np.linalg.norm(pull.outer)))
        left_the_start = left_the_start or norm > gradient_tolerance
        if left_the_start and norm <= gradient_tolerance:
            return Descent(net, taken, norm, True)
        net = TwoLayer(net.inner + step * pull.inner, net.outer + step * outer_ratio * pull.outer)
    return Descent(net, steps, norm, norm <= gradient_tolerance)
