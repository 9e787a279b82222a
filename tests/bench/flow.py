"""Work against error of the full-batch flow: this method and the one that the book used before.

The method before took Runge-Kutta-Chebyshev steps through all kinks, with the error measured over all weights at once
and a shortest step, the floor. Its right-hand side and its loop are kept here, at the least that runs. Errors are
against this method at a far smaller step, from the same weights, at times before paths become sensitive: the mean over
neurons of the distance from where the neuron should be, over its norm there. Writes flow_work_error.csv
and flow_parting.csv, each with its provenance.
"""

from __future__ import annotations

import json
import platform
import time
from itertools import product
from pathlib import Path

import numba
import numpy as np
import pandas as pd

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics.long_flow import settle
from earlyalign.networks.two_layer import gaussian_init
from earlyalign.theory.ols import least_squares
from tests.bench.chebyshev import coefficients, longest_step, stages_for
from tests.bench.peak import vectors

DIMENSION, WIDTH = 5, 200
CASES = {500: 60.0, 2000: 100.0, 10_000: 100.0}
"""Sample size -> time of the flow: over the first growth and onto the plateau."""

PARTING_N, PARTING_SEEDS = 500, 28
PARTING_STEPS, PARTING_TIMES = (0.2, 0.1, 0.025), (1250.0, 2500.0, 5000.0)
"""Where paths part: Figure 2's sample size of 500, at its horizon and earlier."""

FINEST = 0.002
STEPS = (0.4, 0.2, 0.1, 0.05, 0.025)
BEFORE = ((1e-2, 1.0), (1e-2, 0.25), (1e-3, 0.05), (1e-3, 0.0125))


@numba.njit(fastmath=True, error_model="numpy")
def _dense_velocity(weights, columns, labels):
    m, d, n = len(weights), len(columns), len(labels)
    block = 256
    out, residual, height, pull = np.zeros_like(weights), np.empty(block), np.empty(block), np.empty(block)
    loss = 0.0
    for first in range(0, n, block):
        size = min(block, n - first)
        for k in range(size):
            residual[k] = -labels[first + k]
        for i in range(m):
            height[:size] = 0.0
            for j in range(d):
                w = weights[i, j]
                for k in range(size):
                    height[k] += w * columns[j, first + k]
            a = weights[i, d]
            for k in range(size):
                residual[k] += a * max(height[k], 0.0)
        for k in range(size):
            loss += residual[k] ** 2
        for i in range(m):
            height[:size] = 0.0
            for j in range(d):
                w = weights[i, j]
                for k in range(size):
                    height[k] += w * columns[j, first + k]
            outer = 0.0
            for k in range(size):
                pull[k] = residual[k] if height[k] > 0.0 else 0.0
                outer += pull[k] * height[k]
            for j in range(d):
                inner = 0.0
                for k in range(size):
                    inner += pull[k] * columns[j, first + k]
                out[i, j] -= weights[i, d] * inner / n
            out[i, d] -= outer / n
    return out, loss / (2 * n)


def _before(net, inputs, labels, horizon, rtol, floor):
    """The weights at `horizon` by the method before, and its evaluations."""
    columns = np.ascontiguousarray(inputs.T)
    weights = np.column_stack([net.inner, net.outer])
    speed, loss = _dense_velocity(weights, columns, labels)
    vector, radius = np.random.default_rng(0).standard_normal(weights.shape), 1.0
    t, step, hold, accepted, evaluations = 0.0, 0.1, 0, 0, 1
    while t < horizon * (1 - 1e-12):
        if accepted % 10 == 0:
            for _ in range(2):
                vector *= 1e-5 / np.linalg.norm(vector)
                vector = (speed - _dense_velocity(weights + vector, columns, labels)[0]) / 1e-5
                radius = max(1.2 * np.linalg.norm(vector), 1e-3)
            evaluations += 2
        step = min(step, longest_step(radius))
        span = min(step, horizon - t)
        moved, moved_speed, moved_loss, stages = _rkc(weights, speed, span, radius, columns, labels)
        evaluations += stages
        estimate = 0.8 * (weights - moved) + 0.4 * span * (speed + moved_speed)
        size = np.maximum(np.linalg.norm(weights, axis=1), np.linalg.norm(moved, axis=1))
        allowed = rtol * np.maximum(size, 1e-2 * np.sqrt(np.mean(size**2)))[:, None]
        error = max(float(np.sqrt(np.mean((estimate / allowed) ** 2))), 1e-12)
        if span > floor and (error > 1 or moved_loss > loss):
            step, hold = max(floor, span * np.clip(0.8 * error ** (-1 / 3), 0.25, 0.6)), 4
            continue
        t, weights, speed, loss = t + span, moved, moved_speed, moved_loss
        accepted, hold = accepted + 1, hold - 1
        step = max(floor, span * np.clip(0.8 * error ** (-1 / 3), 0.25, 1.0 if hold > 0 else 2.0))
    return weights, evaluations


