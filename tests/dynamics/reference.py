"""SGD as one would write it down, in numpy, in the precision that is asked for: what the fused kernels are held to."""

from __future__ import annotations

import numpy as np

from earlyalign.dynamics.counter import batch_indices
from earlyalign.networks.activations import activation_named
from earlyalign.networks.two_layer import TwoLayer


def plain_sgd(net, inputs, labels, steps, rate, batch, seed, activation="relu", kind=np.float64) -> TwoLayer:
    """`net` after `steps` steps on the batches that `sgd` draws, every number of type `kind`."""
    w, a = net.inner.astype(kind), net.outer.astype(kind)
    x, y = inputs.astype(kind), labels.astype(kind)
    sigma = activation_named(activation)
    step_length = kind(rate / batch)
    for step in range(steps):
        picked = batch_indices(np.uint64(seed), step, batch, len(x))
        before = x[picked] @ w.T
        value, slope = sigma.value(before), sigma.slope(before)
        residual = value @ a - y[picked]
        to_outer = residual @ value
        to_inner = a[:, None] * ((slope * residual[:, None]).T @ x[picked])
        w, a = w - step_length * to_inner, a - step_length * to_outer
    return TwoLayer(w, a)


def distance(net: TwoLayer, other: TwoLayer) -> float:
    """Norm of the difference of all weights over the norm of the other's."""
    return float(np.linalg.norm(net.flat() - other.flat()) / np.linalg.norm(other.flat()))
