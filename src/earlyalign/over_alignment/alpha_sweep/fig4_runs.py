"""What A-fig4 computes: one trajectory from a start at alpha, in the plane of x_+ and s."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.gaussian_mixture import Mixture, draw_mixture
from earlyalign.dynamics.logistic_flow import LogisticFlow, logistic_flow
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.balanced import balanced_init, effective_predictor
from earlyalign.theory.phase_one import growth_end


@dataclass(frozen=True)
class GeometrySettings:
    """One flow from scale alpha, stopped at eta and read at `frames` times; alpha_low, alpha_high: the ends of the
    sweep that it belongs to; shown_seed: whose neurons are kept. kappa is in units of sigma."""

    n: int
    d: int
    kappa: float
    separability: float
    width: int
    eta: float
    alpha: float
    alpha_low: float
    alpha_high: float
    frames: int
    rtol: float
    shown_seed: int


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """One trajectory.

    path     one row a frame: time, risk; psi and cosine of w_hat with x_+ and s; its unit vector in the plane, along
             x_+ (`up`) and along what s adds to it (`across`); share of its squared length there; phi
    neurons  the shown seed: frame, neuron, up, across of each positive neuron's unit vector
    """
    settings = run.read(GeometrySettings)
    sample = draw_sample(settings, run.seed)
    return projected(settings, run.seed, sample, plane(sample.x_plus, sample.direction))


def draw_sample(settings: GeometrySettings, seed: int) -> Mixture:
    return draw_mixture(
        settings.n, settings.d, settings.kappa, 1.0, np.random.default_rng([seed, 1]),
        separability=settings.separability,
    )  # fmt: skip


def projected(settings: GeometrySettings, seed: int, sample: Mixture, axes: np.ndarray) -> Result:
    """The tables of a trajectory, projected on orthonormal `axes` (2, d)."""
    flow = trajectory(settings, seed, sample)
    inner, outer = flow.inner[0], flow.outer[0]
    direction = units(effective_predictor(inner, outer))
    flat = direction @ axes.T
    path = {
        "frame": np.arange(len(inner)),
        "time": flow.times[0],
        "risk": flow.risks[0],
        "psi": direction @ sample.x_plus / np.linalg.norm(sample.x_plus),
        "cosine": direction @ sample.direction,
        "up": flat[:, 0],
        "across": flat[:, 1],
        "share": np.sum(flat**2, axis=1),
        "phi": sample.phi,
    }
    if seed != settings.shown_seed:
        return {"path": path}
    frames, positive = len(inner), np.flatnonzero(outer[0] > 0)
    places = units(inner[:, positive]) @ axes.T
    neurons = {
        "frame": np.repeat(np.arange(frames), len(positive)),
        "neuron": np.tile(positive, frames),
        "up": places[..., 0].ravel(),
        "across": places[..., 1].ravel(),
    }
    return {"path": path, "neurons": neurons}


def trajectory(settings: GeometrySettings, seed: int, sample: Mixture) -> LogisticFlow:
    """The flow at evenly spaced times up to its stopping time. Raises ArithmeticError if it is not reached."""
    net = balanced_init(settings.width, sample.d, settings.alpha, np.random.default_rng([seed, 2]))
    start = (net.inner[None], net.outer[None], sample.inputs[None], sample.labels[None])
    after = growth_end(settings.alpha, sample.n, net.width, sample.x_max)
    stops = logistic_flow(*start, etas=[settings.eta], after=after, rtol=settings.rtol).stop_times
    stop = float(stops[0, 0])
    if not np.isfinite(stop):
        raise ArithmeticError(f"eta = {settings.eta:g} was not reached at alpha = {settings.alpha:g}")
    return logistic_flow(*start, times=np.linspace(0, stop, settings.frames), rtol=settings.rtol)


def plane(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(2, d) orthonormal rows: along `first`, then what `second` adds to it."""
    along = first / np.linalg.norm(first)
    rest = second - (second @ along) * along
    return np.stack([along, rest / np.linalg.norm(rest)])


def units(vectors: np.ndarray) -> np.ndarray:
    """Vectors along the last axis, of length 1."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
