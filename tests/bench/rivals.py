"""The same training in torch modules, torch.compile, JAX and the fused kernels: equal start, batches and steps.

A rival is a function of steps that trains from the start and returns the weights (m, d) and (m,).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics.adam import BETA_1, BETA_2, EPSILON, AdamState, adam
from earlyalign.dynamics.counter import batch_indices
from earlyalign.dynamics.sgd import sgd
from earlyalign.networks.two_layer import gaussian_init

Rival = Callable[[int], tuple[np.ndarray, np.ndarray]]

OURS = "ours"
SAMPLES = 1000


@dataclass(frozen=True)
class Work:
    """What is trained: a network of width `width` on SAMPLES samples of the linear model in d dimensions."""

    activation: str
    optimiser: str
    d: int
    width: int
    batch: int = 32
    seed: int = 0

    @property
    def rate(self) -> float:
        return 0.01 if self.optimiser == "sgd" else 1e-3

    def problem(self):
        """Inputs, labels, and the network at the start."""
        rng = np.random.default_rng(self.seed)
        data = draw(gaussian(self.d), SAMPLES, 0.2, rng)
        return data.inputs, data.labels, gaussian_init(self.width, self.d, 0.1 / self.width, rng)

    def batches(self, steps: int) -> np.ndarray:
        """(steps, B) indices, those of the fused kernels."""
        return batch_indices(np.uint64(self.seed), 0, steps * self.batch, SAMPLES).reshape(steps, self.batch)


def fused(work: Work) -> Rival:
    inputs, labels, net = work.problem()

    def train(steps):
        if work.optimiser == "sgd":
            end = sgd(
                net, inputs, labels, steps, work.rate, work.batch, work.seed, activation=work.activation
            )
        else:
            start = AdamState.start(net)
            end = adam(start, inputs, labels, steps, work.batch, work.seed, work.rate, work.activation).net
        return end.inner, end.outer

    return train


def torch_modules(work: Work) -> Rival:
    inputs, labels, net = work.problem()
    x, y = (torch.tensor(part, dtype=torch.float32) for part in (inputs, labels))
    between = {"relu": torch.nn.ReLU, "gelu": torch.nn.GELU}[work.activation]()
    first, last = (torch.nn.Linear(*size, bias=False) for size in ((work.d, work.width), (work.width, 1)))
    model = torch.nn.Sequential(first, between, last)
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[work.optimiser]

    def train(steps):
        with torch.no_grad():
            first.weight.copy_(torch.tensor(net.inner))
            last.weight.copy_(torch.tensor(net.outer)[None])
        optimizer = kind(model.parameters(), lr=work.rate)
        for picked in torch.from_numpy(work.batches(steps)):
            loss = ((model(x[picked])[:, 0] - y[picked]) ** 2).mean() / 2
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return first.weight.detach().numpy().copy(), last.weight.detach().numpy()[0].copy()

    return train


def torch_compiled(work: Work) -> Rival:
    """The whole step in one compiled function, gradient and update included. Raises ImportError without a C++
    compiler."""
    if not any(map(shutil.which, ("c++", "g++", "clang++"))):
        raise ImportError("torch.compile needs a C++ compiler")
    inputs, labels, net = work.problem()
    x, y = (torch.tensor(part, dtype=torch.float32) for part in (inputs, labels))
    sigma = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}[work.activation]

    def loss(weights, x, y):
        return ((sigma(x @ weights[0].T) @ weights[1] - y) ** 2).mean() / 2

    def descend(state, x, y):
        slopes = torch.func.grad(loss)(state, x, y)
        return tuple(w - work.rate * g for w, g in zip(state, slopes))

    def adapt(state, x, y):
        weights, first, second, t = state
        slopes = torch.func.grad(loss)(weights, x, y)
        first = tuple(BETA_1 * m + (1 - BETA_1) * g for m, g in zip(first, slopes))
        second = tuple(BETA_2 * v + (1 - BETA_2) * g * g for v, g in zip(second, slopes))
        scale, unbias = work.rate / (1 - BETA_1**t), (1 - BETA_2**t).rsqrt()
        moves = (scale * m / (v.sqrt() * unbias + EPSILON) for m, v in zip(first, second))
        return tuple(w - move for w, move in zip(weights, moves)), first, second, t + 1

    plain = work.optimiser == "sgd"
    step = torch.compile(descend if plain else adapt)

    def train(steps):
        start = tuple(torch.tensor(part, dtype=torch.float32) for part in (net.inner, net.outer))
        zero = tuple(torch.zeros_like(part) for part in start)
        state = start if plain else (start, zero, zero, torch.tensor(1.0, dtype=torch.float64))
        for picked in torch.from_numpy(work.batches(steps)):
            state = step(state, x[picked], y[picked])
        inner, outer = state if plain else state[0]
        return inner.numpy(), outer.numpy()

    return train


def jax_scan(work: Work) -> Rival:
    """Raises ImportError without JAX."""
    try:
        import jax
        from jax import numpy as jnp
    except ImportError as error:
        raise ImportError("JAX is not installed: pip install 'earlyalign[bench]'") from error

    inputs, labels, net = work.problem()
    x, y = jnp.asarray(inputs, jnp.float32), jnp.asarray(labels, jnp.float32)
    start = jnp.asarray(net.inner, jnp.float32), jnp.asarray(net.outer, jnp.float32)
    sigma = {"relu": jax.nn.relu, "gelu": lambda s: jax.nn.gelu(s, approximate=False)}[work.activation]

    def loss(weights, picked):
        return jnp.mean((sigma(x[picked] @ weights[0].T) @ weights[1] - y[picked]) ** 2) / 2

    def descend(weights, picked):
        slopes = jax.grad(loss)(weights, picked)
        return jax.tree.map(lambda w, g: w - work.rate * g, weights, slopes), None

    def adapt(state, picked):
        weights, first, second, t = state
        slopes = jax.grad(loss)(weights, picked)
        first = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, first, slopes)
        second = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, second, slopes)
        scale, unbias = work.rate / (1 - BETA_1**t), 1 / jnp.sqrt(1 - BETA_2**t)
        weights = jax.tree.map(
            lambda w, m, v: w - scale * m / (jnp.sqrt(v) * unbias + EPSILON), weights, first, second
        )
        return (weights, first, second, t + 1), None

    @jax.jit
    def run(state, batches):
        return jax.lax.scan(descend if work.optimiser == "sgd" else adapt, state, batches)[0]

    def train(steps):
        zero = jax.tree.map(jnp.zeros_like, start)
        state = start if work.optimiser == "sgd" else (start, zero, zero, 1.0)
        end = run(state, jnp.asarray(work.batches(steps)))
        inner, outer = end if work.optimiser == "sgd" else end[0]
        return np.asarray(inner), np.asarray(outer)

    return train


RIVALS: dict[str, Callable[[Work], Rival]] = {
    OURS: fused,
    "JAX jit + scan": jax_scan,
    "torch.compile": torch_compiled,
    "torch modules": torch_modules,
}
