"""What Theorem 4.1 trains: networks on the example law, until they rest, compared with the two OLS estimators.

There are three kinds of run. `agreement` trains one network and measures its distance from the stated limit.
`opposite ends` trains the same network on few and on many samples, over a long horizon, and looks at the train loss.
`circle` does so in the plane and keeps what the figure needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from earlyalign.data.linear_model import conditioned_gaussian, conditioned_sphere, draw
from earlyalign.dynamics.certificate import CERTIFIED_EVERY, certified
from earlyalign.dynamics.descent import descend
from earlyalign.dynamics.flow import gradient_flow, square_loss
from earlyalign.dynamics.long_flow import Settled, settle
from earlyalign.dynamics.squared_loss import velocity
from earlyalign.items.run import Checkpoint, Columns, Result, Run
from earlyalign.networks.two_layer import TwoLayer, dominated_init, gaussian_init
from earlyalign.theory.ols import TwoOLS, least_squares, two_ols

REST = 1e-13
"""||grad L|| at which descent counts as at rest."""
FLOW_RTOL = 1e-8
PLATEAU_REST = 1e-8
"""||grad L|| at rest over long horizons, where the flow creeps along plateaus."""
PROBES = 500
"""Fresh inputs from the law on which predictions are compared."""
ANGLES = 721


@dataclass(frozen=True)
class Training:
    """kind             of run, as above
    d, n, c          of the example law and its sample; noise_variance: Var(eta)
    width, init_scale, power   of the initialisation
    time             the longest a run may take to rest
    """

    kind: str
    d: int
    n: int
    width: int
    c: float
    init_scale: float
    power: float
    noise_variance: float
    time: float


@dataclass(frozen=True)
class Agreement(Training):
    """part: the grid, the flow, or a sweep; method: `descent`, in steps of `step`, or `flow`."""

    part: str
    step: float
    method: str


@dataclass(frozen=True)
class End(Training):
    """end: `small` or `large`, for few or many samples."""

    end: str


@dataclass(frozen=True)
class Circle:
    """As `End`, without a power: the initialisation is Gaussian. shown_seed: the one that is drawn."""

    kind: str
    d: int
    n: int
    width: int
    c: float
    init_scale: float
    noise_variance: float
    time: float
    end: str
    shown_seed: int


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """The tables of the run's kind."""
    kinds = {"agreement": agreement, "opposite ends": opposite_ends, "circle": circle}
    return kinds[str(run.config["kind"])](run)


def agreement(run: Run) -> Result:
    """Table `agreement`: distances from the limit that Theorem 4.1 states, after training to rest."""
    settings = run.read(Agreement)
    rng = np.random.default_rng([run.seed, settings.d, settings.n])
    sampler = conditioned_gaussian(settings.d, settings.c)
    sample = draw(sampler, settings.n, settings.noise_variance, rng)
    probes = sampler(PROBES, rng)
    start = dominated_init(settings.width, settings.d, settings.init_scale, rng, settings.power)
    end, at_rest = trained(start, sample.inputs, sample.labels, settings)
    limit = two_ols(sample.inputs, sample.labels, sample.teacher)
    return {"agreement": {**distances(end, limit, probes), "at_rest": at_rest}}


def trained(
    start: TwoLayer, inputs: np.ndarray, labels: np.ndarray, settings: Agreement
) -> tuple[TwoLayer, bool]:
    """The network after training, and whether it came to rest: by descent or along the flow itself."""
    if settings.method == "descent":
        steps = round(settings.time / settings.step)
        end = descend(start, inputs, labels, settings.step, steps, REST)
        return end.net, end.at_rest
    path = gradient_flow(
        start, square_loss(inputs, labels), settings.time, rtol=FLOW_RTOL, atol=FLOW_RTOL * 1e-4
    )
    speed = velocity(path.last, inputs, labels).flat()
    return path.last, bool(np.linalg.norm(speed) <= FLOW_RTOL)


