"""The engine room of Figures 2 to 8: train one network on one sample, note its losses along the way, keep its neurons.

Time is that of the flow: t = learning rate × steps for SGD. Losses are noted at horizon · 2^-k, so that "flat over the
last factor of two" is a reading of the table.
"""

from __future__ import annotations

import numpy as np

from earlyalign.data.linear_model import Dataset, draw, gaussian
from earlyalign.dynamics.sgd import sgd
from earlyalign.dynamics.stabilized import settle
from earlyalign.items.contract import Checkpoint, Columns, Result, Run
from earlyalign.networks.two_layer import TwoLayer, gaussian_init
from earlyalign.theory.ols import least_squares, population_risk

HALVINGS = 10
CHUNK = 250_000
"""Steps of SGD between two checkpoints."""

TEST_SAMPLES = 20_000


def note_times(horizon: float) -> np.ndarray:
    """(HALVINGS + 1,) the times at which losses are noted: horizon · 2^-k, increasing."""
    return horizon * 2.0 ** np.arange(-HALVINGS, 1)


def compute(run: Run, checkpoint: Checkpoint) -> Result:
    """Train once. config: method ("flow" or "sgd"), n, d, width, init_variance (of a component, times width),
    noise_variance, horizon, and for SGD learning_rate and batch_size, for the flow floor.

    losses         time, train, test: mean squared errors (no factor 1/2), test with the noise variance added
    least_squares  train, test of ordinary least squares on the same sample
    neurons        cosine with the OLS estimator, outer weight, inner weights w0, w1, … at the end
    """
    config = run.config
    n, d, width = int(config["n"]), int(config["d"]), int(config["width"])
    rng = np.random.default_rng([run.seed, n, d])
    data = draw(gaussian(d), n, float(config["noise_variance"]), rng)
    start = gaussian_init(width, d, float(config["init_variance"]) / width, rng)
    follow = _flow if config["method"] == "flow" else _sgd
    times, nets = follow(start, data, run, checkpoint)
    ols = least_squares(data.inputs, data.labels)
    return {
        "losses": _losses(times, nets, data),
        "least_squares": {
            "train": np.mean((data.inputs @ ols - data.labels) ** 2),
            "test": population_risk(ols, data.teacher, data.noise_variance),
        },
        "neurons": _neurons(nets[-1], ols),
    }


def _flow(
    start: TwoLayer, data: Dataset, run: Run, checkpoint: Checkpoint
) -> tuple[np.ndarray, list[TwoLayer]]:
    times = note_times(float(run.config["horizon"]))
    return times, settle(start, data.inputs, data.labels, times, floor=float(run.config["floor"])).nets


def _sgd(
    start: TwoLayer, data: Dataset, run: Run, checkpoint: Checkpoint
) -> tuple[np.ndarray, list[TwoLayer]]:
    rate, batch = float(run.config["learning_rate"]), int(run.config["batch_size"])
    times = note_times(float(run.config["horizon"]))
    wanted = np.maximum(np.round(times / rate).astype(int), 1)
    done, net, kept = _resume(checkpoint, start)
    stops = np.unique(np.concatenate([wanted, np.arange(CHUNK, wanted[-1], CHUNK)]))
    for stop in stops[stops > done]:
        net = sgd(net, data.inputs, data.labels, int(stop - done), rate, batch, run.seed, first_step=done)
        done = int(stop)
        kept += [net] * int(np.sum(wanted == done))
        if wanted[-1] > CHUNK:
            _keep(checkpoint, done, net, kept)
    return times, kept


def _resume(checkpoint: Checkpoint, start: TwoLayer) -> tuple[int, TwoLayer, list[TwoLayer]]:
    state = checkpoint.load()
    if state is None:
        return 0, start, []
    kept = [TwoLayer(inner, outer) for inner, outer in zip(state["kept_inner"], state["kept_outer"])]
    return int(state["done"][0]), TwoLayer(state["inner"], state["outer"]), kept


def _keep(checkpoint: Checkpoint, done: int, net: TwoLayer, kept: list[TwoLayer]) -> None:
    inner = np.array([each.inner for each in kept]).reshape(len(kept), *net.inner.shape)
    outer = np.array([each.outer for each in kept]).reshape(len(kept), *net.outer.shape)
    checkpoint.save(
        {"done": done, "inner": net.inner, "outer": net.outer, "kept_inner": inner, "kept_outer": outer}
    )  # fmt: skip


def _losses(times: np.ndarray, nets: list[TwoLayer], data: Dataset) -> Columns:
    fresh = np.random.default_rng(data.d).standard_normal((TEST_SAMPLES, data.d))
    truth = fresh @ data.teacher
    return {
        "time": times,
        "train": [np.mean((net.predict(data.inputs) - data.labels) ** 2) for net in nets],
        "test": [np.mean((net.predict(fresh) - truth) ** 2) + data.noise_variance for net in nets],
    }


def _neurons(net: TwoLayer, ols: np.ndarray) -> Columns:
    lengths = np.linalg.norm(net.inner, axis=1) * np.linalg.norm(ols)
    cosine = np.divide(net.inner @ ols, lengths, out=np.zeros(net.width), where=lengths > 0)
    inner = {f"w{j}": net.inner[:, j] for j in range(net.inner.shape[1])}
    return {"cosine": cosine, "outer": net.outer, **inner}
