"""The numbers are right where they are known: directions put there, a lazy run, and one that learns features."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from earlyalign.dynamics.deep_training import Stop, plain_sgd, step_size, train_until
from earlyalign.errors import UserError
from earlyalign.fls import OutputMultiplier, diagnose
from earlyalign.fls.diagnosis import (
    LAZY,
    class_alignment,
    class_scatter,
    direction_count,
    first_layer,
    tangent_kernel,
)
from earlyalign.networks.cnn import FiveLayerCNN, he_init


@pytest.fixture(scope="module")
def two_classes():
    """Gaussian clouds about +-2 e_1 in six dimensions."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(60) % 2
    inputs = torch.randn(60, 6, generator=generator)
    inputs[:, 0] += 2.0 * (2 * labels - 1)
    return inputs, labels


def network(seed=0, width=30):
    return he_init(
        nn.Sequential(nn.Linear(6, width, bias=False), nn.ReLU(), nn.Linear(width, 2, bias=False)), seed
    )


def trained(data, c, seed=0):
    model = OutputMultiplier(network(seed), c, centred=True)
    train_until(model, plain_sgd(model, step_size(0.5, c)), data, data, Stop(epochs=400, batch=60), seed)
    return model


def test_neurons_along_the_difference_of_the_means_are_aligned(two_classes):
    model = network()
    layer = first_layer(model)
    means = [two_classes[0][two_classes[1] == label].mean(dim=0) for label in (0, 1)]
    with torch.no_grad():
        layer.weight[:] = means[1] - means[0]
    aligned, chance = class_alignment(
        layer.weight.detach().double().numpy(), class_scatter(layer, two_classes)
    )
    assert aligned == pytest.approx(1, abs=1e-6)
    assert chance == pytest.approx(1 / 6)


def test_random_directions_have_the_alignment_of_chance(two_classes):
    layer = nn.Linear(6, 20000, bias=False)
    nn.init.normal_(layer.weight, generator=torch.Generator().manual_seed(1))
    alignment, chance = class_alignment(
        layer.weight.detach().double().numpy(), class_scatter(layer, two_classes)
    )
    assert alignment == pytest.approx(chance, rel=0.03)


def test_a_convolution_sees_the_patches_of_the_class_means():
    generator = torch.Generator().manual_seed(2)
    images, labels = torch.randn(8, 2, 5, 5, generator=generator), torch.arange(8) % 2
    layer = nn.Conv2d(2, 3, 3, padding=1, stride=2, bias=False)
    means = torch.stack([images[labels == label].mean(dim=0) for label in (0, 1)])
    responses = layer(means - means.mean(dim=0)).detach().double()
    scatter = class_scatter(layer, (images, labels))
    directions = layer.weight.detach().flatten(1).double().numpy()
    expected = (responses**2).sum(dim=(0, 2, 3)).numpy()
    np.testing.assert_allclose(((directions @ scatter) * directions).sum(axis=1), expected, rtol=1e-5)


def test_the_effective_width_counts_directions_by_weight():
    corners = np.eye(5)[[0, 0, 1, 2]] * np.array([[3.0], [3.0], [2.0], [0.1]])
    assert direction_count(corners) == 2
    assert direction_count(np.eye(5)) == 5
    assert direction_count(np.zeros((3, 5))) == 0


def test_the_tangent_kernel_of_a_linear_model_is_that_of_its_centred_inputs(two_classes):
    model = nn.Linear(6, 2, bias=False).double()
    inputs = two_classes[0][:4].double()
    mixing = torch.randn(2, generator=torch.Generator().manual_seed(3)).double().numpy()
    centred = (inputs - inputs.mean(dim=0)).numpy()
    expected = centred @ centred.T * (mixing @ mixing)
    np.testing.assert_allclose(tangent_kernel(model, inputs, 3), expected, rtol=1e-6)