def _rkc(start, speed, span, radius, columns, labels):
    stages = stages_for(span, radius)
    mu, nu, mu_tilde, gamma_tilde = coefficients(stages)
    before, now = start, start + mu_tilde[1] * span * speed
    for j in range(2, stages + 1):
        pull, _ = _dense_velocity(now, columns, labels)
        after = (1 - mu[j] - nu[j]) * start + mu[j] * now + nu[j] * before
        after += span * (mu_tilde[j] * pull + gamma_tilde[j] * speed)
        before, now = now, after
    return now, *_dense_velocity(now, columns, labels), stages


def problem(n, seed=0):
    """Figure 2's sample and start of a seed."""
    rng = np.random.default_rng([seed, n, DIMENSION])
    data = draw(gaussian(DIMENSION), n, 0.2, rng)
    return data, gaussian_init(WIDTH, DIMENSION, 1e-5 / WIDTH, rng)


def error(weights: np.ndarray, exact: np.ndarray) -> float:
    """Mean over neurons of the distance from where `exact` has them, over their norm there."""
    return float(np.mean(np.linalg.norm(weights - exact, axis=1) / np.linalg.norm(exact, axis=1)))


def rows() -> pd.DataFrame:
    """Columns method, n, setting, seconds of processor time, evaluations, error."""
    timed = []
    for n, horizon in CASES.items():
        data, net = problem(n)
        asked = (net, data.inputs, data.labels)
        settle(*asked, (0.1,))
        settle(*asked, (0.1,), double=True)
        _before(*asked, 0.1, 1e-2, 1.0)
        exact = _weights(settle(*asked, (horizon,), FINEST, double=n <= 2000).net)
        for step in STEPS:
            start = time.process_time()
            ended = settle(*asked, (horizon,), step)
            told = time.process_time() - start
            timed.append(
                ("now", n, f"step {step:g}", told, ended.evaluations, error(_weights(ended.net), exact))
            )
        for rtol, floor in BEFORE:
            start = time.process_time()
            weights, evaluations = _before(*asked, horizon, rtol, floor)
            told = time.process_time() - start
            timed.append(
                ("before", n, f"rtol {rtol:g}, floor {floor:g}", told, evaluations, error(weights, exact))
            )
    return pd.DataFrame(timed, columns=["method", "n", "setting", "seconds", "evaluations", "error"])


def parting_rows() -> pd.DataFrame:
    """Columns seed, step, time, train_ratio (train loss over that of OLS) where paths have become sensitive: whether
    the step moves the statistic over seeds, and not only each path."""
    rows = []
    for seed, step in product(range(PARTING_SEEDS), PARTING_STEPS):
        data, net = problem(PARTING_N, seed)
        best = np.mean((data.inputs @ least_squares(data.inputs, data.labels) - data.labels) ** 2)
        for at, then in zip(PARTING_TIMES, settle(net, data.inputs, data.labels, PARTING_TIMES, step).nets):
            rows.append((seed, step, at, np.mean((then.predict(data.inputs) - data.labels) ** 2) / best))
    return pd.DataFrame(rows, columns=["seed", "step", "time", "train_ratio"])


def _weights(net) -> np.ndarray:
    return np.column_stack([net.inner, net.outer])


def measure(folder: Path) -> None:
    """Write the table and its provenance into `folder`, and print it."""
    table = rows()
    table.to_csv(folder / "flow_work_error.csv", index=False, float_format="%.4g")
    versions = {"python": platform.python_version(), "numpy": np.__version__, "numba": numba.__version__}
    shared = {
        "versions": versions, "machine": f"{vectors()}, one core", "d": DIMENSION, "width": WIDTH,
        "command": "python -m tests.bench flow",
    }  # fmt: skip
    times = {str(n): horizon for n, horizon in CASES.items()}
    _tell(folder / "flow_work_error.json", {**shared, "seed": 0, "finest_step": FINEST, "times": times})
    print(table.to_string())
    parting = parting_rows()
    parting.to_csv(folder / "flow_parting.csv", index=False, float_format="%.4f")
    asked = {"n": PARTING_N, "seeds": PARTING_SEEDS, "steps": PARTING_STEPS, "times": PARTING_TIMES}
    _tell(folder / "flow_parting.json", {**shared, **asked})
    print(parting.groupby(["time", "step"])["train_ratio"].describe().to_string())


def _tell(path: Path, provenance: dict[str, object]) -> None:
    path.write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
