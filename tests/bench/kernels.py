"""A step of the training kernels against its rivals and against the processor's peak: kernels.csv, kernels.json."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics.sgd import sgd
from earlyalign.networks.two_layer import TwoLayer, gaussian_init
from tests.bench.peak import MULTIPLY_ADDS, spin, vectors
from tests.bench.rivals import OURS, RIVALS, Work
from tests.dynamics.reference import distance, plain_sgd

ACTIVATIONS, OPTIMISERS, DIMENSIONS, WIDTHS = ("relu", "gelu"), ("sgd", "adam"), (5, 10), (1000, 10_000)
ROUNDS = 20
SECONDS = 0.02
"""What one timed call takes, about: long beside what a call costs before its first step, and short enough that some
of many fall between what else the machine does."""

PACKAGES = ("numpy", "numba", "llvmlite", "torch", "jax", "jaxlib")
DRIFT_STEPS = 10_000

FIRST_CALL = """
import time
import numpy as np
from earlyalign.dynamics.sgd import sgd
from earlyalign.networks.two_layer import gaussian_init
rng = np.random.default_rng(0)
net, x, y = gaussian_init(100, 5, 0.1, rng), rng.standard_normal((40, 5)), rng.standard_normal(40)
begun = time.process_time()
sgd(net, x, y, 1, 0.1, 32, 0, activation="{activation}")
print(time.process_time() - begun)
"""


def measure(folder: Path) -> None:
    """Time everything and write kernels.csv and kernels.json into `folder`."""
    table = pd.DataFrame()
    for case in product(ACTIVATIONS, OPTIMISERS, DIMENSIONS, WIDTHS):
        table = pd.concat([table, timed(Work(*case))])
        table.drop(columns="peak").to_csv(folder / "kernels.csv", index=False, float_format="%.4g")
    about = {
        "command": "make bench",
        "date": date.today().isoformat(),
        "machine": f"{vectors()}, one core",
        "clock": "processor time, the least of interleaved repeats",
        "batch": Work("relu", "sgd", 5, 1000).batch,
        "peak_multiply_adds_a_second": float(table["peak"].max()),
        "counted": "(2 d + 1) * width * batch multiply-adds a step, whatever the activation or optimiser",
        "versions": {name: _version(name) for name in PACKAGES},
        "first_call_seconds": {name: first_calls(name) for name in ACTIVATIONS},
        "drift": {name: drift(name) for name in ACTIVATIONS},
    }
    (folder / "kernels.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def timed(work: Work) -> pd.DataFrame:
    """One row a rival that is installed: microseconds a step, share of the peak, ratio to ours, and the peak."""
    calls, steps = {"peak": spin}, {}
    for name, make in RIVALS.items():
        try:
            train = make(work)
        except ImportError as error:
            print(f"{name}: not measured, {error}", file=sys.stderr)
            continue
        steps[name] = _steps(train)
        calls[name] = lambda train=train, count=steps[name]: train(count)
    least = interleaved(calls)
    peak = MULTIPLY_ADDS / least["peak"]
    count = (2 * work.d + 1) * work.width * work.batch
    rows = pd.DataFrame(
        {
            "kernel": name,
            **{key: getattr(work, key) for key in ("activation", "optimiser", "d", "width")},
            "microseconds": 1e6 * least[name] / steps[name],
            "share_of_peak": count * steps[name] / least[name] / peak,
            "peak": peak,
        }
        for name in steps
    )
    ours = rows.loc[rows["kernel"] == OURS, "microseconds"].item()
    rows.insert(7, "ratio_to_ours", rows["microseconds"] / ours)
    print(rows.drop(columns="peak").to_string(index=False, float_format="%.3g"), flush=True)
    return rows


def interleaved(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The least processor time of each call in ROUNDS rounds over all of them."""
    least = dict.fromkeys(calls, np.inf)
    for _ in range(ROUNDS):
        for name, call in calls.items():
            least[name] = min(least[name], _seconds(call))
    return least


def first_calls(activation: str) -> dict[str, float]:
    """Processor time of the first call of `sgd` in a process: compiled there, and found on disk by the next one."""
    with tempfile.TemporaryDirectory() as cache:
        times = [_first_call(activation, cache) for _ in range(2)]
    return dict(zip(("compiled", "from_disk"), times))


def drift(activation: str) -> dict[str, float]:
    """How far DRIFT_STEPS steps in float32 end from float64 on the same batches, the worst of three runs.

    weights  norm of the difference of all weights over their norm
    loss     relative difference of the train loss
    """
    drifts = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        data, net = draw(gaussian(5), 100, 0.2, rng), gaussian_init(64, 5, 1e-3, rng)
        rounded = TwoLayer(net.inner.astype(np.float32), net.outer.astype(np.float32))
        inputs, labels = data.inputs.astype(np.float32), data.labels.astype(np.float32)
        run = (rounded, inputs, labels, DRIFT_STEPS, 0.01, 32, seed)
        ends = sgd(*run, activation=activation), plain_sgd(*run, activation)
        ours, exact = (float(np.mean((end.predict(inputs, activation) - labels) ** 2)) for end in ends)
        drifts.append((distance(*ends), abs(ours / exact - 1)))
    weights, loss = np.max(drifts, axis=0)
    return {"steps": DRIFT_STEPS, "weights": float(weights), "loss": float(loss)}


def _steps(train: Callable[[int], object]) -> int:
    """Steps that take about SECONDS; both counts are compiled for before anything is timed."""
    train(8)
    count = max(2, round(8 * SECONDS / _seconds(lambda: train(8))))
    train(count)
    return count


def _seconds(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def _first_call(activation: str, cache: str) -> float:
    source = FIRST_CALL.format(activation=activation)
    environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
    ran = subprocess.run(
        [sys.executable, "-c", source], env=environment, capture_output=True, text=True, check=True
    )
    return round(float(ran.stdout), 3)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