def test_large_c_is_lazy_and_small_c_learns_features(two_classes):
    lazy, rich = (diagnose(trained(two_classes, c), two_classes) for c in (2.0**6, 2.0**-12))
    weak, strong = lazy.table.iloc[-1], rich.table.iloc[-1]
    assert weak.kernel_movement < LAZY < strong.kernel_movement
    assert weak.weight_movement < strong.weight_movement
    assert strong.alignment > weak.alignment + 0.3
    assert strong.effective_width <= weak.effective_width
    assert "lazy" in lazy.words and "smaller c" in lazy.words
    assert "strong" in rich.words and "larger c" in rich.words
    assert (lazy.table.accuracy.iloc[-1], rich.table.accuracy.iloc[-1]) > (0.9, 0.9)


def test_the_start_has_not_moved_and_snapshots_keep_their_order(two_classes):
    start = network()
    later = [copy.deepcopy(start) for _ in range(2)]
    for amount, model in zip((0.1, 0.3), later, strict=True):
        with torch.no_grad():
            for weights in model.parameters():
                weights.mul_(1 + amount)
    table = diagnose([start, *later], two_classes).table
    np.testing.assert_allclose(table.weight_movement, [0, 0.1, 0.3], atol=1e-6)
    np.testing.assert_allclose(table.kernel_movement, 0, atol=1e-6)
    alone = diagnose(later[1], two_classes, start=start).table
    assert alone.iloc[-1].drop("snapshot").equals(table.iloc[-1].drop("snapshot"))


def test_a_model_is_looked_at_and_left_alone(two_classes):
    model = trained(two_classes, 1.0).train()
    before = copy.deepcopy(model.state_dict())
    diagnose(model, two_classes)
    assert model.training and all(
        torch.equal(before[name], value) for name, value in model.state_dict().items()
    )
    assert not any(weights.requires_grad for weights in model.initial.parameters())


def test_a_cnn_is_diagnosed():
    generator = torch.Generator().manual_seed(0)
    data = (torch.randn(12, 3, 8, 8, generator=generator), torch.arange(12) % 3)
    table = diagnose([he_init(FiveLayerCNN(3, 3), seed) for seed in (0, 1)], data, probes=5).table
    assert np.isfinite(table.to_numpy(float)).all() and (table.alignment <= 1).all()


def test_without_a_start_nothing_can_be_said(two_classes):
    with pytest.raises(UserError, match="where training started"):
        diagnose(network(), two_classes)


def test_a_model_without_a_fitting_first_layer_is_refused(two_classes):
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(2))

        def forward(self, inputs):
            return inputs[:, :2] * self.weight

    with pytest.raises(UserError, match="no linear"):
        diagnose([Scaled(), Scaled()], two_classes)

    class Doubled(nn.Sequential):
        def forward(self, inputs):
            return super().forward(torch.cat([inputs, inputs], dim=1))

    with pytest.raises(UserError, match="straight into the first layer"):
        diagnose([Doubled(nn.Linear(12, 2)), Doubled(nn.Linear(12, 2))], two_classes)


def modes(model):
    return [module.training for module in model.modules()]


@pytest.mark.parametrize("training", [True, False])
def test_every_modules_own_mode_is_as_it_was(two_classes, training):
    model = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 2)).train(
        training
    )
    model[1].train(not training), model[2].train(not training)
    wrapped = OutputMultiplier(model, 0.5, centred=True)
    before = modes(model), modes(wrapped.initial)
    diagnose(wrapped, two_classes)
    diagnose([model, copy.deepcopy(model)], two_classes)
    assert (modes(model), modes(wrapped.initial)) == before


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16])
def test_a_model_in_another_precision_is_diagnosed(two_classes, kind):
    table = diagnose([network(0).to(kind), network(1).to(kind)], two_classes).table
    assert np.isfinite(table.to_numpy(float)).all()
    wrapped = OutputMultiplier(nn.Linear(6, 2).to(kind), 0.5, centred=True)
    assert diagnose(wrapped, two_classes).table.weight_movement.iloc[-1] == 0


def test_a_layer_behind_an_embedding_is_not_looked_at():
    words = torch.arange(24).reshape(6, 4) % 5
    model = nn.Sequential(nn.Embedding(5, 1), nn.Flatten(), nn.Linear(4, 2))
    with pytest.raises(UserError, match="sees its inputs"):
        diagnose([model, model], (words, torch.arange(6) % 2))
