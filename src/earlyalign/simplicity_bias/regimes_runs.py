"""Runs behind Figure 1: what a network of a given size makes of a sample, and what its parameters would allow."""

from __future__ import annotations

import numpy as np

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer, gaussian_init
from earlyalign.simplicity_bias import threshold_runs


def tangent_features(net: TwoLayer, inputs: np.ndarray) -> np.ndarray:
    """(n, m · d) derivatives of h(x_k) in the inner weights with a_i = 1: 1[<w_i, x_k> > 0] x_k, neuron by neuron.

    Those in the outer weights are combinations of them, so this is the whole tangent space at `net`.
    """
    active = inputs @ net.inner.T > 0
    return (active[:, :, None] * inputs[:, None, :]).reshape(len(inputs), -1)


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """kind "trained": `threshold_runs.compute` of the same configuration, its losses and reference.

    kind "capacity": what the network linearised at a random initialisation can reach on the same sample, the limit of
    ever lazier training. capacity  share: squared residual of least squares on `tangent_features` over that of OLS.
    """
    if run.config["kind"] == "trained":
        result = threshold_runs.compute(run, checkpoint)
        return {name: result[name] for name in ("losses", "reference")}
    n, d, width = (int(run.config[name]) for name in ("n", "d", "width"))
    rng = np.random.default_rng([run.seed, n, d])
    problem = threshold_runs.draw_problem(run, rng)
    net = gaussian_init(width, d, 1.0, rng)
    return {
        "capacity": {
            "share": _residual(tangent_features(net, problem.inputs), problem.labels)
            / _residual(problem.inputs, problem.labels)
        }
    }


def _residual(features: np.ndarray, labels: np.ndarray) -> float:
    """Squared distance of the labels from the span of the columns, to rounding."""
    left, values, _ = np.linalg.svd(features, full_matrices=False)
    basis = left[:, values > values[0] * len(features) * np.finfo(float).eps]
    return float(np.sum((labels - basis @ (basis.T @ labels)) ** 2))
