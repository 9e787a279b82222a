"""Time of one step of SGD, fused kernel against torch modules doing the same work (`make bench`; not a test).

Ratios inside one run are what counts: machines differ and are noisy.
"""

import numpy as np
import pytest
import torch

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics.sgd import sgd
from earlyalign.networks.two_layer import gaussian_init

BATCH, RATE, DIMENSION = 32, 0.01, 5
WIDTHS = (1000, 10_000)


def _problem(width):
    rng = np.random.default_rng(0)
    return draw(gaussian(DIMENSION), 1000, 0.2, rng), gaussian_init(width, DIMENSION, 1e-5 / width, rng)


@pytest.mark.parametrize("width", WIDTHS)
def test_fused(benchmark, width):
    data, net = _problem(width)
    steps = 2_000_000 // width
    sgd(net, data.inputs, data.labels, 1, RATE, BATCH, seed=0)
    benchmark.group = f"one step, width {width}"
    benchmark.extra_info["steps"] = steps
    benchmark.pedantic(
        sgd, (net, data.inputs, data.labels, steps, RATE, BATCH, 0), rounds=5, iterations=1, warmup_rounds=1
    )
    benchmark.extra_info["microseconds_a_step"] = 1e6 * benchmark.stats.stats.median / steps


@pytest.mark.parametrize("width", WIDTHS)
def test_torch_modules(benchmark, width):
    torch.set_num_threads(1)
    data, net = _problem(width)
    model = torch.nn.Sequential(
        torch.nn.Linear(DIMENSION, width, bias=False), torch.nn.ReLU(), torch.nn.Linear(width, 1, bias=False)
    )
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor(net.inner))
        model[2].weight.copy_(torch.tensor(net.outer)[None])
    inputs, labels = (torch.tensor(part, dtype=torch.float32) for part in (data.inputs, data.labels))
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    steps = 200_000 // width

    def train():
        for _ in range(steps):
            picked = torch.randint(len(inputs), (BATCH,))
            loss = ((model(inputs[picked])[:, 0] - labels[picked]) ** 2).mean() / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    benchmark.group = f"one step, width {width}"
    benchmark.pedantic(train, rounds=5, iterations=1, warmup_rounds=1)
    benchmark.extra_info["microseconds_a_step"] = 1e6 * benchmark.stats.stats.median / steps
