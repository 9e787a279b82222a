"""One rule, for numbers and for optimizers."""

import warnings

import pytest
import torch
from torch import nn

from earlyalign.dynamics.deep_training import step_size
from earlyalign.fls import NotScaleCovariant, scaled_step


def groups(optimizer, **settings):
    first, second = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2))
    return optimizer([{"params": [first]}, {"params": [second], "lr": 0.5}], lr=0.1, **settings)


def test_a_number_is_scaled_by_the_rule():
    assert scaled_step(0.1, 0.25) == pytest.approx(0.4)
    assert scaled_step(0.1, 0.25, depth=5) == step_size(0.1, 0.25, 5)


def test_every_group_of_an_optimizer_is_scaled_in_place():
    optimizer = groups(torch.optim.SGD, momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert scaled_step(optimizer, 0.25, depth=4) is optimizer
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([0.2, 1.0])


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.AdamW])
def test_an_optimizer_that_normalises_is_scaled_with_a_warning(optimizer):
    with pytest.warns(NotScaleCovariant, match=optimizer.__name__):
        scaled = scaled_step(groups(optimizer), 0.25)
    assert scaled.param_groups[1]["lr"] == pytest.approx(2.0)


@pytest.mark.parametrize("c", [0, -1, float("nan")])
def test_a_multiplier_that_is_not_positive_is_refused_and_changes_nothing(c):
    optimizer = groups(torch.optim.SGD)
    with pytest.raises(ValueError, match="positive"):
        scaled_step(optimizer, c)
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.5]
