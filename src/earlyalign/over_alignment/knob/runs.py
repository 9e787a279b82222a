"""What A-fls trains: one start under a multiplier and from a scaled start, and a flow whose tangent kernel turns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.gaussian_mixture import draw_mixture
from earlyalign.dynamics.flow import gradient_flow
from earlyalign.dynamics.multiplier import descend_multiplied
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.mlp import mlp, scale_parameters
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.over_alignment.separable_problem import ProblemSettings, draw_problem

FLOW_RTOL = 1e-11
FLOW_ALPHA = 0.1
FLOW, TURNING = "flow", "turning"
PLAIN, PAPER, BIASES, NORMALISED = "exact step", "paper's step", "biases", "batch norm"


@dataclass(frozen=True)
class GapSettings(ProblemSettings):
    """Two trainings to compare, at multiplier c. case: the flow of a network of `width` neurons, or one of the descents
    of a torch network with `depth` layers of `descent_width` neurons; step, steps: of the descent at c = 1."""

    case: str
    multiplier: float
    depth: int
    descent_width: int
    step: float
    steps: int
    rtol: float

    @property
    def multiplied_step(self) -> float:
        """The step of the descent of c f: step c^(-2/L), or step / c as the paper has it."""
        c = self.multiplier
        return self.step / (c if self.case == PAPER else c ** (2 / self.depth))


@dataclass(frozen=True)
class TurningSettings(ProblemSettings):
    """A flow from scale alpha, stopped at eta."""

    case: str
    alpha: float
    eta: float
    rtol: float


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `gaps`: largest distance between the outputs of the two trainings, over the largest output. Table
    `turning`: 1 - cosine between the tangent kernels at the start and at the stopping time."""
    if run.config["case"] == TURNING:
        return {"turning": {"turned": kernel_turn(run.read(TurningSettings), run.seed)}}
    settings = run.read(GapSettings)
    if settings.case == FLOW:
        return {"gaps": {"gap": flow_gap(settings, run.seed, settings.multiplier)}}
    return {"gaps": {"gap": descent_gap(settings, run.seed, settings.multiplied_step)}}


def relative_gap(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first - second).max() / np.abs(second).max())


def flow_gap(settings: GapSettings, seed: int, clock: float) -> float:
    """The flow of c f from theta(0) at time t, by scipy, against the flow of f from sqrt(c) theta(0) at time
    `clock` t; they are one if clock = c."""
    c = settings.multiplier
    start = draw_problem(settings, FLOW_ALPHA, seed)
    scaled = draw_problem(settings, FLOW_ALPHA * float(np.sqrt(c)), seed)
    sample = start.sample

    def velocity(net: TwoLayer) -> TwoLayer:
        heights = net.inner @ sample.inputs.T
        pull = 2 * c * sample.labels / (1 + np.exp(sample.labels * c * net.predict(sample.inputs)))
        active = (heights > 0) * pull
        return TwoLayer(net.outer[:, None] * (active @ sample.inputs), np.sum(active * heights, axis=1))

    times = np.linspace(0, 3 / start.pull, 40)
    theirs = gradient_flow(
        start.net, velocity, times[-1] / c, times / c, rtol=FLOW_RTOL, atol=1e-13, method="DOP853"
    )
    ours = scaled.follow(times=times * clock / c, rtol=FLOW_RTOL)
    return relative_gap(
        np.array([c * net.predict(sample.inputs) for net in theirs.nets]),
        np.array([ours.net(0, k).predict(sample.inputs) for k in range(len(times))]),
    )


def descent_gap(settings: GapSettings, seed: int, multiplied_step: float) -> float:
    """Descent of c f with `multiplied_step`, against descent of f from c^(1/L) theta(0) with the plain step."""
    c, depth = settings.multiplier, settings.depth
    kind = {"biases": settings.case == BIASES, "batch_norm": settings.case == NORMALISED}
    shape = settings.d, settings.descent_width, depth, seed
    sample = draw_mixture(
        settings.n, settings.d, settings.kappa, settings.sigma, np.random.default_rng(seed), settings.separability
    )  # fmt: skip
    data = sample.inputs, sample.labels
    multiplied = descend_multiplied(mlp(*shape, **kind), *data, c, multiplied_step, settings.steps)
    scaled = scale_parameters(mlp(*shape, **kind), c ** (1 / depth))
    return relative_gap(multiplied, descend_multiplied(scaled, *data, 1.0, settings.step, settings.steps))


def kernel_turn(settings: TurningSettings, seed: int) -> float:
    """1 - cosine of the tangent kernels (n, n) at the start and at the stopping time."""
    start = draw_problem(settings, settings.alpha, seed)
    end = start.follow(etas=[settings.eta], rtol=settings.rtol, risk="all").stopped(0, 0)
    before, after = (tangent_kernel(net, start.sample.inputs) for net in (start.net, end))
    return 1 - float(np.sum(before * after) / np.linalg.norm(before) / np.linalg.norm(after))


def tangent_kernel(net: TwoLayer, inputs: np.ndarray) -> np.ndarray:
    """(n, n) inner products of the gradients of f at the inputs (n, d) with respect to all weights."""
    heights = inputs @ net.inner.T
    lifted = np.maximum(heights, 0)
    gates = (heights > 0) * net.outer
    return lifted @ lifted.T + (gates @ gates.T) * (inputs @ inputs.T)
