"""Runs of Figure 1: what a network of a given size makes of a sample, and what its parameters would allow."""

from __future__ import annotations

import numpy as np

from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer, gaussian_init
from earlyalign.simplicity_bias.threshold import runs as sweep


def of_kind(kind: str, run: Run) -> Run:
    """A run of Figure 1, of kind "trained" or "capacity", on the sample and network of a run of a sweep."""
    return Run({"kind": kind, **run.config}, run.seed)


def swept(run: Run) -> Run:
    """The run of a sweep that a run of Figure 1 was made of."""
    return Run({name: value for name, value in run.config.items() if name != "kind"}, run.seed)


def tangent_features(net: TwoLayer, inputs: np.ndarray) -> np.ndarray:
    """(n, m · d) derivatives of h(x_k) in the inner weights with a_i = 1: 1[<w_i, x_k> > 0] x_k, neuron by neuron.

    Those in the outer weights are combinations of them, so this is the whole tangent space at `net`.
    """
    active = inputs @ net.inner.T > 0
    return (active[:, :, None] * inputs[:, None, :]).reshape(len(inputs), -1)


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """kind "trained": `compute` of the same run of a sweep, its losses and reference.

    kind "capacity": what the network linearised at a random initialisation can reach on the same sample, the limit of
    ever lazier training. capacity  share: squared residual of least squares on `tangent_features` over that of OLS.
    """
    if run.config["kind"] == "trained":
        trained = sweep.compute(swept(run), checkpoint)
        return {name: trained[name] for name in ("losses", "reference")}
    settings = sweep.settings_of(swept(run))
    rng = np.random.default_rng([run.seed, settings.n, settings.d])
    problem = sweep.draw_problem(settings, rng)
    net = gaussian_init(settings.width, settings.d, 1.0, rng)
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
