"""The fused kernels of SGD and Adam against a plain torch loop, its resumability, and what it refuses."""

import numpy as np
import pytest
import torch
from tests.dynamics.reference import distance, plain_sgd

from earlyalign.data.linear_model import draw, gaussian
from earlyalign.dynamics.adam import AdamState, adam
from earlyalign.dynamics.counter import batch_indices
from earlyalign.dynamics.lane_activations import WORD
from earlyalign.dynamics.minibatch import BLOCK
from earlyalign.dynamics.sgd import sgd
from earlyalign.dynamics.tiles import TILE
from earlyalign.networks.two_layer import TwoLayer, gaussian_init


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
@pytest.mark.parametrize(("d", "m"), [(1, 3), (5, BLOCK), (5, BLOCK + 1), (7, 40), (10, 40), (64, 20)])
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


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("batch", [1, 7, WORD - 1, WORD, WORD + 1, 3 * WORD + 5])
def test_batches_of_any_size_follow_torch_too(batch, activation):
    data, net = _problem(5, 20, n=120, variance=0.02)
    fused = sgd(net, data.inputs, data.labels, 50, 0.05, batch, seed=7, activation=activation)
    inner, outer = _torch(net, data, 50, 0.05, batch, 7, activation)
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


def test_the_same_run_has_the_same_bits():
    data, net = _problem(5, 300)
    first, second = (sgd(net, data.inputs, data.labels, 200, 0.01, 8, seed=3) for _ in range(2))
    assert np.array_equal(first.flat(), second.flat())


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_another_block_is_another_rounding_of_the_same_run(activation):
    data, net = _problem(5, 300, variance=1e-3)
    runs = [
        sgd(net, data.inputs, data.labels, 100, 0.01, 8, seed=3, activation=activation, block=block)
        for block in (TILE, BLOCK, 3 * BLOCK)
    ]
    assert len({run.flat().tobytes() for run in runs}) == len(runs)
    for run in runs[1:]:
        assert distance(run, runs[0]) < 1e-5
    start = AdamState.start(net)
    small, large = (
        adam(start, data.inputs, data.labels, 100, 8, 3, activation=activation, block=block).net
        for block in (TILE, BLOCK)
    )
    assert 0 < distance(small, large) < 1e-3


def test_a_neuron_at_the_kink_does_not_move():
    """relu'(0) = 0, so that w = 0 stays whatever a is; GeLU has slope 1/2 there, and moves it."""
    data, net = _problem(5, 40)
    net.inner[3:20] = 0.0
    relu, gelu = (
        sgd(net, data.inputs, data.labels, 100, 0.01, 8, 0, activation=name) for name in ACTIVATIONS
    )
    assert np.all(relu.inner[3:20] == 0)
    assert np.array_equal(relu.outer[3:20], net.outer[3:20].astype(np.float32))
    assert np.all(np.abs(gelu.inner[3:20]).max(axis=1) > 1e-4)


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_rounding_drifts_from_float64_no_faster_than_a_plain_float32_loop(activation):
    """10^4 steps on equal batches, the worst of four runs. GeLU's drift is roundings that add up. ReLU's is that of the
    few samples that a rounding moves across a kink, which another order of summation may do or not."""
    drifts, gaps = {"fused": [], "plain": []}, []
    for seed in range(4):
        data, net = _problem(5, 64, n=100, seed=seed, variance=1e-3)
        rounded = TwoLayer(*(part.astype(np.float32) for part in (net.inner, net.outer)))
        inputs, labels = data.inputs.astype(np.float32), data.labels.astype(np.float32)
        run = (rounded, inputs, labels, 10_000, 0.01, 32, seed)
        exact = plain_sgd(*run, activation)
        fused = sgd(*run, activation=activation)
        drifts["fused"].append(distance(fused, exact))
        drifts["plain"].append(distance(plain_sgd(*run, activation, np.float32), exact))
        losses = [np.mean((end.predict(inputs, activation) - labels) ** 2) for end in (fused, exact)]
        gaps.append(abs(losses[0] / losses[1] - 1))
    assert max(drifts["fused"]) < {"relu": 10, "gelu": 2}[activation] * max(drifts["plain"])
    assert max(drifts["fused"]) < {"relu": 1e-2, "gelu": 1e-5}[activation]
    assert max(gaps) < 1e-4


def test_the_float64_reference_is_torchs_sgd():
    data, net = _problem(5, 20, variance=0.02)
    for activation in ACTIVATIONS:
        inner, outer = _torch(net, data, 50, 0.05, 8, 7, activation)
        trained = plain_sgd(net, data.inputs, data.labels, 50, 0.05, 8, 7, activation)
        np.testing.assert_allclose(trained.inner, inner, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(trained.outer, outer, rtol=1e-4, atol=1e-6)


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
        ({"block": 0}, "multiple of 16"),
        ({"block": 24}, "multiple of 16"),
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
