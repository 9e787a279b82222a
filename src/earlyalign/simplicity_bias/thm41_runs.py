"""What Theorem 4.1 trains: networks on the example law, until they rest, compared with the two OLS estimators.

Three kinds of run share this module. `agreement` trains one network and measures its distance from the stated limit.
`opposite ends` trains the same network on few and on many samples, over a long horizon, and looks at the train loss.
`circle` does so in the plane and keeps what the picture needs.
"""

from __future__ import annotations

import numpy as np

from earlyalign.data.linear_model import conditioned_gaussian, conditioned_sphere, draw
from earlyalign.dynamics.certificate import CERTIFIED_EVERY, certified
from earlyalign.dynamics.descent import descend
from earlyalign.dynamics.flow import gradient_flow, square_loss
from earlyalign.dynamics.long_flow import settle
from earlyalign.dynamics.squared_loss import velocity
from earlyalign.items.run import Run
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


def compute(run: Run, checkpoint) -> dict:
    kinds = {"agreement": agreement, "opposite ends": opposite_ends, "circle": circle}
    return kinds[run.config["kind"]](run)


def agreement(run: Run) -> dict:
    """Table `agreement`: distances from the limit that Theorem 4.1 states, after training to rest."""
    config = run.config
    rng = np.random.default_rng([run.seed, config["d"], config["n"]])
    sampler = conditioned_gaussian(config["d"], config["c"])
    sample = draw(sampler, config["n"], config["noise_variance"], rng)
    probes = sampler(PROBES, rng)
    start = dominated_init(config["m"], config["d"], config["init_scale"], rng, config["power"])
    end, at_rest = trained(start, sample.inputs, sample.labels, config)
    limit = two_ols(sample.inputs, sample.labels, sample.teacher)
    return {"agreement": {**distances(end, limit, probes), "at_rest": at_rest}}


def trained(start: TwoLayer, inputs: np.ndarray, labels: np.ndarray, config) -> tuple[TwoLayer, bool]:
    """The network after training, and whether it came to rest: by descent or along the flow itself."""
    if config["method"] == "descent":
        end = descend(start, inputs, labels, config["step"], round(config["time"] / config["step"]), REST)
        return end.net, end.at_rest
    path = gradient_flow(
        start, square_loss(inputs, labels), config["time"], rtol=FLOW_RTOL, atol=FLOW_RTOL * 1e-4
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


def opposite_ends(run: Run) -> dict:
    """Table `ends`: train loss against least squares', from initialisation (8); every CERTIFIED_EVERY seeds
    `certificate`: what half the step makes of the train loss."""
    config = run.config
    rng = np.random.default_rng([run.seed, config["d"], config["n"]])
    sampler = conditioned_gaussian(config["d"], config["c"])
    sample = draw(sampler, config["n"], config["noise_variance"], rng)
    start = dominated_init(config["m"], config["d"], config["init_scale"], rng, config["power"])
    asked = (start, sample.inputs, sample.labels, [config["time"]])
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


def end_losses(settled, inputs: np.ndarray, labels: np.ndarray) -> dict:
    """Mean squared residuals of the network and of least squares on the whole sample."""
    residuals = labels - settled.net.predict(inputs)
    ols_residuals = labels - inputs @ least_squares(inputs, labels)
    return {
        "train_loss": np.mean(residuals**2),
        "ols_train_loss": np.mean(ols_residuals**2),
        "at_rest": settled.converged,
        "gradient_norm": settled.trace[-1, 2],
    }


def circle(run: Run) -> dict:
    """Tables `curve`, `points`, `neurons`: a trained network on the unit circle, its data and its neurons.

    Inputs have one length and the initialisation is the isotropic Gaussian of Section 5, scaled by init_scale; in
    the plane, initialisation (8) traps nearly every flow before it has met the data.
    """
    config = run.config
    rng = np.random.default_rng([run.seed, config["n"]])
    sample = draw(conditioned_sphere(2, config["c"]), config["n"], config["noise_variance"], rng)
    start = gaussian_init(config["m"], 2, config["init_scale"] ** 2 / config["m"], rng)
    settled = settle(
        start, sample.inputs, sample.labels, [config["time"]], gradient_tolerance=PLATEAU_REST, double=True
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
