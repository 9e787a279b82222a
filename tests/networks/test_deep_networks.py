"""The deep networks have the published numbers of parameters, the stated shapes, and the degree that they claim.

Published counts, CIFAR form with 10 classes: the NeuralFuse paper, Table 7, for ResNet-18, ResNet-50 and VGG-19 with
BatchNorm; tables of the common PyTorch CIFAR collections for ResNet-34. VGG-19 without BatchNorm: the convolutional
part of the Keras application.
"""

from itertools import pairwise

import pytest
import torch

from earlyalign.networks.cnn import CNN_DEPTH, FiveLayerCNN, he_init, parameter_count
from earlyalign.networks.resnet import RESNET_BLOCKS, ResNet
from earlyalign.networks.vgg import VGG19, VGG19_DEPTH, VGG19_STAGES

PUBLISHED_RESNETS = {18: 11_173_962, 34: 21_282_122, 50: 23_520_842}
PUBLISHED_VGG19_BATCH_NORM = 20_040_522
PUBLISHED_VGG19_CONVOLUTIONS = 20_024_384


def counted_resnet(depth, width, classes):
    """The count by arithmetic: 3x3 and 1x1 convolutions without bias, two numbers a channel for each BatchNorm."""
    expansion, before, total = (4 if depth == 50 else 1), width, 27 * width + 2 * width
    for stage, count in enumerate(RESNET_BLOCKS[depth]):
        inner = width * 2**stage
        outer = inner * expansion
        for _ in range(count):
            total += before * inner * (1 if depth == 50 else 9) + 2 * inner + 9 * inner * inner + 2 * inner
            total += inner * outer + 2 * outer if depth == 50 else 0
            total += before * outer + 2 * outer if before != outer else 0
            before = outer
    return total + classes * (before + 1)


def counted_vgg(width, batch_norm, bias):
    channels = [3, *(times * width for times, count in VGG19_STAGES for _ in range(count))]
    extra = bias + 2 * batch_norm
    return sum(9 * a * b + extra * b for a, b in pairwise(channels))


@pytest.mark.parametrize("depth", RESNET_BLOCKS)
def test_resnets_have_the_published_number_of_parameters(depth):
    with torch.device("meta"):
        assert parameter_count(ResNet(depth)) == PUBLISHED_RESNETS[depth] == counted_resnet(depth, 64, 10)
        assert parameter_count(ResNet(depth, 16, 100)) == counted_resnet(depth, 16, 100)


def test_vgg19_has_the_published_number_of_parameters():
    with torch.device("meta"):
        normalised, plain = VGG19(), VGG19(batch_norm=False)
        assert parameter_count(normalised) == PUBLISHED_VGG19_BATCH_NORM
        assert parameter_count(normalised) == counted_vgg(64, True, True) + 513 * 10
        assert parameter_count(plain.features) == PUBLISHED_VGG19_CONVOLUTIONS == counted_vgg(64, False, True)
        assert (
            parameter_count(VGG19(8, 7, batch_norm=False, bias=False)) == counted_vgg(8, False, False) + 448
        )


@pytest.mark.parametrize("width", [1, 8])
def test_the_cnn_counts_nine_weights_a_pair_of_channels(width):
    h = width
    expected = 9 * (3 * h + 2 * h * h + 8 * h * h + 32 * h * h) + 10 * 8 * h
    assert parameter_count(FiveLayerCNN(width)) == expected
    assert parameter_count(FiveLayerCNN(width, bias=True)) == expected + 15 * h + 10


def weighted_layers(model):
    return [m for m in model.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]


def test_depths_count_the_layers_with_weights():
    assert len(weighted_layers(FiveLayerCNN(2))) == CNN_DEPTH
    assert len(weighted_layers(VGG19(2))) == VGG19_DEPTH
    for depth in RESNET_BLOCKS:
        trunk = [
            name
            for name, m in ResNet(depth, 2).named_modules()
            if m in weighted_layers(m) and "shortcut" not in name
        ]
        assert len(trunk) == depth


@pytest.mark.parametrize(
    "model",
    [FiveLayerCNN(2, 7), VGG19(2, 7), ResNet(18, 2, 7), ResNet(50, 2, 7)],
    ids=lambda m: type(m).__name__,
)
def test_images_become_logits(model):
    logits = he_init(model, 0)(torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(0)))
    assert logits.shape == (3, 7)
    assert torch.isfinite(logits).all() and logits.std() > 0


@pytest.mark.parametrize("make", [lambda: FiveLayerCNN(3), lambda: VGG19(4, batch_norm=False, bias=False)])
def test_without_biases_and_normalisation_the_network_is_homogeneous_of_its_depth(make):
    model = he_init(make(), 1).double()
    depth = len(weighted_layers(model))
    images = torch.randn(4, 3, 32, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    before = model(images)
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(0.7)
    torch.testing.assert_close(model(images), 0.7**depth * before, rtol=1e-10, atol=0)


@pytest.mark.parametrize(("layer", "kept"), [(0, True), (1, False), (4, False)])
def test_a_bias_breaks_the_homogeneity_unless_it_sits_in_the_first_layer(layer, kept):
    model = he_init(FiveLayerCNN(3, bias=True), 1).double()
    images = torch.randn(4, 3, 8, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        weighted_layers(model)[layer].bias.fill_(0.5)
        before = model(images)
        for weights in model.parameters():
            weights.mul_(0.7)
    gap = (model(images) / (0.7**CNN_DEPTH * before) - 1).abs().max().item()
    assert gap < 1e-10 if kept else gap > 0.01


def test_one_seed_is_one_set_of_weights_of_variance_two_over_fan_in():
    first, again, other = (he_init(FiveLayerCNN(32), seed) for seed in (3, 3, 4))
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))
    assert not torch.equal(first.classifier.weight, other.classifier.weight)
    weights = first.convolutions[-1].weight
    assert weights.var().item() == pytest.approx(2 / weights[0].numel(), rel=0.02)


def test_what_no_network_is_like_is_refused():
    with pytest.raises(ValueError, match="18, 34, 50"):
        ResNet(19)
    for make in (lambda: FiveLayerCNN(0), lambda: VGG19(0), lambda: ResNet(18, 0)):
        with pytest.raises(ValueError, match="must be positive"):
            make()
