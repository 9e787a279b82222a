"""The multiplier multiplies, leaves names and checkpoints alone, and survives what people do to modules."""

import copy
import pickle

import pytest
import torch
from torch import nn

from earlyalign.networks.cnn import FiveLayerCNN, he_init
from earlyalign.networks.output_multiplier import OutputMultiplier


@pytest.fixture
def images():
    return torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def network(seed=0):
    return he_init(FiveLayerCNN(3, 5, bias=True), seed)


def normalised(seed=0):
    return he_init(
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 5)), seed
    )


def one_step(model, images):
    nn.functional.cross_entropy(model(images), torch.tensor([0, 1, 2, 3])).backward()
    with torch.no_grad():
        for weights in model.parameters():
            weights -= 0.1 * weights.grad


@pytest.mark.parametrize("c", [2.0**-6, 1.0, 8.0])
def test_it_multiplies_the_logits(images, c):
    model = network()
    torch.testing.assert_close(OutputMultiplier(model, c)(images), c * model(images))


@pytest.mark.parametrize("make", [network, normalised])
def test_centred_it_starts_at_zero_and_then_moves_with_the_model(images, make):
    wrapped = OutputMultiplier(make(), 0.5, centred=True)
    start = copy.deepcopy(wrapped.model)
    assert torch.equal(wrapped(images), torch.zeros(4, 5))
    one_step(wrapped, images)
    wrapped.eval(), start.eval()
    frozen = wrapped.initial(images)
    torch.testing.assert_close(wrapped(images), 0.5 * (wrapped.model(images) - frozen))
    assert wrapped(images).abs().max() > 0
    assert all(
        torch.equal(a, b) for a, b in zip(wrapped.initial.parameters(), start.parameters(), strict=True)
    )


@pytest.mark.parametrize("centred", [False, True])
def test_checkpoints_go_both_ways(images, centred):
    bare = normalised(1)
    wrapped = OutputMultiplier(normalised(2), 0.25, centred)
    assert list(wrapped.state_dict()) == list(bare.state_dict())
    assert [name for name, _ in wrapped.named_parameters()] == [name for name, _ in bare.named_parameters()]
    wrapped.load_state_dict(bare.state_dict())
    assert torch.equal(wrapped.model(images), bare(images))
    back = normalised(3)
    back.load_state_dict(wrapped.state_dict())
    assert torch.equal(back(images), bare(images))


@pytest.mark.parametrize("centred", [False, True])
def test_loading_leaves_the_start_of_a_centred_model_alone(images, centred):
    wrapped = OutputMultiplier(network(2), 0.25, centred)
    start = copy.deepcopy(wrapped.initial)
    wrapped.load_state_dict(network(1).state_dict())
    if centred:
        assert torch.equal(wrapped.initial(images), start(images))
    assert torch.equal(wrapped.model(images), network(1)(images))


def test_a_checkpoint_that_does_not_fit_is_refused():
    state = network().state_dict()
    state.pop("classifier.bias")
    with pytest.raises(RuntimeError, match=r"classifier\.bias"):
        OutputMultiplier(network(), 0.5).load_state_dict(state)
    with pytest.raises(RuntimeError, match="tea"):
        OutputMultiplier(network(), 0.5).load_state_dict({**network().state_dict(), "tea": torch.zeros(1)})


def test_inside_another_module_the_names_stay_the_bare_ones(images):
    parallel = nn.DataParallel(OutputMultiplier(network(), 0.5, centred=True))
    plain = nn.DataParallel(network(1))
    assert list(parallel.state_dict()) == list(plain.state_dict())
    parallel.load_state_dict(plain.state_dict())
    assert torch.equal(parallel.module.model(images), plain.module(images))
    assert parallel(images).shape == (4, 5)


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_is_a_model_of_its_own(images, centred, copied):
    wrapped = OutputMultiplier(network(), 0.5, centred)
    one_step(wrapped, images)
    before = wrapped(images)
    twin = copied(wrapped)
    torch.testing.assert_close(twin(images), before)
    one_step(twin, images)
    assert torch.equal(wrapped(images), before)
    assert not torch.equal(twin(images), before)


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
@pytest.mark.parametrize("centred", [False, True])
def test_compiled_it_gives_the_same_logits_and_gradients(images, backend, centred):
    plain = OutputMultiplier(network(), 0.5, centred)
    one_step(plain, images)
    compiled_model = copy.deepcopy(plain)
    compiled = torch.compile(compiled_model, backend=backend, fullgraph=True)
    torch.testing.assert_close(compiled(images), plain(images))
    for model in (plain, compiled_model):
        model.zero_grad()
    plain(images).square().sum().backward()
    compiled(images).square().sum().backward()
    for ours, theirs in zip(plain.parameters(), compiled_model.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("centred", [False, True])
def test_under_autocast_a_tiny_multiplier_is_not_lost(images, centred):
    wrapped = OutputMultiplier(network(), 2.0**-30, centred)
    with torch.no_grad():
        wrapped.model.classifier.bias.add_(1.0)
    with torch.autocast("cpu", torch.float16):
        logits = wrapped(images)
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, wrapped(images), rtol=0.05, atol=2.0**-40)
    assert logits.abs().max() > 0


def test_moving_it_moves_its_start_too(images):
    wrapped = OutputMultiplier(network(), 0.5, centred=True).double()
    assert torch.equal(wrapped(images.double()), torch.zeros(4, 5, dtype=torch.float64))
    wrapped.eval()
    assert not wrapped.initial.training


def test_only_the_model_is_trained(images):
    wrapped = OutputMultiplier(network(), 0.5, centred=True)
    wrapped(images).square().sum().backward()
    assert len(list(wrapped.parameters())) == len(list(network().parameters()))
    assert all(weights.grad is None for weights in wrapped.initial.parameters())


@pytest.mark.parametrize("c", [0, -1.0, float("nan"), float("inf")])
def test_a_multiplier_that_is_not_positive_is_refused(c):
    with pytest.raises(ValueError, match="positive, finite"):
        OutputMultiplier(network(), c)
