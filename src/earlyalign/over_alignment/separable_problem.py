"""What the items of Paper A's theory train: one balanced network on one separable sample, and its clocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.gaussian_mixture import Mixture, draw_mixture
from earlyalign.dynamics.logistic_flow import LogisticFlow, logistic_flow
from earlyalign.networks.balanced import balanced_init
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.theory.phase_one import alignment_end, growth_end, vacuous_from, zeta


@dataclass(frozen=True)
class ProblemSettings:
    """Sample and network of Section 5: n samples in d dimensions, `width` neurons."""

    n: int
    d: int
    width: int
    kappa: float
    sigma: float
    separability: float


@dataclass(frozen=True)
class Problem:
    """A network at its start on its sample. `alpha` is the scale of the start."""

    sample: Mixture
    net: TwoLayer
    alpha: float

    @property
    def pull(self) -> float:
        """||x_plus||, the rate at which positive neurons turn and grow."""
        return float(np.linalg.norm(self.sample.x_plus))

    @property
    def w_max(self) -> float:
        """The longest row of Wt = W(0) / alpha."""
        return float(np.linalg.norm(self.net.inner, axis=1).max()) / self.alpha

    @property
    def zeta(self) -> float:
        return float(
            zeta(self.alpha, self.sample.n, self.net.width, self.sample.x_max, self.w_max, self.pull)
        )

    @property
    def vacuous_from(self) -> float:
        """The alpha at which this sample's zeta vanishes."""
        return float(vacuous_from(self.sample.n, self.net.width, self.sample.x_max, self.w_max, self.pull))

    @property
    def growth_end(self) -> float:
        """t_alpha."""
        return float(growth_end(self.alpha, self.sample.n, self.net.width, self.sample.x_max))

    @property
    def alignment_end(self) -> float:
        """t_T."""
        return float(alignment_end(self.alpha, self.net.width, self.pull))

    def growth_end_by(self, growth: str) -> float:
        """t_alpha, built as stated with a bound on the rate of growth ("bounded"), or with the rate 2 ||x_plus|| of an
        aligned neuron ("true-rate"), which makes it t_T."""
        return self.alignment_end if growth == "true-rate" else self.growth_end

    def follow(self, **options) -> LogisticFlow:
        """This problem's flow, alone in its batch; `options` of `logistic_flow`."""
        net, sample = self.net, self.sample
        return logistic_flow(
            net.inner[None], net.outer[None], sample.inputs[None], sample.labels[None], **options
        )


def draw_problem(settings: ProblemSettings, alpha: float, seed: int) -> Problem:
    """The problem of a seed at `alpha`. A seed draws the same sample and the same Wt at every alpha. Raises ValueError
    where rejection finds no separable sample."""
    rng = np.random.default_rng(seed)
    sample = draw_mixture(settings.n, settings.d, settings.kappa, settings.sigma, rng, settings.separability)
    return Problem(sample, balanced_init(settings.width, settings.d, alpha, rng), alpha)
