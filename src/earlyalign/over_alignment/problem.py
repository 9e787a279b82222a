"""What the items of Paper A's theory train: one balanced network on one separable sample, and its clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from earlyalign.data.gaussian_mixture import Mixture, draw_mixture
from earlyalign.dynamics.logistic_flow import LogisticFlow, logistic_flow
from earlyalign.items.params import Params
from earlyalign.networks.balanced import balanced_init
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.theory.phase_one import alignment_end, growth_end, vacuous_from, zeta


class Setting(Params):
    """Sample and network of Section 5: n samples in d dimensions, h neurons."""

    n: int = Field(ge=2, le=1000)
    d: int = Field(ge=1, le=1000)
    h: int = Field(ge=2, le=10_000)
    kappa: float = Field(gt=0, le=1e3)
    sigma: float = Field(gt=0, le=1e3)
    separability: float = Field(ge=0, lt=1)
    seeds: int = Field(ge=2, le=1000)


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

    def follow(self, **options) -> LogisticFlow:
        """This problem's flow, alone in its batch; `options` of `logistic_flow`."""
        arrays = self.net.inner, self.net.outer, self.sample.inputs, self.sample.labels
        return logistic_flow(*(array[None] for array in arrays), **options)


def problem(config: Mapping, seed: int) -> Problem:
    """The problem of a run: `config` holds n, d, h, kappa, sigma, separability and alpha. A seed draws the same sample
    and the same Wt at every alpha."""
    rng = np.random.default_rng(seed)
    sample = draw_mixture(
        config["n"], config["d"], config["kappa"], config["sigma"], rng, config["separability"]
    )
    return Problem(sample, balanced_init(config["h"], config["d"], config["alpha"], rng), config["alpha"])


def rows(**columns) -> dict[str, np.ndarray]:
    """Columns of one table, numbers repeated to the length of the arrays beside them."""
    return dict(zip(columns, np.broadcast_arrays(*map(np.atleast_1d, columns.values())), strict=True))