def distances(net: TwoLayer, limit: TwoOLS, probes: np.ndarray) -> dict[str, float]:
    """||sum_{a_i>0} a_i w_i - beta_{n,+}||, the same for -, and the largest prediction gap on `probes` (k, d)."""
    plus, minus = signed_sums(net)
    return {
        "plus_gap": float(np.linalg.norm(plus - limit.plus)),
        "minus_gap": float(np.linalg.norm(minus - limit.minus)),
        "prediction_gap": float(np.abs(net.predict(probes) - limit.predict(probes)).max()),
    }


def signed_sums(net: TwoLayer) -> tuple[np.ndarray, np.ndarray]:
    """(sum_{a_i>0} a_i w_i, sum_{a_i<0} a_i w_i), each (d,)."""
    terms = net.outer[:, None] * net.inner
    return terms[net.positive].sum(axis=0), terms[~net.positive].sum(axis=0)


def opposite_ends(run: Run) -> Result:
    """Table `ends`: train loss against least squares', from initialisation (8); every CERTIFIED_EVERY seeds
    `certificate`: what half the step makes of the train loss."""
    settings = run.read(End)
    rng = np.random.default_rng([run.seed, settings.d, settings.n])
    sampler = conditioned_gaussian(settings.d, settings.c)
    sample = draw(sampler, settings.n, settings.noise_variance, rng)
    start = dominated_init(settings.width, settings.d, settings.init_scale, rng, settings.power)
    asked = (start, sample.inputs, sample.labels, [settings.time])
    if run.seed % CERTIFIED_EVERY != 0:
        settled = settle(*asked, gradient_tolerance=PLATEAU_REST, double=True)
        return {"ends": end_losses(settled, sample.inputs, sample.labels)}
    flows = certified(*asked, gradient_tolerance=PLATEAU_REST, double=True)
    return {
        "ends": end_losses(flows.settled, sample.inputs, sample.labels),
        "certificate": flows.table(
            lambda net: {"train_loss": np.mean((sample.labels - net.predict(sample.inputs)) ** 2)}
        ),
    }


def end_losses(settled: Settled, inputs: np.ndarray, labels: np.ndarray) -> Columns:
    """Mean squared residuals of the network and of least squares on the whole sample."""
    residuals = labels - settled.net.predict(inputs)
    ols_residuals = labels - inputs @ least_squares(inputs, labels)
    return {
        "train_loss": np.mean(residuals**2),
        "ols_train_loss": np.mean(ols_residuals**2),
        "at_rest": settled.converged,
        "gradient_norm": settled.trace[-1, 2],
    }


def circle(run: Run) -> Result:
    """Tables `curve`, `points`, `neurons`: a trained network on the unit circle, its data and its neurons.

    Inputs have one length and the initialisation is the isotropic Gaussian of Section 5, scaled by init_scale; in
    the plane, initialisation (8) traps nearly every flow before it has met the data.
    """
    settings = run.read(Circle)
    rng = np.random.default_rng([run.seed, settings.n])
    sample = draw(conditioned_sphere(2, settings.c), settings.n, settings.noise_variance, rng)
    start = gaussian_init(settings.width, 2, settings.init_scale**2 / settings.width, rng)
    settled = settle(
        start, sample.inputs, sample.labels, [settings.time], gradient_tolerance=PLATEAU_REST, double=True
    )
    angles = np.linspace(-np.pi, np.pi, ANGLES)
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    net, lengths = settled.net, np.linalg.norm(sample.inputs, axis=1)
    return {
        "plane": end_losses(settled, sample.inputs, sample.labels),
        "curve": {
            "angle": angles,
            "network": net.predict(ring),
            "least_squares": ring @ least_squares(sample.inputs, sample.labels),
        },
        "points": {
            "angle": np.arctan2(sample.inputs[:, 1], sample.inputs[:, 0]),
            "value": sample.labels / lengths,
        },
        "neurons": {
            "angle": np.arctan2(net.inner[:, 1], net.inner[:, 0]),
            "strength": net.outer * np.linalg.norm(net.inner, axis=1),
        },
    }
