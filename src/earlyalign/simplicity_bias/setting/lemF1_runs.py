"""The runs of Lemma F.1: one network trained by the flow at one tolerance, or by descent at one step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.linear_model import Dataset, conditioned_gaussian, draw
from earlyalign.dynamics.descent import descend
from earlyalign.dynamics.flow import Field, gradient_flow, square_loss
from earlyalign.items.run import Checkpoint, Result, Run
from earlyalign.networks.two_layer import TwoLayer, dominated_init


@dataclass(frozen=True)
class Settings:
    """method: "flow" or "descent"; resolution: the solver's tolerance or the step; time: length of the trajectory.
    The law is conditioned at c, the initialisation (8) has scale init_scale and power p."""

    d: int
    n: int
    width: int
    c: float
    init_scale: float
    power: float
    noise_variance: float
    time: float
    method: str
    resolution: float


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """`drift` along the flow (4) or along descent."""
    settings = run.read(Settings)
    start, sample = posed(settings, run.seed)
    if settings.method == "flow":
        end = flowed(start, square_loss(sample.inputs, sample.labels), settings)
    else:
        end = descended(start, sample, settings)
    return drift(start, end, sample)


def posed(settings: Settings, seed: int) -> tuple[TwoLayer, Dataset]:
    """The network at time 0 and its sample."""
    rng = np.random.default_rng(seed)
    law = conditioned_gaussian(settings.d, settings.c)
    sample = draw(law, settings.n, settings.noise_variance, rng)
    return dominated_init(settings.width, settings.d, settings.init_scale, rng, settings.power), sample


def flowed(start: TwoLayer, field: Field, settings: Settings) -> TwoLayer:
    """The end of the flow along `field`."""
    tolerance = settings.resolution
    return gradient_flow(start, field, settings.time, rtol=tolerance, atol=tolerance * 1e-4).last


def descended(start: TwoLayer, sample: Dataset, settings: Settings, outer_ratio: float = 1.0) -> TwoLayer:
    """The end of as many steps as fill the time; `outer_ratio` multiplies those of the outer layer."""
    count = round(settings.time / settings.resolution)
    return descend(
        start, sample.inputs, sample.labels, settings.resolution, count, outer_ratio=outer_ratio
    ).net


def drift(start: TwoLayer, end: TwoLayer, sample: Dataset) -> Result:
    """Table `drift`: the largest change of a balance, in units of the largest a_i^2 at the end; and the last loss."""
    moved = np.abs(balances(end) - balances(start)).max()
    loss = np.mean((end.predict(sample.inputs) - sample.labels) ** 2) / 2
    return {"drift": {"drift": moved / np.max(end.outer**2), "loss": loss}}


def balances(net: TwoLayer) -> np.ndarray:
    """(m,) a_i^2 - ||w_i||^2."""
    return net.outer**2 - np.sum(net.inner**2, axis=1)
