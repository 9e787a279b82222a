"""The engine room of A-dec, A-fig5 and A-scale: one sample, one start, a sweep over alpha, each flow stopped at eta.

All alphas of a seed share the sample, the directions of the start and the lines along which the network is tested, so
that differences along alpha are paired. A flow that does not reach eta is an error, never a row.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from earlyalign.data.gaussian_mixture import Mixture, angle, draw_mixture
from earlyalign.dynamics.logistic_flow import LogisticFlow, logistic_flow
from earlyalign.items.run import Checkpoint, Result, Run, Scalar
from earlyalign.networks.balanced import balanced_init, effective_predictor
from earlyalign.networks.two_layer import TwoLayer
from earlyalign.theory.knob_rule import estimated_angle
from earlyalign.theory.mixture_error import lines, network_error
from earlyalign.theory.phase_one import growth_end

SIGMA = 1.0
"""Lengths are measured in noise: only kappa/sigma matters."""

FLOOR = 0.1
"""Step floor of the solver on samples that need not be separable, where neurons slide along walls."""

VARIANTS = ("plain", "positives", "antisymmetric", "centred")


def alpha_grid(low: float, high: float, count: int) -> np.ndarray:
    """(count,) alphas from low to high, equally spaced in log alpha."""
    return np.geomspace(low, high, count)


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Sweep alpha once. config: d, n, kappa, width, separability (or None), eta, alpha_low, alpha_high, alpha_count,
    lines, rtol; variant ("plain", "positives": trained on the positive samples only, "antisymmetric": a start with
    output 0, "centred": f - f_0 in place of f); sabotage ("none", "copies", "other-sample").

    sweep  one row an alpha: psi and cosine of w_hat with x_+ and with s; clean_cosine and clean_share, the same for the
           neurons active on every positive and no negative sample; wrong and silent shares of the whole network; phi,
           told_phi (from the sample alone), x_plus, x_max, w_max, separability_seen; stop_time, steps
    """
    config = run.config
    alphas = alpha_grid(config["alpha_low"], config["alpha_high"], config["alpha_count"])
    sample = draw_sample(config, run.seed)
    starts = [start(config, alpha, run.seed) for alpha in alphas]
    flow = stopped_flow(config, sample, starts, alphas)
    told = sample if config["sabotage"] != "other-sample" else draw_sample(config, run.seed + 1_000_000)
    ones = np.ones(len(alphas))
    w_max = max(np.linalg.norm(starts[0].inner, axis=1)) / alphas[0]
    return {
        "sweep": {
            "alpha": alphas,
            **predictor_columns(flow, sample),
            **network_columns(config, flow, starts, sample, run.seed),
            "phi": told.phi * ones,
            "told_phi": estimated_angle(told.inputs, told.labels) * ones,
            "x_plus": np.linalg.norm(told.x_plus) * ones,
            "x_max": told.x_max * ones,
            "w_max": w_max * ones,
            "separability_seen": sample.separability * ones,
            "stop_time": flow.stop_times[:, 0],
            "steps": flow.steps,
        }
    }


def draw_sample(config: Mapping[str, Scalar], seed: int) -> Mixture:
    """The run's sample. Under "copies" n counts copies of the same `base_n` samples."""
    rng = np.random.default_rng([seed, 1])
    copied = config["sabotage"] == "copies"
    n = config["base_n"] if copied else config["n"]
    sample = draw_mixture(
        int(n), int(config["d"]), config["kappa"], SIGMA, rng, separability=config["separability"]
    )
    if config["variant"] == "positives":
        sample = sample.positives()
    if copied:
        times = config["n"] // config["base_n"]
        sample = Mixture(
            np.tile(sample.inputs, (times, 1)), np.tile(sample.labels, times), sample.direction, sample.kappa, SIGMA
        )  # fmt: skip
    return sample


def start(config: Mapping[str, Scalar], alpha: float, seed: int) -> TwoLayer:
    """The run's start at `alpha`: the same directions and signs at every alpha. Under "copies" the width counts copies
    of the same `base_width` neurons, shrunk so that the function does not change."""
    rng = np.random.default_rng([seed, 2])
    antisymmetric = config["variant"] == "antisymmetric"
    if config["sabotage"] != "copies":
        return balanced_init(int(config["width"]), int(config["d"]), alpha, rng, antisymmetric)
    times = config["width"] // config["base_width"]
    net = balanced_init(
        int(config["base_width"]), int(config["d"]), alpha / np.sqrt(times), rng, antisymmetric
    )
    return TwoLayer(np.tile(net.inner, (times, 1)), np.tile(net.outer, times))


def stopped_flow(
    config: Mapping[str, Scalar], sample: Mixture, starts: list[TwoLayer], alphas: np.ndarray
) -> LogisticFlow:
    """One flow a start, each read where the positive risk comes down to eta, from t_alpha on.

    Raises ArithmeticError if one does not get there.
    """
    count = len(starts)
    inner, outer = np.stack([net.inner for net in starts]), np.stack([net.outer for net in starts])
    offset = None
    if config["variant"] == "centred":
        offset = -np.stack([net.predict(sample.inputs) for net in starts])
    flow = logistic_flow(
        inner, outer, np.repeat(sample.inputs[None], count, 0), np.repeat(sample.labels[None], count, 0),
        etas=[config["eta"]], after=growth_end(alphas, sample.n, inner.shape[1], sample.x_max), offset=offset,
        rtol=config["rtol"], floor=FLOOR if config["separability"] is None else 0.0,
    )  # fmt: skip
    if not flow.reached.all():
        raise ArithmeticError(
            f"eta = {config['eta']:g} was not reached at alpha = {alphas[~flow.reached[:, 0]]}"
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
    config: Mapping[str, Scalar], flow: LogisticFlow, starts: list[TwoLayer], sample: Mixture, seed: int
) -> dict[str, list[float]]:
    """What the whole network gets wrong, and on which share it is silent. A centred network is f - f_0."""
    offsets = lines(int(config["lines"]), sample.direction, SIGMA, np.random.default_rng([seed, 3]))
    found = []
    for b, first in enumerate(starts):
        net = flow.stopped(b, 0)
        if config["variant"] == "centred":
            net = TwoLayer(
                np.concatenate([net.inner, first.inner]), np.concatenate([net.outer, -first.outer])
            )
        found.append(network_error(net.inner, net.outer, sample.direction, sample.kappa, SIGMA, offsets))
    return {"wrong": [each.wrong for each in found], "silent": [each.silent for each in found]}
