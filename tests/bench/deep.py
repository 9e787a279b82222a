"""Time of many small convolutional networks on one core, compiled passes against the torch loop (`make bench`).

    python -m tests.bench deep

writes the table to book/results/costs/deep.csv and how it was made to deep.json. What counts is the ratio of seconds of
one core's work, least of rounds that take turns.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import torch

from earlyalign.data.generated_images import Generator, generated_split
from earlyalign.dynamics.cnn_training import train_cnn
from earlyalign.dynamics.deep_training import Stop, plain_sgd, tensors, train_until
from earlyalign.networks.cnn import FiveLayerCNN, he_init
from earlyalign.networks.output_multiplier import OutputMultiplier
from earlyalign.runs.provenance import shown_versions

COMMAND = "python -m tests.bench deep"
MULTIPLIERS = (-12, -9, -6, -3, 0, 2)
STEP = 0.01
STOP = Stop(epochs=2, batch=20, train_accuracy=1.0)
CASES = ((8, 1), (8, 6), (8, 48), (4, 6), (16, 6))
"""Width and networks at once; the second width is the book's."""


def _samples():
    split = generated_split(400, 1000, 64, 0, Generator(side=8))
    return tensors(split.train), tensors(split.test)


def _network(index, width):
    """Of a row: a seed and a multiplier."""
    return he_init(FiveLayerCNN(width, 10), index // len(MULTIPLIERS)), 2.0 ** MULTIPLIERS[
        index % len(MULTIPLIERS)
    ]


def in_torch(width, networks, samples):
    """Two epochs of each network, with an evaluation before, between and after, one network after another."""
    for index in range(networks):
        model, c = _network(index, width)
        wrapped = OutputMultiplier(model.to(memory_format=torch.channels_last), c)
        train_until(wrapped, plain_sgd(wrapped, STEP), *samples, STOP, index)


def compiled(width, networks, samples):
    """The same."""
    for index in range(networks):
        model, c = _network(index, width)
        train_cnn(model, c, False, STEP, *samples, STOP, index)


def rows(cases=CASES, rounds=3):
    """One row a case: kernel, networks, seconds_sequential, seconds_together, ratio."""
    torch.set_num_threads(1)
    samples = _samples()
    timed = []
    for width, networks in cases:
        compiled(width, 1, samples)
        least = {in_torch: float("inf"), compiled: float("inf")}
        for _ in range(rounds):
            for train in least:
                started = time.process_time()
                train(width, networks, samples)
                least[train] = min(least[train], time.process_time() - started)
        sequential, together = least.values()
        kernel = f"five-layer CNN, width {width}, 8 x 8 pixels, batch 20"
        timed.append((kernel, networks, sequential, together, sequential / together))
    return pd.DataFrame(
        timed, columns=["kernel", "networks", "seconds_sequential", "seconds_together", "ratio"]
    )


def measure(folder: Path) -> None:
    """Write the table and its provenance into `folder`, and print it."""
    table = rows()
    table.to_csv(folder / "deep.csv", index=False, float_format="%.4g")
    made = {
        "command": COMMAND,
        "date": datetime.now(UTC).date().isoformat(),
        "versions": shown_versions(),
        "machine": f"{torch.backends.cpu.get_cpu_capability()}, one core",
    }
    (folder / "deep.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    print(table.to_string(index=False))
