"""The compiled network does what torch does, ends as it ends, and knows no other network."""

import copy

import numpy as np
import pytest
import torch

from earlyalign.data.generated_images import Generator, generated_split
from earlyalign.dynamics import cnn_training, compiled
from earlyalign.dynamics.cnn_training import CompiledCNN, train_cnn
from earlyalign.dynamics.deep_training import Status, Stop, plain_sgd, step_size, tensors, train_until
from earlyalign.networks.cnn import CNN_DEPTH, FiveLayerCNN, he_init
from earlyalign.networks.output_multiplier import OutputMultiplier

EPS = np.finfo(np.float32).eps


@pytest.fixture(scope="module")
def samples():
    split = generated_split(60, 50, 32, seed=0, generator=Generator(side=8, classes=7, channels=8))
    return tensors(split.train), tensors(split.test)


@pytest.fixture(scope="module")
def row():
    """As large as in the book: a hundred steps are five epochs."""
    split = generated_split(400, 100, 64, seed=0, generator=Generator(side=8))
    return tensors(split.train), tensors(split.test)


def of_side(side, channels=3, n=30):
    source = torch.Generator().manual_seed(side)
    images = torch.randn(n, channels, side, side, generator=source)
    return images, torch.randint(7, (n,), generator=source)


def network(width=8, classes=7, colours=3, seed=0):
    return he_init(FiveLayerCNN(width, classes, colours), seed)


def in_torch(model, c, centred, step, pair, stop, seed=0, dtype=torch.float64):
    """Train `model` with torch's own passes. In double precision, since torch's single precision itself falls on the
    other side of a kink now and then, and then goes another way."""
    wrapped = OutputMultiplier(model.to(dtype), c, centred)
    pair = ((images.to(dtype), labels) for images, labels in pair)
    return train_until(wrapped, plain_sgd(wrapped, step), *pair, stop, seed)


def flat(model):
    return torch.cat([part.detach().ravel() for part in model.parameters()]).numpy()


def far(ours, theirs):
    return np.linalg.norm(flat(ours) - flat(theirs)) / np.linalg.norm(flat(theirs))


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("log2_c", [-12, -3, 0, 2])
def test_the_first_hundred_steps_are_torchs_to_rounding(row, log2_c, centred):
    """From most starts: from one in a while single precision falls on the other side of a kink, on some processor."""
    c = 2.0**log2_c
    step = step_size(0.1, c, CNN_DEPTH if c <= 1 else 1)
    stop = Stop(epochs=5, batch=20, train_accuracy=1.0)
    errors, torchs_errors, traces = [], [], []
    for seed in range(3):
        start, ours, theirs, single = (network(classes=10, seed=seed) for _ in range(4))
        mine = train_cnn(ours, c, centred, step, *row, stop, seed=3)
        other = in_torch(theirs, c, centred, step, row, stop, seed=3)
        in_torch(single, c, centred, step, row, stop, seed=3, dtype=torch.float32)
        assert mine.step == other.step == 100
        assert 1e-2 * far(theirs, start) > 100 * EPS
        errors.append(far(ours, theirs))
        torchs_errors.append(far(single, theirs))
        traces.append((mine.trace, other.trace))
    assert np.median(errors) < max(100 * EPS, 2 * np.median(torchs_errors))
    mine, other = traces[int(np.argmin(errors))]
    for name in ("train_loss", "test_loss"):
        np.testing.assert_allclose(mine[name], other[name], rtol=1000 * EPS)
    for name in ("train_accuracy", "test_accuracy"):
        np.testing.assert_allclose(mine[name], other[name], atol=0.011)


@pytest.mark.parametrize("width", [1, 4, 5, 13])
@pytest.mark.parametrize(("side", "colours"), [(4, 1), (8, 3), (12, 2), (16, 3)])
@pytest.mark.parametrize("batch", [1, 9, 30])
def test_any_width_side_colours_and_batch_take_torchs_steps(width, side, colours, batch):
    data = of_side(side, colours)
    ours, theirs = (network(width, colours=colours) for _ in range(2))
    start = copy.deepcopy(ours)
    stop = Stop(epochs=1, batch=batch)
    train_cnn(ours, 1.0, False, 0.02, data, data, stop, seed=1)
    in_torch(theirs, 1.0, False, 0.02, (data, data), stop, seed=1)
    assert far(ours, theirs) < 50 * EPS < 1e-2 * far(theirs, start)


def test_every_way_to_end_is_torchs(samples):
    dead = network()
    with torch.no_grad():
        dead.convolutions[0].weight.fill_(0)
    cases = {
        Status.REACHED: (network(), 0.1, Stop(200, 10, 0.9)),
        Status.DIVERGED: (network(), 1e4, Stop(20, 10)),
        Status.UNFINISHED: (network(), 1e-5, Stop(3, 16, spacing=0.5)),
        "dead": (dead, 0.1, Stop(50, 10)),
    }
    for name, (model, step, stop) in cases.items():
        other = in_torch(copy.deepcopy(model), 1.0, False, step, samples, stop, dtype=torch.float32)
        mine = train_cnn(model, 1.0, False, step, *samples, stop, seed=0)
        assert mine.status is other.status and mine.status == (Status.UNFINISHED if name == "dead" else name)
        if name != Status.REACHED:
            assert mine.step == other.step
        else:
            assert abs(mine.step - other.step) <= 0.2 * other.step
    assert mine.step == 6, "a dead network ends after the epoch that left it as it was"


def test_equal_maxima_share_a_slope_as_in_torch():
    images, labels = of_side(8)
    images = images.mean(dim=(2, 3), keepdim=True).expand(-1, -1, 8, 8).contiguous()
    ours, theirs = network(), network()
    stop = Stop(epochs=1, batch=10)
    train_cnn(ours, 1.0, False, 0.02, (images, labels), (images, labels), stop, seed=1)
    in_torch(theirs, 1.0, False, 0.02, ((images, labels), (images, labels)), stop, seed=1)
    assert far(ours, theirs) < 50 * EPS


def test_a_result_is_the_same_to_the_bit_whoever_trains_beside(samples):
    stop = Stop(epochs=2, batch=15)

    def trainee(seed):
        return CompiledCNN(network(seed=seed), 0.5, False, 0.1, stop.batch, *samples)

    orders = [torch.randperm(60, generator=torch.Generator().manual_seed(epoch)) for epoch in range(4)]
    alone, beside, other = trainee(0), trainee(0), trainee(1)
    for order in orders:
        alone.epoch(order)
    for order in orders:
        other.epoch(order)
        beside.epoch(order)
    np.testing.assert_array_equal(alone.weights()[0], beside.weights()[0])
    assert alone.evaluate() == beside.evaluate() != other.evaluate()


def test_machine_code_is_kept_by_the_source_of_what_it_calls():
    for entry in (cnn_training._epoch, cnn_training._evaluate):
        assert entry.py_func.__name__.endswith(f"_{compiled._sources()}")


@pytest.mark.parametrize(
    ("model", "side", "classes", "said"),
    [
        (FiveLayerCNN(4, 7, bias=True), 8, 7, "biases"),
        (FiveLayerCNN(4, 7), 10, 7, "multiple of 4"),
        (FiveLayerCNN(4, 3), 8, 7, "labels"),
    ],
)
def test_what_is_not_compiled_is_refused(model, side, classes, said):
    data = of_side(side)
    with pytest.raises(ValueError, match=said):
        train_cnn(model, 1.0, False, 0.1, data, data, Stop(1), seed=0)
