"""The degree is right where it is known, and what the step rule does not fit is warned of by name."""

import copy
import warnings

import pytest
import torch
from torch import nn

from earlyalign.fls.homogeneity import NotHomogeneous, degree, warn_unless_homogeneous
from earlyalign.networks.cnn import CNN_DEPTH, FiveLayerCNN, he_init

FLAT = (torch.randn(20, 6, generator=torch.Generator().manual_seed(0)), torch.arange(20) % 3)


def stack(*middle, bias=False):
    return nn.Sequential(nn.Linear(6, 8), *middle, nn.ReLU(), nn.Linear(8, 3, bias=bias))


def zeroed(model):
    for name, weights in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(weights)
    return model


def test_layers_without_biases_behind_the_first_have_their_number_as_degree():
    assert degree(stack(), FLAT) == pytest.approx(2, abs=1e-3)
    images = (torch.randn(4, 3, 8, 8), torch.arange(4))
    assert degree(he_init(FiveLayerCNN(3, 4), 0), images) == pytest.approx(CNN_DEPTH, abs=1e-3)
    frozen = stack()
    frozen[0].requires_grad_(False)
    assert degree(frozen, FLAT) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_a_mask_changes_no_degree(dropout):
    assert degree(stack(nn.Dropout(dropout)), FLAT) == pytest.approx(2, abs=1e-3)


WITHOUT = {
    "biases": (stack(bias=True), "biases"),
    "biases at zero": (zeroed(stack(bias=True)), "biases"),
    "batch norm": (stack(nn.BatchNorm1d(8)), "BatchNorm1d"),
    "layer norm": (stack(nn.LayerNorm(8)), "LayerNorm"),
}


@pytest.mark.parametrize("case", WITHOUT)
def test_what_has_no_degree_is_named_with_what_to_sweep(case):
    model, named = WITHOUT[case]
    assert "Norm" in named or degree(copy.deepcopy(model), FLAT) is None
    with pytest.warns(NotHomogeneous, match=rf"\({named}\).*grid of steps") as said:
        warn_unless_homogeneous(model, FLAT, 2, False, True)
    assert "only one step" in str(said[0].message)


def test_a_wrong_depth_is_put_right():
    with pytest.warns(NotHomogeneous, match="homogeneous of degree 2 .* and depth = 5.* only for depth = 2"):
        warn_unless_homogeneous(stack(), FLAT, 5, False, False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_unless_homogeneous(stack(), FLAT, 2, False, True)


def test_dropout_is_warned_of_where_the_start_is_taken_off():
    with pytest.warns(NotHomogeneous, match="different masks"):
        warn_unless_homogeneous(stack(nn.Dropout(0.5)), FLAT, 2, True, False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_unless_homogeneous(stack(nn.Dropout(0.5)), FLAT, 2, False, False)
