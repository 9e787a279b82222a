"""The fused kernels of SGD and Adam against a plain torch loop, its resumability, and what it refuses."""

import numpy as np
import pytest
import torch

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics.adam import AdamState, adam
from earlyalign.dynamics.counter import batch_indices
from earlyalign.dynamics.minibatch import BLOCK
from earlyalign.dynamics.sgd import sgd
from earlyalign.networks.two_layer import gaussian_init


def _problem(d, m, n=40, seed=0, variance=0.3):
    rng = np.random.default_rng(seed)
    return draw(gaussian(d), n, 0.2, rng), gaussian_init(m, d, variance, rng)


ACTIVATIONS = {"relu": torch.relu, "gelu": torch.nn.functional.gelu}


def _torch(net, data, steps, rate, batch, seed, activation="relu", method=torch.optim.SGD):
    inner = torch.tensor(net.inner, dtype=torch.float32, requires_grad=True)
    outer = torch.tensor(net.outer, dtype=torch.float32, requires_grad=True)
    x = torch.tensor(data.inputs, dtype=torch.float32)
    y = torch.tensor(data.labels, dtype=torch.float32)
    optimizer = method([inner, outer], lr=rate)
    for step in range(steps):
        picked = torch.from_numpy(batch_indices(np.uint64(seed), step, batch, data.n))
        loss = ((ACTIVATIONS[activation](x[picked] @ inner.T) @ outer - y[picked]) ** 2).sum() / (2 * batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return inner.detach().numpy(), outer.detach().numpy()


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize(("d", "m"), [(1, 3), (5, BLOCK), (5, BLOCK + 1), (10, 40)])
def test_sgd_follows_torch_step_by_step(d, m, activation):
    data, net = _problem(d, m, variance=0.3 / m)
    for steps in (1, 2, 3, 50):
        fused = sgd(net, data.inputs, data.labels, steps, 0.05, 8, seed=7, activation=activation)
        inner, outer = _torch(net, data, steps, 0.05, 8, 7, activation)
        np.testing.assert_allclose(fused.inner, inner, rtol=2e-4, atol=2e-6)
        np.testing.assert_allclose(fused.outer, outer, rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_adam_follows_torch_step_by_step(activation):
    data, net = _problem(5, 150, variance=0.002)
    for steps in (1, 2, 3, 50):
        fused = adam(AdamState.start(net), data.inputs, data.labels, steps, 8, 7, 1e-3, activation).net
        inner, outer = _torch(net, data, steps, 1e-3, 8, 7, activation, torch.optim.Adam)
        np.testing.assert_allclose(fused.inner, inner, rtol=1e-3, atol=2e-5)
        np.testing.assert_allclose(fused.outer, outer, rtol=1e-3, atol=2e-5)


@pytest.mark.parametrize("batch", [1, 5, 6, 7])
def test_batches_that_do_not_fill_the_passes_follow_torch_too(batch):
    data, net = _problem(5, 20, variance=0.02)
    fused = sgd(net, data.inputs, data.labels, 50, 0.05, batch, seed=7)
    inner, outer = _torch(net, data, 50, 0.05, batch, 7)
    np.testing.assert_allclose(fused.inner, inner, rtol=2e-4, atol=2e-6)
    np.testing.assert_allclose(fused.outer, outer, rtol=2e-4, atol=2e-6)


def test_adam_in_pieces_is_adam_bit_by_bit():
    data, net = _problem(5, 200)
    whole = adam(AdamState.start(net), data.inputs, data.labels, 100, 8, 3)
    half = adam(AdamState.start(net), data.inputs, data.labels, 37, 8, 3)
    both = adam(half, data.inputs, data.labels, 63, 8, 3)
    assert np.array_equal(whole.net.inner, both.net.inner)
    assert np.array_equal(whole.second.outer, both.second.outer)
    assert both.step == 100


def test_kernel_notices_a_wrong_batch_order():
    data, net = _problem(5, 16, variance=0.02)
    fused = sgd(net, data.inputs, data.labels, 50, 0.05, 8, seed=7)
    other, _ = _torch(net, data, 50, 0.05, 8, seed=8)
    assert np.abs(fused.inner - other).max() > 1e-3


def test_a_run_in_pieces_is_the_run_bit_by_bit():
    data, net = _problem(5, 200)
    whole = sgd(net, data.inputs, data.labels, 100, 0.01, 8, seed=3)
    half = sgd(net, data.inputs, data.labels, 37, 0.01, 8, seed=3)
    both = sgd(half, data.inputs, data.labels, 63, 0.01, 8, seed=3, first_step=37)
    assert np.array_equal(whole.inner, both.inner)
    assert np.array_equal(whole.outer, both.outer)


def test_state_is_float32_and_the_input_untouched():
    data, net = _problem(3, 5)
    before = net.inner.copy()
    after = sgd(net, data.inputs, data.labels, 5, 0.01, 4, seed=0)
    assert after.inner.dtype == np.float32
    assert np.array_equal(net.inner, before)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"batch_size": 41}, "1..40"),
        ({"batch_size": 0}, "1..40"),
        ({"learning_rate": 0.0}, "positive"),
        ({"activation": "tanh"}, "allowed: relu"),
    ],
)
def test_bad_input_is_named(change, says):
    data, net = _problem(3, 5)
    options = {"steps": 1, "learning_rate": 0.1, "batch_size": 4, "seed": 0, **change}
    with pytest.raises(ValueError, match=says):
        sgd(net, data.inputs, data.labels, **options)


def test_batches_are_uniform_and_streams_differ():
    n, draws = 10, 20_000
    first = batch_indices(np.uint64(1), 0, draws, n)
    counts = np.bincount(first, minlength=n)
    spread = np.sum((counts - draws / n) ** 2 / (draws / n))
    assert spread < 27.9  # chi-square with 9 degrees of freedom passes this once in a thousand
    assert first.max() == n - 1
    assert first.min() == 0
    assert not np.array_equal(first, batch_indices(np.uint64(2), 0, draws, n))
