"""What A-phase2 computes: where the effective predictor stands at both ends of Phase 1 and when training stops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from earlyalign.data.gaussian_mixture import angle
from earlyalign.dynamics.logistic_flow import logistic_flow
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.balanced import effective_predictor
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.over_alignment.separable_problem import Problem, ProblemSettings, draw_problem

TINY = 1e-6
"""Size of the single neuron at its start."""


@dataclass(frozen=True)
class InheritanceSettings(ProblemSettings):
    """One start at scale alpha. etas: levels of risk, separated by spaces; growth: how t_alpha is built; shown: whether
    the path is kept; shown_seed: for the figures."""

    alpha: float
    etas: str
    rtol: float
    growth: str
    shown: bool
    shown_seed: int

    @property
    def levels(self) -> list[float]:
        """The levels of risk."""
        return [float(eta) for eta in self.etas.split()]

    @property
    def stages(self) -> list[str]:
        """What the times are called at which angles are measured, in their order."""
        return ["t_alpha", "t_T", *(f"eta {eta:g}" for eta in self.levels)]


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Table `stages`: at t_alpha, t_T and every stopping time the angle of w_hat to x_plus and that of its farthest
    neuron (degrees), its distance to the cone of its neurons over its length, and the v_j that turned negative. Table
    `path`: one seed's angle over time."""
    settings = run.read(InheritanceSettings)
    problem = draw_problem(settings, settings.alpha, run.seed)
    return inherited(problem, settings, problem.net.positive)


def inherited(problem: Problem, settings: InheritanceSettings, summed: np.ndarray | slice) -> Result:
    """The tables of a problem, w_hat being the sum over the neurons `summed`."""
    first_end = problem.growth_end_by(settings.growth)
    ends = [first_end, problem.alignment_end]
    etas = settings.levels
    flow = problem.follow(times=ends, etas=etas, after=first_end, rtol=settings.rtol)
    nets = [flow.net(0, 0), flow.net(0, 1)] + [flow.stopped(0, index) for index in range(len(etas))]
    standings = [standing(net, problem, summed) for net in nets]
    columns = {name: [one[name] for one in standings] for name in standings[0]}
    phi = np.degrees(problem.sample.phi)
    limits = [np.nan, np.nan, *one_neuron(problem, etas, settings.rtol)]
    tables = {
        "stages": {
            "stage": settings.stages, "time": [*ends, *flow.stop_times[0]], "phi": phi, "limit": limits, **columns,
        }
    }  # fmt: skip
    if settings.shown:
        times = np.linspace(0, 1.1 * flow.stop_times[0].max(), 250)
        path = problem.follow(times=times, rtol=settings.rtol)
        predictors = effective_predictor(path.inner[0], path.outer[0])
        away = np.degrees(angle(predictors, problem.sample.x_plus))
        tables["path"] = {
            "time": times, "angle": away, "risk": path.risks[0], "pull": problem.pull, "phi": phi,
        }  # fmt: skip
    return tables


def one_neuron(problem: Problem, etas: list[float], rtol: float) -> np.ndarray:
    """(E,) the angle to x_plus, in degrees, of one balanced neuron on the positive samples at each level of risk. It
    starts along x_plus, tiny: what a network is once all its positive neurons have merged."""
    half, size = problem.sample.positives(), TINY
    inner = size * problem.sample.x_plus[None, None] / problem.pull
    flow = logistic_flow(
        inner, np.full((1, 1), size), half.inputs[None], half.labels[None], etas=etas, rtol=rtol
    )
    return np.degrees(angle(flow.stop_inner[0, :, 0], problem.sample.x_plus))


def standing(net: TwoLayer, problem: Problem, summed: np.ndarray | slice) -> dict[str, float]:
    """Where one network stands: angles in degrees, relative distance to the cone, neurons that changed sign. V_+ is
    settled at the start, and `summed` are the neurons that make w_hat."""
    team = problem.net.positive
    generators = net.inner[team]
    predictor = net.outer[summed] @ net.inner[summed]
    _, outside = nnls(
        generators.T / np.linalg.norm(generators, axis=1), predictor / np.linalg.norm(predictor)
    )
    return {
        "angle": float(np.degrees(angle(predictor, problem.sample.x_plus))),
        "farthest": float(np.degrees(np.max(angle(generators, problem.sample.x_plus)))),
        "outside": outside,
        "turned": int(np.sum(net.outer[team] <= 0)),
    }
