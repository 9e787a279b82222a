"""Work against error of the flow, this method and the one before it (`python tests/bench/bench_flow.py`; not a test).

The method before took RKC2 steps through all kinks, with the error measured over all weights at once and a shortest
step, the floor. Its right-hand side and loop are kept here, at the least that runs. Errors are against this method at a
far smaller tolerance, started from the same weights; where paths are sensitive nothing below that sensitivity can be
seen. Writes book/results/costs/flow_work_error.csv and its provenance.
"""

import json
import platform
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numba
import numpy as np
import pandas as pd

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics.chebyshev import coefficients, longest_step, stages_for
from earlyalign.dynamics.stabilized import settle
from earlyalign.networks.two_layer import TwoLayer, gaussian_init

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "book/results/costs/flow_work_error.csv"
DIMENSION, WIDTH = 5, 200
CASES = {500: 30.0, 2000: 40.0, 10_000: 60.0}
"""Sample size -> time of the flow: over the first growth and onto the plateau, before paths become sensitive."""
FINEST = 2e-6
TOLERANCES = (1e-2, 1e-3, 1e-4)
BEFORE = ((1e-2, 1.0), (1e-2, 0.05), (1e-3, 0.05), (1e-3, 0.0125))


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
    """The weights at `horizon` by the method before, and its evaluations. The Hessian's radius is bounded above by that
    of the start's successor states through a power iteration on differences."""
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
    table = coefficients(stages)
    before, now = start, start + table.mu_tilde[1] * span * speed
    for j in range(2, stages + 1):
        pull, _ = _dense_velocity(now, columns, labels)
        after = (1 - table.mu[j] - table.nu[j]) * start + table.mu[j] * now + table.nu[j] * before
        after += span * (table.mu_tilde[j] * pull + table.gamma_tilde[j] * speed)
        before, now = now, after
    return now, *_dense_velocity(now, columns, labels), stages


def problem(n):
    """Figure 2's sample and start of seed 0."""
    rng = np.random.default_rng([0, n, DIMENSION])
    data = draw(gaussian(DIMENSION), n, 0.2, rng)
    return data, gaussian_init(WIDTH, DIMENSION, 1e-5 / WIDTH, rng)


def errors(weights, exact, data):
    """Mean over neurons of the error in direction and of that in logarithm of the norm, and that of the train loss,
    relative."""
    found, wanted = (np.linalg.norm(each[:, :-1], axis=1) for each in (weights, exact))
    unit = weights[:, :-1] / found[:, None] - exact[:, :-1] / wanted[:, None]
    losses = [
        np.mean((TwoLayer(each[:, :-1], each[:, -1]).predict(data.inputs) - data.labels) ** 2)
        for each in (weights, exact)
    ]
    return {
        "direction": np.mean(np.linalg.norm(unit, axis=1)),
        "log_norm": np.mean(np.abs(np.log(found / wanted))),
        "loss": abs(losses[0] / losses[1] - 1),
    }


def measure() -> pd.DataFrame:
    """Columns method, n, setting, seconds of processor time, evaluations, direction, log_norm, loss (errors)."""
    rows = []
    for n, horizon in CASES.items():
        data, net = problem(n)
        asked = (net, data.inputs, data.labels)
        settle(*asked, (0.1,))
        _before(*asked, 0.1, 1e-2, 1.0)
        finest = settle(*asked, (horizon,), FINEST).net
        exact = np.column_stack([finest.inner, finest.outer])
        for tolerance in TOLERANCES:
            start = time.process_time()
            found = settle(*asked, (horizon,), tolerance)
            weights = np.column_stack([found.net.inner, found.net.outer])
            rows.append(_row("within cells", n, f"tolerance {tolerance:g}", start, found.evaluations))
            rows[-1] |= errors(weights, exact, data)
        for rtol, floor in BEFORE:
            start = time.process_time()
            weights, evaluations = _before(*asked, horizon, rtol, floor)
            rows.append(_row("through kinks", n, f"rtol {rtol:g}, floor {floor:g}", start, evaluations))
            rows[-1] |= errors(weights, exact, data)
    return pd.DataFrame(rows)


def _row(method, n, setting, start, evaluations):
    return {
        "method": method, "n": n, "setting": setting, "seconds": time.process_time() - start,
        "evaluations": evaluations,
    }  # fmt: skip


def draw_diagram(table: pd.DataFrame, error: str = "direction"):
    """Processor seconds against true error, a panel a sample size, a line a method."""
    sizes = sorted(table["n"].unique())
    figure, panels = plt.subplots(1, len(sizes), figsize=(3.2 * len(sizes), 3), sharey=True, squeeze=False)
    for panel, n in zip(panels[0], sizes):
        for method, rows in table[table["n"] == n].groupby("method"):
            panel.loglog(rows[error], rows["seconds"], "o-", label=method)
        panel.set(title=f"n = {n:,}", xlabel=f"error in {error.replace('_', ' ')}")
    panels[0][0].set_ylabel("processor seconds")
    panels[0][0].legend()
    return figure


if __name__ == "__main__":
    found = measure()
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    found.to_csv(TABLE, index=False, float_format="%.4g")
    versions = {"python": platform.python_version(), "numpy": np.__version__, "numba": numba.__version__}
    about = {
        "versions": versions, "machine": "AVX2, 2 cores, shared with other work: compare ratios only",
        "d": DIMENSION, "width": WIDTH, "seed": 0, "finest_tolerance": FINEST,
        "times": {str(n): horizon for n, horizon in CASES.items()},
        "command": "python tests/bench/bench_flow.py",
    }  # fmt: skip
    TABLE.with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    print(found.to_string())
