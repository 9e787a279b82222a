"""What A-dec, A-fig5 and A-scale train: one sample, one start, a sweep over alpha, each flow stopped at eta.

All alphas of a seed share the sample, the directions of the start and the lines along which the network is tested, so
that differences along alpha are paired. A flow that does not reach eta is an error, never a row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.gaussian_mixture import Mixture, angle, draw_mixture
from earlyalign.dynamics.logistic_flow import LogisticFlow, logistic_flow
from earlyalign.items.run import Result
from earlyalign.networks.balanced import balanced_init, effective_predictor
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.theory.knob_rule import estimated_angle
from earlyalign.theory.mixture_error import lines, network_error
from earlyalign.theory.phase_one import growth_end

SIGMA = 1.0
"""Lengths are measured in noise: only kappa/sigma matters."""

FLOOR = 0.1
"""Step floor of the solver on samples that need not be separable, where neurons slide along walls."""


@dataclass(frozen=True)
class FlowSettings:
    """A law, a network and the alphas from which it starts.

    separability  lambda by rejection, or None
    eta           the positive risk, mean of 2 log(1 + e^(-y f)), to stop at
    variant       "plain"; "positives": trained on the positive samples only; "antisymmetric": a start with output 0;
                  "centred": f - f_0 in place of f
    rtol          of the solver
    """

    n: int
    d: int
    kappa: float
    width: int
    separability: float | None
    eta: float
    alpha_low: float
    alpha_high: float
    alpha_count: int
    variant: str
    rtol: float

    @property
    def alphas(self) -> np.ndarray:
        """(alpha_count,) from alpha_low to alpha_high, equally spaced in log alpha."""
        return np.geomspace(self.alpha_low, self.alpha_high, self.alpha_count)


@dataclass(frozen=True)
class SweepSettings(FlowSettings):
    """Such flows, the whole network tested as well. lines: along which its error is exact."""

    lines: int


def sweep(settings: SweepSettings, seed: int) -> Result:
    """Sweep alpha once; see `swept`."""
    sample = draw_sample(settings, seed)
    starts = [draw_start(settings, alpha, seed) for alpha in settings.alphas]
    return swept(settings, seed, sample, starts, sample)


def swept(
    settings: SweepSettings, seed: int, sample: Mixture, starts: list[TwoLayer], told: Mixture
) -> Result:
    """The flows of `starts`, one an alpha, on `sample`; what a sample tells of itself is told by `told`.

    sweep  one row an alpha: psi and cosine of w_hat with x_+ and with s; clean_cosine and clean_share, the same for the
           neurons active on every positive and no negative sample; wrong and silent shares of the whole network; phi,
           told_phi (from the sample alone), x_plus, x_max, w_max, separability_seen; stop_time, steps
    """
    alphas = settings.alphas
    flow = stopped_flow(settings, sample, starts, alphas)
    return {
        "sweep": {
            "alpha": alphas,
            **predictor_columns(flow, sample),
            **network_columns(settings, flow, starts, sample, seed),
            "phi": told.phi,
            "told_phi": estimated_angle(told.inputs, told.labels),
            "x_plus": np.linalg.norm(told.x_plus),
            "x_max": told.x_max,
            "w_max": max(np.linalg.norm(starts[0].inner, axis=1)) / alphas[0],
            "separability_seen": sample.separability,
            "stop_time": flow.stop_times[:, 0],
            "steps": flow.steps,
        }
    }


def draw_sample(settings: FlowSettings, seed: int) -> Mixture:
    """The sample of a seed. Raises ValueError where rejection finds none."""
    sample = draw_mixture(
        settings.n, settings.d, settings.kappa, SIGMA, np.random.default_rng([seed, 1]),
        separability=settings.separability,
    )  # fmt: skip
    return sample.positives() if settings.variant == "positives" else sample


def draw_start(settings: FlowSettings, alpha: float, seed: int) -> TwoLayer:
    """The start of a seed at `alpha`: the same directions and signs at every alpha."""
    rng = np.random.default_rng([seed, 2])
    return balanced_init(settings.width, settings.d, alpha, rng, settings.variant == "antisymmetric")


def stopped_flow(
    settings: FlowSettings, sample: Mixture, starts: list[TwoLayer], alphas: np.ndarray
) -> LogisticFlow:
    """One flow a start, each read where the positive risk comes down to eta, from t_alpha on.

    Raises ArithmeticError if one does not get there.
    """
    count = len(starts)
    inner, outer = np.stack([net.inner for net in starts]), np.stack([net.outer for net in starts])
    offset = None
    if settings.variant == "centred":
        offset = -np.stack([net.predict(sample.inputs) for net in starts])
    flow = logistic_flow(
        inner, outer, np.repeat(sample.inputs[None], count, 0), np.repeat(sample.labels[None], count, 0),
        etas=[settings.eta], after=growth_end(alphas, sample.n, inner.shape[1], sample.x_max), offset=offset,
        rtol=settings.rtol, floor=FLOOR if settings.separability is None else 0.0,
    )  # fmt: skip
    if not flow.reached.all():
        raise ArithmeticError(
            f"eta = {settings.eta:g} was not reached at alpha = {alphas[~flow.reached[:, 0]]}"
        )
    return flow


def predictor_columns(flow: LogisticFlow, sample: Mixture) -> dict[str, np.ndarray]:
    """Where w_hat points: of all positive neurons, and of those that are active as the theory asks."""
    inner, outer = flow.stop_inner[:, 0], flow.stop_outer[:, 0]
    active = np.einsum("bhd,nd->bhn", inner, sample.inputs) > 0
    positive = sample.labels > 0
    clean = active[..., positive].all(axis=-1) & ~active[..., ~positive].any(axis=-1) & (outer > 0)
    whole = effective_predictor(inner, outer)
    some = clean.any(axis=1)
    theirs = np.where(some[:, None], effective_predictor(inner, np.where(clean, outer, 0.0)), whole)
    return {
        "psi": np.cos(angle(whole, sample.x_plus)),
        "cosine": np.cos(angle(whole, sample.direction)),
        "clean_cosine": np.where(some, np.cos(angle(theirs, sample.direction)), np.nan),
        "clean_share": clean.sum(axis=1) / (outer > 0).sum(axis=1),
    }


def network_columns(
    settings: SweepSettings, flow: LogisticFlow, starts: list[TwoLayer], sample: Mixture, seed: int
) -> dict[str, list[float]]:
    """What the whole network gets wrong, and on which share it is silent. A centred network is f - f_0."""
    offsets = lines(settings.lines, sample.direction, SIGMA, np.random.default_rng([seed, 3]))
    errors = []
    for index, first in enumerate(starts):
        net = flow.stopped(index, 0)
        if settings.variant == "centred":
            net = TwoLayer(
                np.concatenate([net.inner, first.inner]), np.concatenate([net.outer, -first.outer])
            )
        errors.append(network_error(net.inner, net.outer, sample.direction, sample.kappa, SIGMA, offsets))
    return {"wrong": [each.wrong for each in errors], "silent": [each.silent for each in errors]}
