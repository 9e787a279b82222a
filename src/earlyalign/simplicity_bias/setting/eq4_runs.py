"""The runs of equation (4): the neuron dynamics beside automatic differentiation, off kinks and on them.

Points exactly on walls need <w, x_k> = 0 in floating point, so there inputs and weights are small integers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import lsq_linear

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics.squared_loss import velocity
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.torch_twin import RELU_SPELLINGS, descent_direction
from earlyalign.networks.two_layer import TwoLayer, gaussian_init

ACTIVE_SET_STEPS = 1000
NOISE_VARIANCE = 0.2
"""Of the labels, as in Section 5; any value does for an identity."""


@dataclass(frozen=True)
class Settings:
    """d, n, width of the network and its sample; walls: samples on whose walls all neurons lie."""

    d: int
    n: int
    width: int
    walls: int


@dataclass(frozen=True)
class Dynamics:
    """Equation (4) as code, under test.

    velocity   (net, inputs, labels) -> the time derivative of the weights
    residuals  (net, inputs, labels) -> (n,), what the pulls at the kinks weigh the samples by
    """

    velocity: Callable[[TwoLayer, np.ndarray, np.ndarray], TwoLayer]
    residuals: Callable[[TwoLayer, np.ndarray, np.ndarray], np.ndarray]


def residuals(net: TwoLayer, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(n,) y - h."""
    return labels - net.predict(inputs)


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """`errors` of the dynamics that the book trains with."""
    return errors(run, Dynamics(velocity, residuals))


def errors(run: Run, dynamics: Dynamics) -> Result:
    """Table `smooth`: relative distance to the gradient. Table `kinks`: distance of torch's pick to the set."""
    settings = run.read(Settings)
    rng = np.random.default_rng([run.seed, settings.d, settings.n, settings.width])
    sample = draw(gaussian(settings.d), settings.n, NOISE_VARIANCE, rng)
    net = gaussian_init(settings.width, settings.d, 1 / settings.width, rng)
    ours = dynamics.velocity(net, sample.inputs, sample.labels).flat()
    theirs = descent_direction(net, sample.inputs, sample.labels).flat()
    smooth = np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)
    kinks = [wall_errors(settings, dynamics, spelling, rng) for spelling in RELU_SPELLINGS]
    return {
        "smooth": {"error": smooth},
        "kinks": {
            "spelling": list(RELU_SPELLINGS),
            "outside": [outside for outside, _ in kinks],
            "outer_error": [outer for _, outer in kinks],
        },
    }


def wall_errors(
    settings: Settings, dynamics: Dynamics, spelling: str, rng: np.random.Generator
) -> tuple[float, float]:
    """One network with every neuron on walls: how far torch's w_i' falls outside a_i D_n at worst, and its error
    in a_i', which the walls leave single-valued. Both in units of the pull that these residuals allow."""
    net, inputs, labels = network_on_walls(settings.d, settings.width, settings.n, settings.walls, rng)
    theirs = descent_direction(net, inputs, labels, RELU_SPELLINGS[spelling])
    ours = dynamics.velocity(net, inputs, labels)
    weights = dynamics.residuals(net, inputs, labels)
    loudness = np.mean(np.abs(weights) * np.linalg.norm(inputs, axis=1))
    outside = [
        distance_to_pulls(theirs.inner[i], net.inner[i], net.outer[i], weights, inputs)
        for i in range(net.width)
    ]
    outer_error = np.abs(ours.outer - theirs.outer).max() / np.linalg.norm(net.inner, axis=1).max()
    return max(outside), float(outer_error / loudness)


def network_on_walls(
    d: int, width: int, n: int, walls: int, rng: np.random.Generator
) -> tuple[TwoLayer, np.ndarray, np.ndarray]:
    """A network all of whose neurons lie exactly on the walls of the first `walls` samples; inputs (n, d), labels (n,).

    The neurons share the last coordinates and vanish in the first; those samples have only a first coordinate, so
    <w_i, x_k> is exactly 0. Requires d >= 2 and leaves at least one sample off the walls. Neuron 0 is w = 0, which
    lies on every wall.
    """
    inner = rng.integers(-4, 5, size=(width, d)).astype(float)
    inner[:, 0] = 0.0
    inner[1:, 1] = rng.choice([-3.0, -1.0, 1.0, 3.0], size=width - 1)
    inner[0] = 0.0
    inputs = rng.integers(-4, 5, size=(n, d)).astype(float)
    on_wall = min(walls, n - 1)
    inputs[:on_wall, 1:] = 0.0
    inputs[:on_wall, 0] = rng.choice([-2.0, -1.0, 1.0, 2.0], size=on_wall)
    return TwoLayer(inner, rng.choice([-1.0, 1.0], size=width) / width), inputs, rng.standard_normal(n)


def distance_to_pulls(
    pull: np.ndarray, w: np.ndarray, a: float, residuals: np.ndarray, inputs: np.ndarray
) -> float:
    """Distance from `pull` (d,) to the set a D_n(w, theta): least squares over eta in [0, 1] at the kinks.

    w (d,), residuals (n,) = y - h, inputs (n, d). In units of the mean of |a r_k| ||x_k||; bounded least squares by an
    active set, since interior methods stop short of rounding error.
    """
    heights = inputs @ w
    unit = np.abs(a) * np.mean(np.abs(residuals) * np.linalg.norm(inputs, axis=1))
    terms = a * residuals[:, None] * inputs / len(inputs) / unit
    rest = pull / unit - terms[heights > 0].sum(axis=0)
    kinks = terms[heights == 0].T
    if kinks.shape[1] == 0:
        return float(np.linalg.norm(rest))
    eta = lsq_linear(kinks, rest, bounds=(0.0, 1.0), method="bvls", tol=1e-15, max_iter=ACTIVE_SET_STEPS).x
    return float(np.linalg.norm(kinks @ eta - rest))
